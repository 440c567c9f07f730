"""The ledger: a case that comes again keeps its clock, extensions in time only, the clock stands and goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService, ExtensionTooLate
from deadlines.model import DeadlineEvent
from deadlines.rules import TermRule
from deadlines.states import NotAllowed
from deadlines.stopped import Stopped
from tests.unit.records.coinvestigation.test_large_delegations import counted

REPLY = TermRule("reply", "回复期限", "reply", 1, "month", "civil", (10, 5, 1), 5)


@pytest.fixture
def service(clock: ManualClock) -> DeadlineService:
    return DeadlineService(clock)


CASE = "c" * 32


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def history(session: Session) -> list[str]:
    return list(session.scalars(select(DeadlineEvent.kind).order_by(DeadlineEvent.id)))


def test_a_case_that_comes_again_keeps_its_clock(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        first = service.start(session, CASE, REPLY, date(2026, 3, 2))
        again = service.start(session, CASE, REPLY, date(2026, 3, 20))

        assert (again.id, again.due_on) == (first.id, date(2026, 4, 2))


def test_an_extension_is_granted_only_before_the_end(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        row = service.extend(session, CASE, "reply", date(2026, 4, 18), approved_by="市局", reason="企业走逃")
        assert row.due_on == date(2026, 4, 20)  # the 18th is a Saturday
        assert "批准延期至2026年4月20日" in row.explanation
        clock.set(at(date(2026, 4, 21)))

        with pytest.raises(ExtensionTooLate):
            service.extend(session, CASE, "reply", date(2026, 5, 20), approved_by="市局", reason="再延")


def test_the_remainder_is_kept_while_the_clock_stands(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
        with pytest.raises(NotAllowed, match="期限已停止计算，不能停止计算") as refused:
            service.stop(session, CASE, "reply", date(2026, 3, 13), "再停")
        assert refused.value.en == "the term is stopped and cannot be stopped"

        assert service.resume(session, CASE, "reply", date(2026, 5, 11)).due_on == date(2026, 6, 1)  # 21 days were left


WORKING = TermRule("review", "审核期限", "Review", 10, "working_day", "civil")
PLAIN = TermRule("keep", "保管期限", "Keeping", 10, "day", "plain")
PLAIN_WORKING = TermRule("look", "查看期限", "Look", 5, "working_day", "plain")
TAX = TermRule("pay", "缴款期限", "Payment", 40, "day", "tax")  # to 11 April, and 清明 of three days lengthens it to the 14th
# Each begins on Monday 2 March 2026; when the clock stands, from when it goes on, the last day, and what is left, worked out by hand.
STOPS: list[tuple[TermRule, list[tuple[str, str]], str, str]] = [
    (WORKING, [("03-06", "03-19")], "03-27", "6 个工作日"),  # 9 to 13 and 16 March were left: 20, 23 to 27
    (WORKING, [("03-06", "04-30")], "05-12", "6 个工作日"),  # Labour Day is 1 to 5 May, Saturday the 9th is worked: 6, 7, 8, 9, 11, 12
    (WORKING, [("03-07", "03-22")], "03-30", "6 个工作日"),  # from a Saturday to a Sunday
    (WORKING, [("03-13", "04-03")], "04-07", "1 个工作日"),  # the 4th to the 6th of April are 清明
    (WORKING, [("03-16", "03-21")], "03-23", "0 个工作日"),  # the last day: nothing is left, and Saturday moves to Monday
    (WORKING, [("03-04", "03-05"), ("03-06", "03-09")], "03-18", "7 个工作日"),  # eight were left, and of the 17th then seven
    (PLAIN, [("03-05", "03-07")], "03-14", "7 日"),  # a Saturday, and it stays one
    (PLAIN, [("03-12", "04-05")], "04-05", "0 日"),  # a holiday
    (PLAIN_WORKING, [("03-04", "03-06")], "03-11", "3 个工作日"),
    (REPLY, [("03-12", "03-14")], "04-07", "21 日"),  # the 4th of April is 清明, the 7th is worked
    (TAX, [("03-20", "07-01")], "07-23", "22 日"),  # 25 days, of which the three of 清明 were added; in July nothing is
    (TAX, [("03-20", "03-25")], "04-20", "22 日"),  # to the 16th, 清明 lengthens it again, and the 19th is a Sunday
    (TAX, [("03-20", "04-12")], "05-09", "22 日"),  # to 4 May: four days of 劳动节 are inside, then the fifth; Saturday the 9th is worked
    (TAX, [("04-08", "06-01")], "06-08", "6 日"),  # 清明 is over; 7 June is a Sunday
    (TAX, [("03-20", "03-25"), ("04-07", "07-01")], "07-14", "13 日"),  # the three days were added again, and are over
]  # fmt: skip


@pytest.mark.parametrize(("rule", "stops", "due_on", "left"), STOPS, ids=[f"{rule.key} {stops}" for rule, stops, _d, _l in STOPS])
def test_what_is_left_is_counted_in_the_unit_of_the_term(
    service: DeadlineService, database: Database, rule: TermRule, stops: list[tuple[str, str]], due_on: str, left: str
) -> None:
    with database.write() as session:
        row = service.start(session, CASE, rule, date(2026, 3, 2))
        for stopped, resumed in stops:
            service.stop(session, CASE, rule.key, date.fromisoformat(f"2026-{stopped}"), "等待纳税人补正")
            row = service.resume(session, CASE, rule.key, date.fromisoformat(f"2026-{resumed}"))

        assert row.due_on == date.fromisoformat(f"2026-{due_on}")
        assert f"余 {left}，" in row.explanation
        number, in_working_days = left.split(" ", maxsplit=1)[0], "工作" in left
        assert f"with {number} {'working ' if in_working_days else ''}day{'' if number == '1' else 's'} left" in row.explanation_en


def test_a_term_that_had_passed_stays_as_late_as_it_was(service: DeadlineService, database: Database) -> None:
    with database.write() as session:
        assert service.start(session, CASE, WORKING, date(2026, 3, 2)).due_on == date(2026, 3, 16)
        stopped = service.stop(session, CASE, "review", date(2026, 3, 18), "等待纳税人补正")
        assert stopped.explanation.endswith("自2026年3月18日起停止计算（等待纳税人补正），已逾期 2 日")

        row = service.resume(session, CASE, "review", date(2026, 5, 10))

        assert row.due_on == date(2026, 5, 8)  # two days late, as before; and no working day is looked for
        assert "2026年3月18日停止计算时已逾期 2 日，2026年5月10日恢复后仍按逾期 2 日计，届满日为2026年5月8日" in row.explanation
        assert "2 days late before and after" in row.explanation_en


def test_a_clock_that_stands_says_since_when_why_and_what_is_kept(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, WORKING, date(2026, 3, 2))
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        row = service.stop(session, CASE, "review", date(2026, 3, 6), "等待纳税人补正", date(2026, 3, 20))
        service.stop(session, CASE, "reply", date(2026, 3, 6), "等待纳税人补正")

        assert row.explanation.endswith("自2026年3月6日起停止计算（等待纳税人补正），余 6 个工作日")
        assert row.explanation_en.endswith("the clock has stood since 2026-03-06 (等待纳税人补正) with 6 working days left")
        assert service.stopped_among(session, [CASE, "d" * 32]) == {
            CASE: Stopped(date(2026, 3, 6), 6, in_working_days=True, until=date(2026, 3, 20), reason="等待纳税人补正")
        }


def test_many_that_stand_are_read_in_as_many_statements_as_one(service: DeadlineService, any_database: Database) -> None:
    cases = [f"{n:032}" for n in range(5)]
    with any_database.write() as session:
        for case in cases:
            service.start(session, case, WORKING, date(2026, 3, 2))
            service.stop(session, case, "review", date(2026, 3, 6), "等待纳税人补正")

    sent = dict[int, int]()
    for count in (1, 5):
        with counted(any_database) as statements, any_database.read() as session:
            assert len(service.stopped_among(session, cases[:count])) == count
        sent[count] = len(statements)
    assert sent[1] == sent[5]


def test_what_is_met_while_the_clock_stands_is_in_time_if_it_had_not_passed(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    with any_database.write() as session:
        for case, stopped in ((CASE, date(2026, 3, 12)), ("d" * 32, date(2026, 4, 7))):
            service.start(session, case, REPLY, date(2026, 3, 2))
            service.stop(session, case, "reply", stopped, "等待纳税人补正")
            service.meet(session, case, "reply", date(2026, 7, 1))

        rows = {row.subject_id: row for case in (CASE, "d" * 32) for row in service.for_subject(session, case)}
        assert {case: (row.state, row.due_on) for case, row in rows.items()} == {
            CASE: ("met", date(2026, 7, 22)), "d" * 32: ("met", date(2026, 6, 26)),  # 21 days were left; five days late, and still so
        }  # fmt: skip
        met = session.scalars(select(DeadlineEvent).where(DeadlineEvent.kind == "met").order_by(DeadlineEvent.id)).all()
        assert [event.details["late"] for event in met] == [False, True]


def test_no_day_goes_by_for_an_extension_while_the_clock_stands(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
        service.start(session, "d" * 32, REPLY, date(2026, 3, 2))
        service.stop(session, "d" * 32, "reply", date(2026, 4, 7), "等待纳税人补正")
        clock.set(at(date(2026, 6, 1)))

        row = service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")
        assert row.explanation.endswith("自2026年3月12日起停止计算（等待纳税人补正），余 39 日")
        with pytest.raises(ExtensionTooLate):
            service.extend(session, "d" * 32, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")


def test_a_term_that_begins_while_the_clock_of_its_case_stands_stands_too(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    clock.set(at(date(2026, 3, 20)))
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")

        row = service.start(session, CASE, WORKING, date(2026, 3, 20))
        other = service.start(session, "d" * 32, WORKING, date(2026, 3, 20))

        assert (row.state, row.stopped_on, other.state) == ("stopped", date(2026, 3, 20), "running")
        assert row.explanation.endswith("自2026年3月20日起停止计算（等待纳税人补正），余 10 个工作日")


def test_the_days_of_a_term_that_was_extended_are_its_own(service: DeadlineService, database: Database) -> None:
    with database.write() as session:
        service.start(session, CASE, TAX, date(2026, 3, 2))
        service.extend(session, CASE, "pay", date(2026, 4, 30), approved_by="市局", reason="企业走逃")
        service.stop(session, CASE, "pay", date(2026, 3, 20), "等待")

        assert service.resume(session, CASE, "pay", date(2026, 7, 1)).due_on == date(2026, 8, 11)  # 41 days were left


def test_an_extension_of_a_term_in_plain_days_ends_on_the_day_that_was_granted(service: DeadlineService, database: Database) -> None:
    with database.write() as session:
        service.start(session, CASE, PLAIN, date(2026, 3, 2))

        row = service.extend(session, CASE, "keep", date(2026, 4, 18), approved_by="市局", reason="企业走逃")

        assert row.due_on == date(2026, 4, 18)  # a Saturday


def test_a_term_that_was_met_begins_anew(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")
        service.meet(session, CASE, "reply", date(2026, 3, 10))

        again = service.start(session, CASE, REPLY, date(2026, 3, 2))

        assert (again.state, again.due_on, again.met_on) == ("running", date(2026, 4, 2), None)
        assert "延期" not in again.explanation
        assert history(session) == ["started", "extended", "met", "started"]


def test_an_extension_must_be_later_and_the_term_must_run(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        with pytest.raises(NotAllowed, match="没有正在计算的期限"):
            service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        with pytest.raises(NotAllowed, match="2026-04-02 应晚于原期限 2026-04-02"):
            service.extend(session, CASE, "reply", date(2026, 4, 2), approved_by="市局", reason="企业走逃")
        service.meet(session, CASE, "reply", date(2026, 3, 10))

        with pytest.raises(NotAllowed, match="没有正在计算的期限"):
            service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")


def test_an_extension_may_be_asked_for_on_the_last_day(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    clock.set(datetime(2026, 4, 2, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))

        row = service.extend(session, CASE, "reply", date(2026, 5, 2), approved_by="市局", reason="企业走逃")

        assert row.due_on == date(2026, 5, 6)  # 2 May is inside Labour Day


def test_a_second_extension_lies_on_the_first(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")

        row = service.extend(session, CASE, "reply", date(2026, 5, 20), approved_by="省局", reason="案情复杂")

        assert row.due_on == date(2026, 5, 20)
        assert "批准延期至2026年4月20日（企业走逃）；经省局批准延期至2026年5月20日（案情复杂）" in row.explanation
        assert row.explanation_en.endswith("extended to 2026-05-20 with the approval of 省局")


def test_the_clock_may_stand_twice_on_one_day(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        for _ in range(2):
            service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
            service.resume(session, CASE, "reply", date(2026, 3, 12))

        assert service.for_subject(session, CASE)[0].due_on == date(2026, 4, 2)


def test_a_stopped_term_can_be_extended_and_goes_on_from_the_new_day(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
        service.extend(session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="企业走逃")

        assert service.find(session, CASE, "reply").next_on is None  # type: ignore[union-attr] -- it was just made
        assert service.resume(session, CASE, "reply", date(2026, 3, 16)).due_on == date(2026, 4, 24)  # 39 days were left


def test_nothing_can_be_stopped_or_resumed_that_does_not_run(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        with pytest.raises(NotAllowed, match="没有这个期限"):
            service.stop(session, CASE, "reply", date(2026, 3, 12), "等待")
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        with pytest.raises(NotAllowed):
            service.resume(session, CASE, "reply", date(2026, 3, 12))
        service.cancel(session, CASE, "reply", date(2026, 3, 12))
        with pytest.raises(NotAllowed):
            service.stop(session, CASE, "reply", date(2026, 3, 13), "等待")


def test_a_term_met_after_its_end_is_booked_as_late(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        service.start(session, "d" * 32, REPLY, date(2026, 3, 2))
        clock.set(at(date(2026, 4, 3)))
        service.meet(session, CASE, "reply", date(2026, 4, 3))
        service.meet(session, "d" * 32, "reply", date(2026, 4, 2))
        service.meet(session, CASE, "reply", date(2026, 4, 9))  # a second time changes nothing

        met = session.scalars(select(DeadlineEvent).where(DeadlineEvent.kind == "met").order_by(DeadlineEvent.id)).all()
        assert [event.details["late"] for event in met] == [True, False]
        assert service.find(session, CASE, "reply").met_on == date(2026, 4, 3)  # type: ignore[union-attr] -- it was just met


def test_the_moment_of_a_term_is_midnight_in_shanghai(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        assert service.due_moment(session, CASE, "reply") is None
        service.start(session, CASE, REPLY, date(2026, 3, 2))
        assert service.due_moment(session, CASE, "reply") == datetime(2026, 4, 2, 16, tzinfo=UTC)
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
        assert service.due_moment(session, CASE, "reply") is None


def test_a_part_of_another_term_ends_with_it_at_the_latest(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        row = service.start(session, CASE, REPLY, date(2026, 3, 20), within=date(2026, 4, 2))
        assert (row.due_on, "不晚于上级的期限2026年4月2日" in row.explanation) == (date(2026, 4, 2), True)
        other = service.start(session, "d" * 32, REPLY, date(2026, 3, 20), within=date(2026, 5, 20))
        assert (other.due_on, "不晚于" in other.explanation) == (date(2026, 4, 20), False)

        later = service.extend(session, CASE, "reply", date(2026, 4, 24), approved_by="市局", reason="企业走逃", applied_on=date(2026, 4, 1))

        assert later.due_on == date(2026, 4, 24)


def test_a_part_is_counted_again_when_the_other_term_moves_and_an_extension_of_its_own_stands(
    service: DeadlineService, any_database: Database
) -> None:
    with any_database.write() as session:
        service.start(session, CASE, REPLY, date(2026, 3, 20), within=date(2026, 4, 2))

        assert service.move_limit(session, CASE, "reply", date(2026, 4, 10)).due_on == date(2026, 4, 10)
        row = service.move_limit(session, CASE, "reply", date(2026, 5, 20))
        assert (row.due_on, "不晚于" in row.explanation) == (date(2026, 4, 20), False)  # its own month
        service.extend(session, CASE, "reply", date(2026, 4, 24), approved_by="市局", reason="企业走逃", applied_on=date(2026, 4, 1))
        assert service.move_limit(session, CASE, "reply", date(2026, 5, 29)).due_on == date(2026, 4, 24)

        service.start(session, "d" * 32, REPLY, date(2026, 3, 20))
        assert service.move_limit(session, "d" * 32, "reply", date(2026, 4, 2)).due_on == date(2026, 4, 20)  # part of no other term
        service.meet(session, CASE, "reply", date(2026, 4, 2))
        with pytest.raises(NotAllowed):
            service.move_limit(session, CASE, "reply", date(2026, 6, 1))
