"""`app.py station` that is struck dead at a place of its work: `python -m tests.factories.dying_station PLACE …arguments of app.py…`."""

from __future__ import annotations

import os
import sys
from typing import Any

import app
from hardware.http_door import HttpDoor
from hardware.simulator import shelf

KILLED = 9


def die(*_: Any) -> None:
    os._exit(KILLED)


def arm(place: str) -> None:
    """`card N`: once the card has been changed N times; `answer`: when all is written and nothing said; `said`: before the answer's answer is read."""
    kind, _space, number = place.partition(" ")
    if kind == "answer":
        HttpDoor.complete = die  # type: ignore[method-assign,assignment]
    elif kind == "said":
        real = HttpDoor.complete
        HttpDoor.complete = lambda *given: die(real(*given))  # type: ignore[method-assign]
    else:
        put, left = shelf.FolderShelf.put, [int(number)]

        def counting(self: Any, card: Any) -> None:
            put(self, card)
            left[0] -= 1
            if left[0] == 0:
                die()

        shelf.FolderShelf.put = counting  # type: ignore[method-assign]


if __name__ == "__main__":
    arm(sys.argv[1])
    sys.exit(app.main(sys.argv[2:]))
