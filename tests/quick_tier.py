"""The tests that kill, race and replay belong to `./test` only as long as they are quick: together six minutes, in CI no second more.

What takes longer is a size of `make soak`. Durations are added over all workers of pytest-xdist, as if one had run them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LIMIT_S = 360.0
WHERE = (
    "tests/crash/", "tests/contracts/test_deadline_races.py", "tests/contracts/test_effects.py", "tests/contracts/test_engine_races.py",
    "tests/contracts/test_engine_replay.py", "tests/contracts/test_lock_order.py", "tests/properties/engine/",
)  # fmt: skip


def spent(stats: Mapping[str, Iterable[Any]]) -> tuple[int, float]:
    """(tests, seconds) of the tier in what the terminal reporter of pytest has counted, with setting up and tearing down."""
    reports = [report for kind in stats.values() for report in kind if hasattr(report, "when") and report.nodeid.startswith(WHERE)]
    return len({report.nodeid for report in reports}), sum(report.duration for report in reports)


def line(tests: int, seconds: float) -> str:
    """What a run says of the tier at its end."""
    return f"killed, raced and replayed in {tests} tests: {seconds:.0f} s of {LIMIT_S:.0f} s"
