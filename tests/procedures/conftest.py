"""The whole product without its pages: real procedures, handlers, records, deadlines; papers are issued and left unrendered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import Application, apart, compose
from commands.scenarios.stage import Stage, unrendered
from db.clock import ManualClock
from tests.procedures.walking import Walk


def composed(data: Path, clock: ManualClock | None = None, **how: Any) -> Application:
    return compose(apart(data), clock, **how)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Offices and people, made once and copied for each scenario and each walk."""
    return Stage(composed, tmp_path_factory.mktemp("stage"), {"render": unrendered})


@pytest.fixture
def application(tmp_path: Path, stage: Stage, clock: ManualClock) -> Iterator[Application]:
    shutil.copytree(stage.furnished(), tmp_path / "data")
    application = composed(tmp_path / "data", clock, render=unrendered)
    application.engine.kernel.definitions = stage.definitions  # compiled versions never change
    yield application
    application.database.dispose()


@pytest.fixture
def straight(application: Application) -> Walk:
    """Plays a case with everything kept warm: pages are the same either way."""
    return Walk(application, restored=False)


@pytest.fixture
def walk(application: Application) -> Walk:
    """Plays a case with every warm copy forgotten between all steps, the harder way; scenarios are walked straight as well."""
    return Walk(application, restored=True)
