"""Two at once at one deadline, on PostgreSQL: the second sees what the first has done, and neither is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.model import Deadline, DeadlineEvent
from deadlines.rules import TermRule
from deadlines.states import NotAllowed

CASE = "c" * 32
REPLY = TermRule("reply", "回复期限", "Reply", 1, "month", "civil", (), 5)
DAY = date(2026, 3, 10)


@pytest.fixture
def service(clock: ManualClock, postgres: Database) -> DeadlineService:
    service = DeadlineService(clock)
    with postgres.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
    return service


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def overtaken(database: Database, pool: ThreadPoolExecutor, first: Callable[[Session], object], second: Callable[[Session], object]) -> Future[None]:
    """`second` has read the deadline and waits for its row while `first`, which came before it, is not stored yet; what came of it."""
    begun = Event()

    def follow() -> None:
        with database.write() as session:
            session.scalars(select(Deadline)).one()
            begun.set()
            second(session)

    with database.write() as session:
        first(session)
        outcome = pool.submit(follow)
        assert begun.wait(10)
        _until_somebody_waits(database)
    return outcome


def _until_somebody_waits(database: Database) -> None:
    for _ in range(200):
        with database.read() as session:
            if session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")):
                return
            session.execute(text("SELECT pg_sleep(0.05)"))
    pytest.fail("the second did not wait for the row that the first holds")


def now(database: Database) -> tuple[str, date, list[str]]:
    """State, last day and history of the deadline."""
    with database.read() as session:
        row = session.scalars(select(Deadline)).one()
        return row.state, row.due_on, list(session.scalars(select(DeadlineEvent.kind).order_by(DeadlineEvent.id)))


def extend(service: DeadlineService) -> Callable[[Session], object]:
    return lambda session: service.extend(session, CASE, "reply", date(2026, 4, 24), approved_by="市局", reason="企业走逃")


def test_what_was_met_is_not_extended(service: DeadlineService, postgres: Database, pool: ThreadPoolExecutor) -> None:
    outcome = overtaken(postgres, pool, lambda s: service.meet(s, CASE, "reply", DAY), extend(service))

    with pytest.raises(NotAllowed, match="没有正在计算的期限"):
        outcome.result(10)
    assert now(postgres) == ("met", date(2026, 4, 2), ["started", "met"])


def test_what_was_stopped_is_met_from_there(service: DeadlineService, postgres: Database, pool: ThreadPoolExecutor) -> None:
    stop = overtaken(
        postgres, pool, lambda s: service.stop(s, CASE, "reply", DAY, "企业停业"), lambda s: service.meet(s, CASE, "reply", DAY)
    )

    stop.result(10)
    assert now(postgres) == ("met", date(2026, 4, 2), ["started", "stopped", "resumed", "met"])


def test_what_was_extended_is_met_with_its_new_day(service: DeadlineService, postgres: Database, pool: ThreadPoolExecutor) -> None:
    met = overtaken(postgres, pool, extend(service), lambda s: service.meet(s, CASE, "reply", date(2026, 4, 20)))

    met.result(10)
    assert now(postgres) == ("met", date(2026, 4, 24), ["started", "extended", "met"])
    with postgres.read() as session:
        assert session.scalars(select(DeadlineEvent).where(DeadlineEvent.kind == "met")).one().details["late"] is False


def test_what_was_stopped_is_not_stopped_again(service: DeadlineService, postgres: Database, pool: ThreadPoolExecutor) -> None:
    def stop(session: Session) -> object:
        return service.stop(session, CASE, "reply", DAY, "企业停业")

    outcome = overtaken(postgres, pool, stop, stop)

    with pytest.raises(NotAllowed, match="已停止计算"):
        outcome.result(10)
    assert now(postgres)[2] == ["started", "stopped"]


def test_a_term_that_is_being_judged_is_not_met_meanwhile(service: DeadlineService, postgres: Database, pool: ThreadPoolExecutor) -> None:
    met = overtaken(
        postgres, pool, lambda s: service.running(s, CASE, ("reply",), lock=True), lambda s: service.meet(s, CASE, "reply", DAY)
    )

    met.result(10)
    assert now(postgres)[0] == "met"
