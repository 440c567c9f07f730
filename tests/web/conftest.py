"""People at their browsers: a clerk in charge, a colleague of the same office, the head, and an outsider of another office."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from tests.web.browsing import Person
from tests.web.office import PASSWORD, Office, open_office


@pytest.fixture
def office(database: Database, clock: ManualClock) -> Office:
    """An office with the toy procedure."""
    return open_office(database, clock)


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
