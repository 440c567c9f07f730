"""The ledger: a case that comes again keeps its clock, extensions in time only, each thing said once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService, ExtensionTooLate
from deadlines.calendar import BadCalendar, built_in, extended, read_calendar
from deadlines.rules import TermRule
from deadlines.states import NotAllowed

REPLY = TermRule("reply", "回复期限", "reply", 1, "month", "civil", (10, 5, 1), 5)


@pytest.fixture
def service(clock: ManualClock) -> DeadlineService:
    return DeadlineService(clock)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def test_a_case_that_comes_again_keeps_its_clock(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        first = service.start(session, "c" * 32, REPLY, date(2026, 3, 2))
        again = service.start(session, "c" * 32, REPLY, date(2026, 3, 20))

        assert (again.id, again.due_on) == (first.id, date(2026, 4, 2))


def test_an_extension_is_granted_only_before_the_end(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    with any_database.write() as session:
        service.start(session, "c" * 32, REPLY, date(2026, 3, 2))
        row = service.extend(session, "c" * 32, "reply", date(2026, 4, 18), approved_by="市局", reason="企业走逃")
        assert row.due_on == date(2026, 4, 20)  # the 18th is a Saturday
        assert "批准延期至 2026-04-20" in row.explanation
        clock.set(at(date(2026, 4, 21)))

        with pytest.raises(ExtensionTooLate):
            service.extend(session, "c" * 32, "reply", date(2026, 5, 20), approved_by="市局", reason="再延")


def test_the_remainder_is_kept_while_the_clock_stands(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, "c" * 32, REPLY, date(2026, 3, 2))
        service.stop(session, "c" * 32, "reply", date(2026, 3, 12), "等待纳税人补正")
        with pytest.raises(NotAllowed):
            service.stop(session, "c" * 32, "reply", date(2026, 3, 13), "再停")

        assert service.resume(session, "c" * 32, "reply", date(2026, 5, 11)).due_on == date(2026, 6, 1)  # 21 days were left


def test_each_thing_is_said_once_and_repeated_until_it_is_met(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    with any_database.write() as session:
        service.start(session, "c" * 32, REPLY, date(2026, 3, 2), owner_posts=["officer"])
    said = []
    for n in range(60):
        clock.set(at(date(2026, 3, 2) + timedelta(n)))
        said += [(str(clock.today()), s.kind) for s in service.tick(any_database)]
        assert service.tick(any_database) == []

    assert said == [
        ("2026-03-19", "reminder"), ("2026-03-26", "reminder"), ("2026-04-01", "reminder"), ("2026-04-03", "overdue"),
        ("2026-04-13", "repeat"), ("2026-04-20", "repeat"), ("2026-04-27", "repeat"),
    ]  # fmt: skip
    with any_database.write() as session:
        assert len(service.notices(session, ["officer"])) == len(said)
        service.meet(session, "c" * 32, "reply", clock.today())
    clock.advance(timedelta(days=30))
    assert service.tick(any_database) == []


def test_after_a_standstill_only_the_latest_is_said(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, "c" * 32, REPLY, date(2026, 3, 2))
    clock.set(at(date(2026, 4, 1)))

    assert [s.kind for s in service.tick(any_database)] == ["reminder"]


def test_a_published_year_recomputes_provisional_dates(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    clock.set(datetime(2026, 12, 6, tzinfo=UTC))
    notice = read_calendar({"version": "cn-2027.1", "years": {"2027": {"off": {"2027-01-06": "元旦"}, "worked": []}}})
    with any_database.write() as session:
        row = service.start(session, "c" * 32, REPLY, date(2026, 12, 6))
        assert (row.due_on, row.provisional) == (date(2027, 1, 6), 1)

        moved = service.recompute(session, extended(built_in(), notice))

        assert [(str(r.due_on), str(before), r.provisional) for r, before in moved] == [("2027-01-07", "2027-01-06", 0)]


def test_a_bad_calendar_is_told_line_by_line() -> None:
    with pytest.raises(BadCalendar) as error:
        read_calendar(
            {"version": "x", "years": {"2027": {"off": {"2027-02-30": "春节", "2026-01-01": "元旦"}, "worked": ["2027-03-01"]}}}
        )

    assert len(error.value.faults) == 3


def test_an_urging_is_answered_once(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        urging = service.urge(session, "c" * 32, by_id="p", by_name="周敏", posts=["officer"], text="请尽快回复")
        service.answer(session, urging.id, by="李强", text="三日内回复")

        with pytest.raises(NotAllowed):
            service.answer(session, urging.id, by="李强", text="再答")
        assert [(u.by_name, u.answer) for u in service.urgings(session, "c" * 32)] == [("周敏", "三日内回复")]
