"""A job is written to a card once, however often it is begun: the card itself keeps the keys of its last jobs and what was answered to each.

What is to be written stands on the card, whole and with the job's key, before the first file of it is touched. Cut off at any point
after that, it is finished by whoever writes the card next; cut off before, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.layout import DONE, PENDING, packed, read_file, unpacked
from hardware.ports import Card, CardDamaged

KEPT = 20  # jobs that a card remembers: far more than may stand unanswered at once


def seen(card: Card, file: str) -> Any:
    """What a file holds, as it will be once what was cut off is finished; writes nothing."""
    pending = _pending(card)
    if pending is not None and file in pending["files"]:
        return unpacked(pending["files"][file].encode())
    return read_file(card, file)


def answered(card: Card, key: str) -> Mapping[str, Any] | None:
    """What was answered for the job if the card has it already; writes nothing."""
    return next((one["results"] for one in seen(card, DONE) or [] if one["key"] == key), None)


def write_once(card: Card, key: str, files: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    """Writes the files of a job that the card does not have; what was cut off before is finished first."""
    finish(card)
    done = [*(read_file(card, DONE) or []), {"key": key, "results": results}][-KEPT:]
    card.write(PENDING, packed({"files": {file: packed(value).decode() for file, value in {**files, DONE: done}.items()}}))
    finish(card)


def finish(card: Card) -> None:
    """Writes what was begun and cut off."""
    pending = _pending(card)
    if pending is None:
        return
    for file, content in pending["files"].items():
        card.write(file, content.encode())
    card.write(PENDING, b"")


def _pending(card: Card) -> Any:
    try:
        return read_file(card, PENDING)
    except CardDamaged:
        return None  # it was cut off itself: no other file has been touched, and the next job writes over it
