"""A card in a process of its own, steered by lines of JSON on its standard input: `python -m hardware.card.chip.host KIND SERIAL FOLDER PIN`.

pcscd waits without end for the answer of a card. Were the chip in the process that asks, both would wait for each other, at the latest when
that process ends and the library still closes its handles.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from hardware.card.chip.eeprom import Nested
from hardware.card.chip.golden import GoldenSystem, golden
from hardware.card.chip.link import Drawn, Slot
from hardware.card.chip.system import CardSystem, made
from hardware.card.layout import ATR
from hardware.ports import TAX_CARD

ISSUER_KEY_OF_TESTS = bytes(range(16)) + bytes(range(8))  # two keys written as K1 K2 K1; an office's own lies in its key machine
FaultKind = Literal["before", "after", "torn", "silent", "slow", "garbage"]
LONG_S = 3600.0


def main(kind: str, serial: str, folder: str, pin: str) -> None:
    """Serves one card until its input ends."""
    path = Path(folder) / f"{serial}.chip"
    chip = chip_of(kind, path, None if path.exists() else made(kind, serial, pin, ISSUER_KEY_OF_TESTS))
    slot: Slot | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "insert":
            slot = Slot(chip, ATR[kind], order["port"])
            slot.insert()
        elif order["do"] == "draw" and slot is not None:
            slot.draw()
        elif order["do"] == "fault" and slot is not None:
            slot.meddler = _meddler(slot, order)
        print(json.dumps({"count": slot.count if slot else 0}), flush=True)
    os._exit(0)  # a silent card is not waited for


def chip_of(kind: str, path: Path, values: Nested | None = None) -> CardSystem:
    """The chip of a card of this kind, new with these values, else as its memory has it."""
    if kind != TAX_CARD:
        return CardSystem(path, values)
    return GoldenSystem(path, golden(values) if values is not None else None)


def _meddler(slot: Slot, order: dict[str, Any]) -> Callable[[int, bytes, Callable[[], bytes]], bytes]:
    """Does what is ordered at one command, counted from now (`ins`: only those of this instruction); all others pass."""
    kind, ins, left = order["kind"], order["ins"], order["at"]

    def meddle(_count: int, message: bytes, run: Callable[[], bytes]) -> bytes:
        nonlocal left
        left -= not ins or message[1] == ins
        if left != 0 or (ins and message[1] != ins):
            return run()
        if kind == "before":
            raise Drawn
        if kind == "torn":
            slot.chip.memory.cut_after = order["bytes"]
        if kind in {"slow", "silent"}:
            time.sleep(order["seconds"] if kind == "slow" else LONG_S)
        answer = run()
        if kind in {"after", "torn"}:
            raise Drawn
        return os.urandom(5) if kind == "garbage" else answer

    return meddle


class CardProcess:
    """The handle on such a process."""

    def __init__(self, kind: str, serial: str, folder: Path, pin: str) -> None:
        program = [sys.executable, "-m", "hardware.card.chip.host", kind, serial, str(folder), pin]
        self._process = subprocess.Popen(program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])  # noqa: S603 -- our own
        self.kind, self.serial = kind, serial

    def insert(self, port: int) -> None:
        """Puts the card in the slot behind this port."""
        self._order(do="insert", port=port)

    def draw(self) -> None:
        """Draws it."""
        self._order(do="draw")

    def fault(self, kind: FaultKind, at: int = 1, *, ins: int = 0, after_bytes: int = 1, seconds: float = 1.0) -> None:
        """At the `at`-th command from now, or the `at`-th of the instruction `ins`, the card is drawn before, after or in the middle of it (`after_bytes`
        written), answers late, nothing, or nonsense.
        """
        self._order(do="fault", kind=kind, at=at, ins=ins, bytes=after_bytes, seconds=seconds)

    def count(self) -> int:
        """Commands since it was put in."""
        return int(self._order(do="count")["count"])

    def close(self) -> None:
        """Ends the process, which draws the card."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _order(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


if __name__ == "__main__":
    main(*sys.argv[1:5])
