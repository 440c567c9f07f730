"""Loaded calendars: checked with a sentence per fault, kept for good, taken up by every process, and they move what they settle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.calendar import BadCalendar, built_in, read_calendar
from deadlines.model import CalendarVersion, Deadline, DeadlineEvent
from deadlines.recount import Moved
from deadlines.rules import TermRule
from tests.factories.notices import left_for

CASE = "c" * 32
REPLY = TermRule("reply", "回复期限", "Reply", 1, "month", "civil", (5,), 5)
PLAIN = TermRule("plain", "自然日期限", "Plain", 1, "month", "plain")
# Invented for the tests: the notice for 2027 is not out.
INVENTED: dict[str, Any] = {
    "version": "test-2027.1",
    "years": {
        "2027": {
            "off": {
                "2027-01-01": "元旦", "2027-01-02": "元旦", "2027-01-03": "元旦",
                **{f"2027-02-{day:02d}": "春节" for day in range(5, 13)},
            },
            "worked": ["2027-02-13"],
        }
    },
}  # fmt: skip


@pytest.fixture
def service(clock: ManualClock) -> DeadlineService:
    clock.set(datetime(2026, 12, 1, 2, tzinfo=UTC))
    return DeadlineService(clock)


def begin(service: DeadlineService, database: Database, event: date, rule: TermRule = REPLY) -> Deadline:
    with database.write() as session:
        return service.start(session, CASE, rule, event, owner_posts=["officer"])


def load(service: DeadlineService, database: Database, content: dict[str, Any] = INVENTED) -> list[Moved]:
    with database.write() as session:
        service.load_calendar(session, content, by="admin")
    return service.recount(database)


def term(service: DeadlineService, database: Database, key: str = "reply") -> Deadline:
    with database.read() as session:
        found = service.find(session, CASE, key)
    assert found is not None
    return found


def told(service: DeadlineService, database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        return [(notice.kind, notice.text) for notice in reversed(left_for(session, ["officer"]))]


# --- the alarm and the move --------------------------------------------------------------------------------------------------


def test_a_date_that_rests_on_no_notice_raises_an_alarm_once(service: DeadlineService, any_database: Database) -> None:
    row = begin(service, any_database, date(2026, 12, 5))
    with any_database.write() as session:
        service.stop(session, CASE, "reply", date(2026, 12, 8), "等待")
        service.resume(session, CASE, "reply", date(2026, 12, 9))

    assert (row.due_on, row.provisional) == (date(2027, 1, 5), 1)
    assert told(service, any_database) == [("provisional", "“回复期限”依据的节假日安排尚未公布，到期日 2027-01-05 为暂定")]


def test_a_date_inside_the_published_years_raises_none(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 11, 20))
    begin(service, any_database, date(2026, 12, 5), PLAIN)  # a plain term asks for no notice

    assert told(service, any_database) == []


def test_an_extension_into_an_unpublished_year_raises_it_too(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 11, 20))
    with any_database.write() as session:
        row = service.extend(session, CASE, "reply", date(2027, 2, 6), approved_by="市局", reason="企业走逃")

    assert (row.due_on, row.provisional) == (date(2027, 2, 8), 1)
    assert "放假安排尚未公布" in row.explanation
    assert [kind for kind, _text in told(service, any_database)] == ["provisional"]


def test_a_published_year_moves_the_date_and_tells_so(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))  # New Year's Day, a Friday as far as is known

    (moved,) = load(service, any_database)

    assert (moved.before, moved.due_on, moved.subject_id, moved.calendar_version) == (
        date(2027, 1, 1), date(2027, 1, 4), CASE, "test-2027.1",
    )  # fmt: skip
    row = term(service, any_database)
    assert (row.due_on, row.provisional, row.calendar_version) == (date(2027, 1, 4), 0, "test-2027.1")
    assert "2027年1月1日为元旦，顺延至其后第一个工作日2027年1月4日" in row.explanation
    assert told(service, any_database)[1:] == [
        ("recomputed", "节假日安排（test-2027.1）已公布，“回复期限”的到期日由 2027-01-01 改为 2027-01-04")
    ]
    with any_database.read() as session:
        event = session.scalars(select(DeadlineEvent).where(DeadlineEvent.kind == "recomputed")).one()
    assert (event.step, event.details) == ("test-2027.1", {"from": "2027-01-01", "to": "2027-01-04"})


def test_a_date_that_does_not_move_is_settled_in_silence(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 5))

    assert load(service, any_database) == []
    row = term(service, any_database)
    assert (row.due_on, row.provisional, row.calendar_version) == (date(2027, 1, 5), 0, "test-2027.1")
    assert [kind for kind, _text in told(service, any_database)] == ["provisional"]


def test_an_extension_survives_the_new_calendar(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.extend(session, CASE, "reply", date(2027, 2, 13), approved_by="市局", reason="企业走逃")  # a Saturday: the 15th

    (moved,) = load(service, any_database)

    assert (moved.before, moved.due_on) == (date(2027, 2, 15), date(2027, 2, 13))  # and now it is worked
    assert "经市局批准延期至2027年2月13日（企业走逃）" in term(service, any_database).explanation


def test_time_that_stood_still_survives_it_too(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.stop(session, CASE, "reply", date(2026, 12, 11), "等待")  # 21 days left, 24 with the new calendar
        service.resume(session, CASE, "reply", date(2027, 1, 13))  # 3 February 2027, a Wednesday

    (moved,) = load(service, any_database)

    assert (moved.before, moved.due_on) == (date(2027, 2, 3), date(2027, 2, 13))  # the 6th is a holiday until the 12th


def test_a_term_that_stands_still_is_counted_and_stays_still(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.stop(session, CASE, "reply", date(2026, 12, 11), "等待")

    assert [m.due_on for m in load(service, any_database)] == [date(2027, 1, 4)]
    row = term(service, any_database)
    assert (row.state, row.next_on, row.provisional) == ("stopped", None, 0)


def test_what_is_met_is_left_as_it_was(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.meet(session, CASE, "reply", date(2026, 12, 2))

    assert load(service, any_database) == []
    assert term(service, any_database).due_on == date(2027, 1, 1)


def test_a_changed_notice_moves_dates_that_were_settled(service: DeadlineService, any_database: Database) -> None:
    load(service, any_database)
    begin(service, any_database, date(2027, 1, 18))
    assert term(service, any_database).due_on == date(2027, 2, 18)
    longer = {"version": "test-2027.2", "years": {"2027": {"off": {"2027-02-18": "春节"}, "worked": []}}}

    assert [(m.before, m.due_on) for m in load(service, any_database, longer)] == [(date(2027, 2, 18), date(2027, 2, 19))]


def test_the_new_date_is_reminded_of(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    load(service, any_database)
    said = []
    for n in range(18):
        clock.set(datetime(2026, 12, 20, 2, tzinfo=UTC) + timedelta(days=n))
        said += [(str(clock.today()), s.kind, s.due_on) for s in service.tick(any_database)]

    assert said == [
        ("2026-12-25", "reminder", date(2027, 1, 4)),  # five working days before Monday the 4th
        ("2027-01-05", "overdue", date(2027, 1, 4)),  # not on the 2nd, as it was counted first
    ]


# --- together with the case --------------------------------------------------------------------------------------------------


def test_the_hook_is_part_of_the_move(service: DeadlineService, any_database: Database) -> None:
    def fails(session: Session, moved: Moved) -> None:
        service.notify(session, ["officer"], moved.subject_id, "hook", "案件已改", "the case was changed")
        raise RuntimeError("the case cannot be loaded")

    begin(service, any_database, date(2026, 12, 1))
    begin(service, any_database, date(2026, 12, 5), PLAIN)
    service.on_moved = fails
    with pytest.raises(ExceptionGroup):
        load(service, any_database)
    assert (term(service, any_database).due_on, term(service, any_database).provisional) == (date(2027, 1, 1), 1)
    assert "hook" not in [kind for kind, _text in told(service, any_database)]

    heard: list[Moved] = []
    service.on_moved = lambda _session, moved: heard.append(moved)
    service.tick(any_database)  # a process that comes after takes it up

    assert [(m.key, m.due_on) for m in heard] == [("reply", date(2027, 1, 4))]
    assert term(service, any_database).due_on == date(2027, 1, 4)


def test_a_failing_move_does_not_hold_up_the_reminders(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    def fails(_session: Session, _moved: Moved) -> None:
        raise RuntimeError("the case cannot be loaded")

    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.start(session, "d" * 32, REPLY, date(2026, 11, 2), owner_posts=["officer"])
        service.load_calendar(session, INVENTED, by="admin")
    service.on_moved = fails
    clock.set(datetime(2026, 12, 3, 2, tzinfo=UTC))

    with pytest.raises(ExceptionGroup):
        service.tick(any_database)

    assert "overdue" in [kind for kind, _text in told(service, any_database)]


def test_who_changes_the_term_meanwhile_is_not_written_over(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))

    def meets_first(session: Session, _moved: Moved) -> None:
        service.meet(session, CASE, "reply", date(2026, 12, 2))  # as a step that held the case before us would have

    service.on_moved = meets_first
    with any_database.write() as session:
        service.load_calendar(session, INVENTED, by="admin")
    tries: list[int] = []

    def once(session: Session, moved: Moved) -> None:
        tries.append(1)
        if len(tries) == 1:
            meets_first(session, moved)

    service.on_moved = once

    assert [m.due_on for m in service.recount(any_database)] == [date(2027, 1, 4)]
    assert len(tries) == 2  # the first was rolled back and counted again
    assert term(service, any_database).state == "running"


# --- versions ----------------------------------------------------------------------------------------------------------------


def test_every_process_takes_up_the_newest_version(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    other = DeadlineService(clock)
    assert other.calendar.version == built_in().version
    load(service, any_database)

    other.tick(any_database)

    assert other.calendar.version == "test-2027.1"
    assert other.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert other.calendar.is_published(date(2026, 5, 1))


def test_a_load_that_was_rolled_back_is_forgotten(service: DeadlineService, any_database: Database) -> None:
    with pytest.raises(RuntimeError), any_database.write() as session:
        service.load_calendar(session, INVENTED, by="admin")
        service.start(session, CASE, REPLY, date(2026, 12, 1))
        raise RuntimeError("the machine went down")

    assert begin(service, any_database, date(2026, 12, 1)).due_on == date(2027, 1, 1)


def test_who_loaded_what_and_when_is_kept_for_good(service: DeadlineService, any_database: Database) -> None:
    load(service, any_database)

    with any_database.read() as session:
        row = session.scalars(select(CalendarVersion)).one()
    assert (row.number, row.version, row.loaded_by, row.content) == (1, "test-2027.1", "admin", INVENTED)
    assert row.loaded_at == datetime(2026, 12, 1, 2, tzinfo=UTC)
    for change in ("UPDATE calendar_version SET version = 'x'", "DELETE FROM calendar_version"):
        with pytest.raises(IntegrityError, match="calendar_version_is_append_only"), any_database.write() as session:
            session.execute(text(change))


@pytest.mark.parametrize("version", ["test-2027.1", built_in().version])
def test_a_version_has_one_content(service: DeadlineService, any_database: Database, version: str) -> None:
    load(service, any_database)
    other = {"2027": {"off": {"2027-01-01": "元旦"}, "worked": []}}

    with pytest.raises(BadCalendar, match=f"版本 {version} 已经载入过"):
        load(service, any_database, {"version": version, "years": other})


def test_the_same_file_again_goes_on_where_the_first_loading_stopped(service: DeadlineService, any_database: Database) -> None:
    begin(service, any_database, date(2026, 12, 1))
    with any_database.write() as session:
        service.load_calendar(session, INVENTED, by="admin")  # and the power fails before anything is counted again

    (moved,) = load(service, any_database)

    assert moved.due_on == date(2027, 1, 4)
    with any_database.read() as session:
        assert len(session.scalars(select(CalendarVersion)).all()) == 1


GOOD = {"off": {"2027-01-01": "元旦"}, "worked": []}


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        ([], ["没有版本号", "没有写明年份"]),
        ({"years": {"2027": GOOD}}, ["没有版本号"]),
        ({"version": "v" * 33, "years": {"2027": GOOD}}, ["超过 32 个字符"]),
        ({"version": "x"}, ["没有写明年份"]),
        ({"version": "x", "years": {}}, ["没有写明年份"]),
        ({"version": "x", "years": ["2027"]}, ["没有写明年份"]),
        ({"version": "x", "years": {"next": GOOD}}, ["“next”：应为四位年份"]),
        ({"version": "x", "years": {"2027": []}}, ["“2027”：应为四位年份，写明放假日期"]),
        ({"version": "x", "years": {"2027": {"off": {}, "worked": []}}}, ["“2027”"]),
        ({"version": "x", "years": {"2027": {"off": ["2027-01-01"], "worked": []}}}, ["“2027”"]),
        ({"version": "x", "years": {"2027": {"off": {"2027-01-01": "元旦"}}}}, ["“2027”"]),
        ({"version": "x", "years": {"2027": {"off": {"2027-02-30": "春节"}, "worked": []}}}, ["“2027-02-30”不是日期"]),
        ({"version": "x", "years": {"2027": {"off": {"2027-01-01": 1}, "worked": []}}}, ["2027-01-01 没有节日名称"]),
        ({"version": "x", "years": {"2027": {"off": {"2026-01-01": "元旦"}, "worked": []}}}, ["2026-01-01 不在这一年"]),
        ({"version": "x", "years": {"2027": {**GOOD, "worked": [20270103]}}}, ["“20270103”不是日期"]),
        ({"version": "x", "years": {"2027": {**GOOD, "worked": ["2027-03-01"]}}}, ["2027-03-01 不是周末"]),
        ({"version": "x", "years": {"2027": {"off": {"2027-01-02": "元旦"}, "worked": ["2027-01-02"]}}}, ["同时列为放假和上班"]),
        (
            {"years": {"2027": {"off": {"2027-02-30": "春节", "2026-01-01": "元旦"}, "worked": ["2027-03-01"]}}},
            ["没有版本号", "“2027-02-30”不是日期", "2026-01-01 不在这一年", "2027-03-01 不是周末"],
        ),
    ],
)  # fmt: skip
def test_a_bad_calendar_is_told_place_by_place(content: Any, sentences: list[str]) -> None:
    with pytest.raises(BadCalendar) as error:
        read_calendar(content)

    assert len(error.value.faults) == len(sentences)
    for fault, sentence in zip(error.value.faults, sentences, strict=True):
        assert sentence in fault
