"""`app.py station` with the readers of its own counter, killed behind a command to a card: `python -m bench.soak.day_dying INS:AT SLOT,SLOT station …arguments`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from hardware.card import pcsc
from hardware.card.pcsc import PcscReader, PcscWire

STARTED = "station is up"


class OwnSlots(PcscReader):
    """The slots of one counter, as if its computer had a service of readers to itself."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = frozenset(names)

    def slots(self) -> Sequence[str]:
        return [name for name in super().slots() if name in self._names]


def arm(ins: int, at: int) -> None:
    """Kills this process behind the `at`-th command of an instruction, as the kernel kills it: nothing is tidied up."""
    send, left = PcscWire.send, [at]

    def sending(self: PcscWire, command: bytes) -> bytes:
        answer = send(self, command)
        left[0] -= command[1] == ins
        if at and left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    PcscWire.send = sending  # type: ignore[method-assign]


if __name__ == "__main__":
    import app

    arm(*map(int, sys.argv[1].split(":")))
    names = sys.argv[2].split(",")
    pcsc.PcscReader = lambda: OwnSlots(names)  # type: ignore[misc,assignment]
    sys.exit(app.main(sys.argv[3:]))
