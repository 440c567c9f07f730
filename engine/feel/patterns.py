"""How much work a regular expression can take, judged by its text: Python's engine backtracks and cannot be stopped.

Bounded from above by the number of ways in which its repetitions can share a text. A repeated group that itself can have several
lengths or branches has exponentially many ways and is never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PATTERN_LIMIT = 200
WAYS_LIMIT = 2_000_000
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[:=!]|\?<[=!]|\?P<\w+>)?|\)|\||[*+?]|\{\d*,?\d*\}|.", re.DOTALL)
_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")


@dataclass
class _Group:
    ways: int = 1


def is_bearable(pattern: str, length: int) -> bool:
    """Whether a pattern can be tried on texts of that length in reasonable time; back references cannot be judged and are not."""
    if len(pattern) > PATTERN_LIMIT or re.search(r"\\[1-9]|\(\?P=|\(\?\(", pattern):
        return False
    ways = _ways(pattern, max(length, 2))
    return ways is not None and ways <= WAYS_LIMIT


def _ways(pattern: str, length: int) -> int | None:
    open_, last = [_Group()], 1
    for part, is_repetition in _parts(pattern):
        if part.startswith("("):
            open_.append(_Group())
        elif part == ")" and len(open_) > 1:
            last = open_.pop().ways
            open_[-1].ways *= last
        elif part == "|":
            open_[-1].ways += 1
        elif is_repetition:
            if last > 1 and part != "?":
                return None
            open_[-1].ways *= _lengths(part, length)
        else:
            last = 1
    return open_[0].ways


def _parts(pattern: str) -> Iterator[tuple[str, bool]]:
    """(part, whether it repeats what stands before it); a second sign only says how eagerly."""
    after = False
    for found in _PART.finditer(pattern):
        part = found[0]
        repeats = part in {"*", "+", "?"} or (_COUNT.fullmatch(part) is not None and part != "{}")
        if repeats and after:
            continue
        after = repeats
        yield part, repeats


def _lengths(part: str, length: int) -> int:
    if part == "?":
        return 2
    count = _COUNT.fullmatch(part)
    if count is None or (count[2] and not count[3]):
        return length
    return min(length, int(count[3] or count[1]) - int(count[1] or 0) + 1) if count[2] else 1
