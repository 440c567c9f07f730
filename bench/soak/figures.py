"""The supervisor's board over many random histories: every figure beside a second count from the history alone, on both databases."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.cluster import running
from db.clock import ManualClock
from db.session import Database
from engine import definitions
from engine.bpmn import check_in_process
from tests.factories.kit import Kit
from tests.properties.engine.board_history import History
from tests.properties.engine.board_shown import VIEWS, differences
from tests.rooms import emptied, empty_file

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Size:
    """How many histories, and how much happens in each."""

    histories: int
    turns: int


WHOLE = Size(histories=100, turns=600)
QUICK = Size(histories=2, turns=420)


@dataclass(frozen=True)
class Found:
    """`different` names each history with the figures that were wrong in it; `deviations` what `app.py figures` found."""

    histories: int
    cases: int
    figures: int
    seconds: float
    different: list[str]
    deviations: int

    @property
    def faults(self) -> int:
        """Histories with a wrong figure, and rows of figures that a count from the beginning did not confirm."""
        return len(self.different) + self.deviations


def on_own_cluster(size: Size, number: int) -> Found:
    """On SQLite in a folder and on a server of its own, each history on both."""
    begun, cases, deviations, different = time.perf_counter(), 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as folder, running() as cluster, pytest.MonkeyPatch.context() as patched:
        patched.setattr(definitions, "check", check_in_process)
        cluster.create("figures")
        for at in range(size.histories):
            for database in (empty_file(Path(folder) / f"{at}.db"), emptied(Database(cluster.sqlalchemy_url("figures")))):
                played = History(Kit(database, ManualClock(START)), number + at, size.turns).play()
                wrong = sorted({figure for view in VIEWS for figure in differences(played, view)})
                different += [f"seed {number + at}: {', '.join(wrong)}"] if wrong else []
                deviations += len(played.kit.engine.board.deviations())
                cases += len(played.checks)
                database.dispose()
    return Found(size.histories * 2, cases, size.histories * 2 * len(VIEWS), round(time.perf_counter() - begun, 1), different, deviations)
