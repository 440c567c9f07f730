"""An engine whose gate reads in this process: the child with its limits has its own tests in `bpmn/test_gate.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.clock import ManualClock
from db.session import Database
from engine import definitions
from engine.bpmn import check_in_process
from engine.registry import BpmnError, StepContext
from tests.factories.kit import Kit
from tests.rooms import create_all


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables, made once and copied for each test."""
    place = tmp_path_factory.mktemp("empty") / "empty.db"
    database = Database(f"sqlite:///{place}")
    create_all(database)
    database.dispose()
    return place


@pytest.fixture
def database(empty_file: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(empty_file, tmp_path / "test.db")
    database = Database(f"sqlite:///{tmp_path}/test.db")
    yield database
    database.dispose()


@pytest.fixture
def kit(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Kit:
    monkeypatch.setattr(definitions, "check", check_in_process)
    kit = Kit(database, clock)

    @kit.registry.operation("toys.fail")
    def fail(ctx: StepContext) -> None:
        """Throws the modelled error that the variable `code` names."""
        raise BpmnError(str(ctx.variables["code"]), "坏了")

    return kit
