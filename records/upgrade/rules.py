"""A volume of invoices is in one place: what left must come back or be noted as kept. Pure functions.

Source: Xicheng, 三(二)4, 三(三), 三(七).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Range = tuple[str, int, int]  # code, first, last
DIRECTIONS = {"refund": ("退票", "refund"), "buy_back": ("回购", "bought back"), "kept": ("留存", "kept")}


def ranges_of(volumes: Iterable[Mapping[str, Any]]) -> list[Range]:
    """Volumes as rows of stock ({code, number_from, number_to, count}) → ranges. Raises ValueError for numbers that are none, or are turned round."""
    made = []
    for row in volumes:
        first, last = int(row["number_from"]), int(row["number_to"])
        if not row["code"] or first < 0 or last < first or int(row.get("count", last - first + 1)) != last - first + 1:
            raise ValueError(f"expected a code and numbers from–to with their count, got {row!r}")
        made.append((str(row["code"]), first, last))
    return sorted(made)


def overlap(some: Sequence[Range]) -> Range | None:
    """What stands twice in some ranges; None for nothing.

    >>> overlap([("3100", 1, 25), ("3100", 25, 50)])
    ('3100', 25, 25)
    """
    ordered = sorted(some)
    for (code, _first, last), (next_code, next_first, next_last) in pairwise(ordered):
        if code == next_code and next_first <= last:
            return code, next_first, min(last, next_last)
    return None


def without(some: Sequence[Range], gone: Sequence[Range]) -> list[Range]:
    """Ranges, neighbours joined, less what is gone.

    >>> without([("3100", 1, 25), ("3100", 26, 50)], [("3100", 10, 30)])
    [('3100', 1, 9), ('3100', 31, 50)]
    """
    left: list[Range] = []
    for code, first, last in sorted(some):
        if left and left[-1][0] == code and first <= left[-1][2] + 1:
            left[-1] = (code, left[-1][1], max(left[-1][2], last))
        else:
            left.append((code, first, last))
    for code, low, high in gone:
        left = [
            part for one in left for part in
            ([one] if one[0] != code else [one_part for one_part in ((code, one[1], min(one[2], low - 1)), (code, max(one[1], high + 1), one[2])) if one_part[1] <= one_part[2]])
        ]  # fmt: skip
    return left


def words(some: Iterable[Range]) -> str:
    """Ranges for people: 3100034140 00000101–00000125."""
    return "、".join(f"{code} {first:08d}–{last:08d}" for code, first, last in some)
