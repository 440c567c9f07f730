"""The whole product without its pages: real procedures, handlers, records, deadlines and papers on a fresh database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import Application, Config, compose
from commands import demo_office
from commands.scenarios.stage import unrendered
from db.clock import ManualClock
from tests.procedures.walking import Walk
from tests.rooms import create_all


@pytest.fixture
def application(tmp_path: Path, clock: ManualClock) -> Iterator[Application]:
    composed = compose(Config(tmp_path, f"sqlite:///{tmp_path}/walk.db"), clock, render=unrendered)
    create_all(composed.database)
    composed.engine.deploy_folders(composed.workflows)
    demo_office.load(composed)
    yield composed
    composed.database.dispose()


@pytest.fixture(params=["straight", "restored"])
def walk(request: pytest.FixtureRequest, application: Application) -> Walk:
    """Plays a case; `restored` forgets every warm copy between all steps."""
    return Walk(application, restored=request.param == "restored")

