"""How long a step took, on a ladder of twelve rungs: with a count per rung, “half were done within five days” needs no list of all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

HOUR, DAY = 3600, 86_400
UNTIL = (HOUR, 4 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 30 * DAY, 60 * DAY, 90 * DAY)  # seconds; above them is one more
RUNGS = len(UNTIL) + 1
COLUMNS = tuple(f"rung_{at}" for at in range(RUNGS))


def rung(seconds: int) -> int:
    """On which rung a duration stands; one of exactly a day was done within a day."""
    return bisect_left(UNTIL, seconds)


def half_within(counts: Sequence[int]) -> int | None:
    """The shortest time, in seconds, within which at least half were done; None where that is more than the ladder knows, or none was done."""
    total, done = sum(counts), 0
    for at, count in enumerate(counts):
        done += count
        if total and 2 * done >= total:
            return UNTIL[at] if at < len(UNTIL) else None
    return None
