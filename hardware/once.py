"""A job is written to a card once, however often it is begun: the card itself keeps the key of its last job and what was answered.

What is to be written stands on the card, whole and with the job's key, before the first file of it is touched. Cut off at any point
after that, it is finished by whoever reads the card next; cut off before, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.layout import LAST, PENDING, packed, read_file, unpacked
from hardware.ports import Card, CardDamaged


def written(card: Card, key: str) -> Mapping[str, Any] | None:
    """What was answered for the job if the card has it already; whatever was cut off on the card is finished first."""
    finish(card)
    last = read_file(card, LAST)
    return last["results"] if last and last["key"] == key else None


def write_once(card: Card, key: str, files: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    """Writes the files of a job that the card does not have."""
    contents = {file: packed(value).decode() for file, value in files.items()}
    card.write(PENDING, packed({"key": key, "results": results, "files": contents}))
    finish(card)


def finish(card: Card) -> None:
    """Writes what was begun and cut off."""
    pending = _pending(card)
    if pending is None:
        return
    for file, content in pending["files"].items():
        card.write(file, content.encode())
    card.write(LAST, packed({"key": pending["key"], "results": pending["results"]}))
    card.write(PENDING, b"")


def _pending(card: Card) -> Any:
    content = card.read(PENDING)
    try:
        return unpacked(content)
    except CardDamaged:
        return None  # it was cut off itself: no other file has been touched, and the next job writes over it
