"""The tests that kill, race and replay belong to `./test` only as long as they are quick: together six minutes, in CI no second more.

What takes longer is a size of `make soak`. Durations are added over all workers of pytest-xdist, as if one had run them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

LIMIT_S = 360.0
WHERE = (
    "tests/crash/", "tests/contracts/test_deadline_races.py", "tests/contracts/test_effects.py", "tests/contracts/test_engine_races.py",
    "tests/contracts/test_engine_replay.py", "tests/contracts/test_lock_order.py", "tests/contracts/test_scripted_races.py",
)  # fmt: skip


WORD = "struck"  # of tests elsewhere, whose procedures are struck dead at every act
EVERY_DEATH = "JINSHUI_EVERY_DEATH"  # set by `make soak` (bench/soak/points.py), which runs some of these tests in full size


def is_too_long(seconds: float) -> bool:
    """Whether a run in CI took longer than the tier may; a whole size takes what it takes."""
    return os.environ.get("CI") == "true" and EVERY_DEATH not in os.environ and seconds > LIMIT_S


def _belongs(nodeid: str) -> bool:
    return nodeid.startswith(WHERE) or WORD in nodeid


def spent(stats: Mapping[str, Iterable[Any]]) -> tuple[int, float]:
    """(tests, seconds) of the tier in what the terminal reporter of pytest has counted, with setting up and tearing down."""
    reports = [report for kind in stats.values() for report in kind if hasattr(report, "when") and _belongs(report.nodeid)]
    return len({report.nodeid for report in reports}), sum(report.duration for report in reports)


def line(tests: int, seconds: float) -> str:
    """What a run says of the tier at its end."""
    return f"killed, raced and replayed in {tests} tests: {seconds:.0f} s of {LIMIT_S:.0f} s"
