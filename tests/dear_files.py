"""The files that cost a run most, said at its end: a file dearer than its share is made cheaper, or its bulk goes to `make soak` (docs/tests.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

SHARE_S = 30.0  # of one worker on a quiet machine of two cores
HOW_MANY = 10


def dearest(stats: Mapping[str, Iterable[Any]]) -> list[tuple[str, float]]:
    """(file, seconds) of what the terminal reporter of pytest has counted, with setting up and tearing down; the dearest first."""
    spent: Counter[str] = Counter()
    for reports in stats.values():
        for report in reports:
            if hasattr(report, "duration"):  # not one of a file that cannot be imported
                spent[report.nodeid.partition("::")[0]] += report.duration
    return spent.most_common(HOW_MANY)


def lines(found: list[tuple[str, float]]) -> list[str]:
    """What a run says of them; beside a file that takes more than its share stands how often it takes it."""
    return [f"{seconds:7.1f} s  {file}" + (f"  ({seconds / SHARE_S:.1f} times its share)" if seconds > SHARE_S else "") for file, seconds in found]
