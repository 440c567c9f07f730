"""Several machines on one PostgreSQL go by the server's clock, however wrong their own are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import Config, compose
from db.clock import SharedClock, SystemClock
from db.session import Database
from tests.factories.bpmn import boundary, chain, end, process, start, timer, user
from tests.factories.kit import Kit

AHEAD = timedelta(minutes=61)
SOON = timedelta(seconds=2)
WAITING = process(start(), user("work"), boundary("late", "work", timer("PT1H")), end(), end("passed"), chain("begun", "work", "done"), chain("late", "passed"))


def fast() -> datetime:
    """A machine whose clock is more than an hour ahead."""
    return datetime.now(UTC) + AHEAD


@pytest.fixture
def ahead(postgres: Database) -> SharedClock:
    """The clock of such a machine, which has opened a connection."""
    clock = SharedClock(fast)
    postgres.dispose()
    postgres.keep_time(clock)
    postgres.ask_time()
    return clock


@pytest.mark.postgres
def test_a_machine_that_is_ahead_fires_nothing_early(postgres: Database, ahead: SharedClock) -> None:
    right = Kit(postgres, SystemClock())
    right.deploy(toy_bpmn=WAITING)
    case = right.start()

    Kit(postgres, ahead).engine.tick()

    assert right.ready(case) == ["work"]
    assert abs(ahead.now() - datetime.now(UTC)) < SOON


@pytest.mark.postgres
def test_a_clock_that_is_set_right_meanwhile_is_followed(postgres: Database, ahead: SharedClock) -> None:
    ahead.machine = lambda: datetime.now(UTC)
    assert datetime.now(UTC) - ahead.now() > AHEAD - SOON

    postgres.ask_time()

    assert abs(ahead.now() - datetime.now(UTC)) < SOON


@pytest.mark.postgres
def test_the_product_goes_by_the_server_where_it_has_one(postgres: Database, tmp_path: Path) -> None:
    shared = compose(Config(tmp_path, postgres.url.render_as_string(hide_password=False)))
    alone = compose(Config(tmp_path, f"sqlite:///{tmp_path}/own.db"))

    assert (type(shared.clock), type(alone.clock)) == (SharedClock, SystemClock)
    shared.database.ask_time()
    alone.database.ask_time()
    for application in (shared, alone):
        application.database.dispose()


def test_what_the_way_of_an_answer_may_explain_moves_nothing() -> None:
    clock, noon = SharedClock(), datetime(2026, 3, 2, 4, tzinfo=UTC)

    clock.told(noon + timedelta(seconds=1), noon, noon + timedelta(seconds=4))
    assert clock.ahead == timedelta()

    clock.told(noon + timedelta(seconds=1), noon, noon + timedelta(milliseconds=2))
    assert clock.ahead == timedelta(seconds=1, milliseconds=-1)
