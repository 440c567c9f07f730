"""People at their browsers: a clerk in charge, a colleague of the same office, the head, and an outsider of another office."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from tests.web.browsing import Person
from tests.web.office import PASSWORD, Office, furnished_file, open_office
from tests.web.supervising import open_supervised, supervised_file


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people and the deployed toy, made once and copied for each test."""
    return furnished_file(tmp_path_factory.mktemp("office") / "furnished.db")


@pytest.fixture
def office(furnished: Path, tmp_path: Path, clock: ManualClock) -> Iterator[Office]:
    """An office with the toy procedure."""
    shutil.copy(furnished, tmp_path / "office.db")
    database = Database(f"sqlite:///{tmp_path}/office.db")
    yield open_office(database, clock)
    database.dispose()


@pytest.fixture(scope="session")
def supervised(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with heads and cases for their boards, made once and copied for each test."""
    place = tmp_path_factory.mktemp("supervised") / "supervised.db"
    shutil.copy(furnished, place)
    database = Database(f"sqlite:///{place}")
    supervised_file(database)
    database.dispose()
    return place


@pytest.fixture
def board(supervised: Path, tmp_path: Path) -> Iterator[Office]:
    """An office whose heads have boards."""
    shutil.copy(supervised, tmp_path / "supervised.db")
    office = open_supervised(tmp_path / "supervised.db")
    yield office
    office.database.dispose()


def signed_in(office: Office, login: str) -> Person:
    person = Person(office.web.test_client())
    person.open("/sign-in").submit("/sign-in", login=login, password=PASSWORD)
    return person


@pytest.fixture
def clerk(office: Office) -> Person:
    """Li Na, clerk at Haishu."""
    return signed_in(office, "li.na")


@pytest.fixture
def colleague(office: Office) -> Person:
    """Wang Fang, clerk at Haishu too."""
    return signed_in(office, "wang.fang")


@pytest.fixture
def head(office: Office) -> Person:
    """Zhao Jun, head at Haishu."""
    return signed_in(office, "zhao.jun")


@pytest.fixture
def outsider(office: Office) -> Person:
    """Chen Wei, of Yinzhou: the same posts, another office."""
    return signed_in(office, "chen.wei")


@pytest.fixture
def visitor(office: Office) -> Person:
    """Nobody yet."""
    return Person(office.web.test_client())


@pytest.fixture
def operator(office: Office) -> Person:
    """Gao Bo, system administrator at Haishu."""
    return signed_in(office, "gao.bo")


@pytest.fixture
def guardian(office: Office) -> Person:
    """Wei Lan, security administrator of the whole bureau."""
    return signed_in(office, "wei.lan")


@pytest.fixture
def warden(office: Office) -> Person:
    """Tian Yu, security administrator at Haishu alone."""
    return signed_in(office, "tian.yu")


@pytest.fixture
def auditor(office: Office) -> Person:
    """Jiang Tao, audit administrator at Haishu."""
    return signed_in(office, "jiang.tao")


@pytest.fixture
def connections(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many reading connections are open, and how many were at once."""
    read, counted = office.database.read, [0, 0]

    @contextmanager
    def reading(*given: Any) -> Iterator[Session]:
        counted[0] += 1
        counted[1] = max(counted)
        with read(*given) as session:
            yield session
        counted[0] -= 1

    monkeypatch.setattr(office.database, "read", reading)
    return counted
