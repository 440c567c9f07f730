"""One counter with real stacks: what a command of a card takes, and what the jobs of an upgrade take.

pcscd with virtual cards, mtools on an image, a carrier that is a folder, SoftHSM2; printers beside them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.counters.waiting import spread
from hardware.card import apdu
from hardware.card.chip.golden import GoldenSystem, golden
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.system import made
from hardware.card.pcsc import PcscWire
from hardware.carrier import FolderCarrier
from hardware.desk import Desk
from hardware.disk.floppy import SIZE as DISK_BYTES
from hardware.disk.floppy import MtoolsDrive
from hardware.door import Job
from hardware.keys.ports import KeyMachine
from hardware.layout import INVOICES, packed
from hardware.ports import IC_CARD, TAX_CARD, CardState
from hardware.printer.opening import open_labels, open_printer
from hardware.simulator import PIN
from hardware.simulator.supposed import supposed_month, supposed_stock
from hardware.station import Station
from tests.contracts.desks import SERIAL, PcscDesk
from tests.factories import pcscd, printing
from tests.factories.plain_printers import Labels
from tests.factories.sheets import A4, LABEL, document
from tests.factories.tokens import inserted
from tests.unit.hardware.counters import IC, ISSUE, MONTH, UPGRADE, ListDoor, job

# The tasks of upgrade_handover.bpmn that stations work, in the order in which an enterprise comes to them; paper is named apart.
COUNTED = {
    "read_month": "read_state", "export_month": "export_month", "back_up_data": "back_up_data", "read_stock": "read_state", "give_back": "give_back",
    "read_refund": "read_refund", "take_refund": "take_refund", "load_card": "load_card", "upgrade_cards": "upgrade_cards", "put_on": "put_on", "read_in": "read_in",
}  # fmt: skip
OLD = CardState("V6.00", is_locked=False, outside_period=0, per_invoice=100_000, monthly_quantity=25)
NOW = datetime(2003, 3, 3, 1, tzinfo=UTC)
CONTENT = b"610113220000010 " * 12  # of a file that is written: one command of 192 bytes between the two that begin and end it
KINDS = {apdu.READ: "read", apdu.UPDATE: "write", apdu.VERIFY: "verify", apdu.SELECT: "select"}


@dataclass(frozen=True)
class Size:
    """Turns of the mix (nine commands each), and enterprises that are upgraded."""

    turns: int
    rounds: int


WHOLE, QUICK = Size(250, 12), Size(20, 1)


@dataclass
class Timed:
    """What each command took, by its instruction, as long as the wire is watched."""

    took: list[tuple[int, float]] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Every command of every reader in this process."""
        send = PcscWire.send

        def timed(wire: PcscWire, command: bytes) -> bytes:
            begun = time.perf_counter()
            answer = send(wire, command)
            self.took.append((command[1], time.perf_counter() - begun))
            return answer

        PcscWire.send = timed  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            PcscWire.send = send  # type: ignore[method-assign]

    def figures(self) -> dict[str, Any]:
        """Milliseconds of all commands, and of each kind."""
        kinds = {kind: [seconds for ins, seconds in self.took if KINDS.get(ins, "of our own") == kind] for kind in (*KINDS.values(), "of our own")}
        return {"all": spread([seconds for _ins, seconds in self.took]), **{kind: spread(took) for kind, took in kinds.items() if took}}


def commands(folder: Path, slots: dict[str, int], turns: int) -> dict[str, Any]:
    """A mix of verifying, writing and reading on a golden-tax card."""
    timed = Timed()
    with _desk(folder, slots) as desk:
        desk.put_in((TAX_CARD, SERIAL))
        (card,) = desk.reader.cards()
        with timed.watching():
            for _turn in range(turns):
                card.verify(PIN)
                card.write("holder", CONTENT)
                if card.read("holder") != CONTENT or card.read("sales") != b"":
                    raise ValueError("the card does not hold what was written")
    return timed.figures()


