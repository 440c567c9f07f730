"""Engines on toy models, and the toy office on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.clock import ManualClock
from db.session import Database
from tests.factories.kit import Kit
from tests.rooms import filled
from tests.web.office import OPENED, Office, furnish, furnished_file, open_office


@pytest.fixture(autouse=True)
def reads_in_process(gate_in_process: None) -> None:
    """Toy models need no child to be read in."""


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people and the deployed toy, made once and copied for each test."""
    return furnished_file(tmp_path_factory.mktemp("toy") / "furnished.db")


@pytest.fixture
def kits(any_database: Database, clock: ManualClock) -> Iterator[tuple[Kit, Kit]]:
    """Two nodes on one database: connections, warm cases and compiled models of their own."""
    beside = Database(any_database.url.render_as_string(hide_password=False))
    here, there = Kit(any_database, clock), Kit(beside, clock)
    there.count = 1_000
    yield here, there
    beside.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, furnished: Path, tmp_path: Path) -> Iterator[Office]:
    """The toy office on either database."""
    if request.param == "sqlite":
        shutil.copy(furnished, tmp_path / "office.db")
        database = Database(f"sqlite:///{tmp_path}/office.db")
        yield open_office(database, ManualClock(OPENED))
        database.dispose()
    else:
        database = request.getfixturevalue("postgres")
        filled(database, "toy", furnish)
        yield open_office(database, ManualClock(OPENED))