def upgrade(folder: Path, slots: dict[str, int], keys: KeyMachine, timed: Timed) -> dict[str, float]:
    """Seconds of each job of one enterprise, from its being handed to the station until its answer is given; cards lie in the readers, a new disk in the drive."""
    folder.mkdir()
    GoldenSystem(folder / f"{SERIAL}.chip", golden(made(TAX_CARD, SERIAL, PIN, ISSUER_KEY_OF_TESTS), stock=tuple(supposed_stock(SERIAL)), state=OLD))
    (folder / "carrier").mkdir()
    (folder / "floppy.img").write_bytes(bytes(DISK_BYTES))
    with _desk(folder, slots) as desk:
        desk.put_in((TAX_CARD, SERIAL), (IC_CARD, IC))
        devices = Desk(desk.reader, pin=PIN, drive=MtoolsDrive(folder / "floppy.img"), carrier=FolderCarrier(folder / "carrier"), keys=keys)
        door = ListDoor([])
        station = Station(door, devices, lambda: NOW, patience_s=0)
        _worked(station, door, "issue_cards", ISSUE)
        next(card for card in desk.reader.cards() if card.kind == TAX_CARD).write(INVOICES, packed(month()))
        with timed.watching():
            return {task: _worked(station, door, topic, {**UPGRADE[topic], **({"ic_card": IC} if task == "read_stock" else {})}, task) for task, topic in COUNTED.items()}


def month() -> list[dict[str, Any]]:
    """As many invoices as the enterprise may buy in a month."""
    rows = supposed_month(SERIAL, MONTH)
    return [{**rows[at % len(rows)], "number": f"{at + 1:08d}"} for at in range(OLD.monthly_quantity)]


def _worked(station: Station, door: ListDoor, topic: str, given: Any, key: str = "") -> float:
    door.jobs = [job(topic, given, key or topic)]
    begun = time.perf_counter()
    station.work_off()
    took = time.perf_counter() - begun
    if door.told[-1][0] != "complete":
        raise ValueError(f"expected {topic} to be done, but the station said {door.told[-1]}")
    return took


@contextmanager
def _desk(folder: Path, slots: dict[str, int]) -> Iterator[PcscDesk]:
    desk = PcscDesk(folder, list(slots.values()))
    try:
        yield desk
    finally:
        desk.close()


def printed(folder: Path, rounds: int) -> dict[str, Any]:
    """Milliseconds of a label and of a hand-over sheet in two copies, at printers that come out with a page as soon as they have it. Raises NoPrinter."""
    for name in ("ipp", "labels"):
        (folder / name).mkdir()
    labels, door, took = Labels(folder / "labels"), ListDoor([]), dict[str, list[float]]()
    with printing.alone(folder / "ipp") as tray:
        desk = Desk(printer=open_printer(tray.uri, memory=folder / "handed"), labels=open_labels(f"zpl://127.0.0.1:{labels.port}", memory=folder / "handed"))
        station = Station(door, desk, lambda: NOW, patience_s=0)
        for number in range(rounds):
            for topic, size in (("print_label", LABEL), ("print_paper", A4)):
                door.paper = partial(_sheet, size)  # type: ignore[method-assign]
                took.setdefault(topic, []).append(_worked(station, door, topic, UPGRADE[topic], f"{topic}-{number}"))
        labels.switch_off()
    return {topic: round(1000 * statistics.median(found), 1) for topic, found in took.items()}


def _sheet(size: tuple[float, float], _job: Job) -> bytes:
    return document(1, size)


def measured(folder: Path, size: Size) -> dict[str, Any]:
    """Raises NoPcsc, NoToken, NoPrinter."""
    with ExitStack() as stack:
        slots = stack.enter_context(pcscd.running(["Jinshui Counter"]))
        keys = stack.enter_context(inserted(folder)).machine()
        (folder / "mix").mkdir()
        mix, timed = commands(folder / "mix", slots, size.turns), Timed()
        rounds = [upgrade(folder / f"enterprise-{at}", slots, keys, timed) for at in range(size.rounds)]
    return {
        "apdu_ms": mix,
        "upgrade": {
            "enterprises": size.rounds, "invoices": len(month()), "total_ms": spread([sum(took.values()) for took in rounds]),
            "jobs_ms": {task: round(1000 * statistics.median(took[task] for took in rounds), 1) for task in COUNTED},
            "commands": len(timed.took) // size.rounds, "apdu_ms": timed.figures()["all"], "printing_ms": printed(folder, size.rounds),
        },
    }  # fmt: skip
