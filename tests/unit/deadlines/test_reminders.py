"""What is said of a term and when: reminders, that it has passed, again until it is met; each thing exactly once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.model import DeadlineEvent, Notice
from deadlines.reminders import Said
from deadlines.rules import TermRule
from deadlines.states import NotAllowed
from tests.factories.notices import left_for

CASE = "c" * 32
REPLY = TermRule("reply", "回复期限", "Reply", 1, "month", "civil", (10, 5, 1), 5)
ONCE = TermRule("verify", "核查期限", "Verification", 1, "month", "civil")


@pytest.fixture
def service(clock: ManualClock) -> DeadlineService:
    return DeadlineService(clock)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def begin(service: DeadlineService, database: Database, rule: TermRule = REPLY, subject: str = CASE) -> None:
    with database.write() as session:
        service.start(session, subject, rule, date(2026, 3, 2), owner_posts=["officer", "leader"])


def counted(database: Database, kind: str) -> tuple[int, int]:
    """How many events and how many notices of a kind there are."""
    with database.read() as session:
        events = select(func.count()).select_from(DeadlineEvent).where(DeadlineEvent.kind == kind)
        notices = select(func.count()).select_from(Notice).where(Notice.kind == kind)
        return session.scalar(events) or 0, session.scalar(notices) or 0


def test_each_thing_is_said_once_and_repeated_until_it_is_met(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    said = []
    for n in range(80):
        clock.set(at(date(2026, 3, 2) + timedelta(n)))
        said += [(str(clock.today()), s.kind) for s in service.tick(any_database)]
        assert service.tick(any_database) == []

    assert said == [
        ("2026-03-19", "reminder"), ("2026-03-26", "reminder"), ("2026-04-01", "reminder"), ("2026-04-03", "overdue"),
        ("2026-04-13", "repeat"),  # five working days, Qingming left out
        ("2026-04-20", "repeat"), ("2026-04-27", "repeat"),
        ("2026-05-07", "repeat"),  # Labour Day left out
        ("2026-05-13", "repeat"),  # Saturday 9 May is worked
        ("2026-05-20", "repeat"),
    ]  # fmt: skip
    with any_database.write() as session:
        assert len(left_for(session, ["officer"])) == len(said)
        service.meet(session, CASE, "reply", clock.today())
    clock.advance(timedelta(days=30))
    assert service.tick(any_database) == []


def test_said_tells_a_hook_all_that_it_needs(clock: ManualClock, any_database: Database) -> None:
    heard: list[Said] = []
    service = DeadlineService(clock, on_said=lambda _session, said: heard.append(said))
    begin(service, any_database)
    clock.set(at(date(2026, 4, 3)))

    assert service.tick(any_database) == heard
    (said,) = heard
    assert (said.kind, said.subject_id, said.key, said.label) == ("overdue", CASE, "reply", "回复期限")
    assert (said.due_on, said.step, said.owner_posts) == (date(2026, 4, 2), "2026-04-02", ("officer", "leader"))


def test_a_hook_that_fails_undoes_what_was_said_and_it_is_said_again(clock: ManualClock, any_database: Database) -> None:
    service, acts = DeadlineService(clock), []

    def hook(session: Session, said: Said) -> None:
        service.notify(session, ["hook"], said.subject_id, "urged", "发出催办", "urged")
        acts.append(said.step)
        if len(acts) == 1:
            raise RuntimeError("the machine went down")

    service.on_said = hook
    begin(service, any_database)
    clock.set(at(date(2026, 4, 3)))

    with pytest.raises(ExceptionGroup) as error:
        service.tick(any_database)
    assert [str(e) for e in error.value.exceptions] == ["the machine went down"]
    assert (counted(any_database, "overdue"), counted(any_database, "urged")) == ((0, 0), (0, 0))

    assert [s.kind for s in service.tick(any_database)] == ["overdue"]
    assert service.tick(any_database) == []
    assert (counted(any_database, "overdue"), counted(any_database, "urged")) == ((1, 2), (0, 1))


def test_a_hook_that_fails_for_one_does_not_silence_the_others(clock: ManualClock, any_database: Database) -> None:
    def hook(_session: Session, said: Said) -> None:
        if said.subject_id == CASE:
            raise RuntimeError("no urging case can be started")

    service = DeadlineService(clock, on_said=hook)
    for subject in (CASE, "d" * 32, "e" * 32):
        begin(service, any_database, subject=subject)
    clock.set(at(date(2026, 4, 3)))

    with pytest.raises(ExceptionGroup):
        service.tick(any_database)

    assert counted(any_database, "overdue") == (2, 4)


def test_two_nodes_say_each_thing_once(clock: ManualClock, any_database: Database) -> None:
    one, other = DeadlineService(clock), DeadlineService(clock)
    for n in range(5):
        begin(one, any_database, subject=f"{n:032d}")
    clock.set(at(date(2026, 4, 3)))

    said = one.tick(any_database) + other.tick(any_database)

    assert len(said) == 5
    assert counted(any_database, "overdue") == (5, 10)


def test_after_a_standstill_only_the_latest_reminder_is_said(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    clock.set(at(date(2026, 4, 1)))

    assert [s.kind for s in service.tick(any_database)] == ["reminder"]
    assert counted(any_database, "reminder") == (1, 2)


def test_after_weeks_of_standstill_the_passed_term_is_said_and_then_repeated(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    said = []
    for day in (date(2026, 4, 30), date(2026, 5, 6), date(2026, 5, 12), date(2026, 6, 30)):
        clock.set(at(day))
        said += [(str(day), s.kind) for s in service.tick(any_database)]

    assert said == [("2026-04-30", "overdue"), ("2026-05-12", "repeat"), ("2026-06-30", "repeat")]


def test_a_term_without_reminders_is_said_once_when_it_has_passed(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database, ONCE)
    said = []
    for n in range(60):
        clock.set(at(date(2026, 3, 2) + timedelta(n)))
        said += [(str(clock.today()), s.kind) for s in service.tick(any_database)]

    assert said == [("2026-04-03", "overdue")]


def test_an_extended_term_is_reminded_of_by_its_new_day(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    clock.set(at(date(2026, 4, 1)))
    service.tick(any_database)
    with any_database.write() as session:
        service.extend(session, CASE, "reply", date(2026, 4, 30), approved_by="市局", reason="企业走逃")
    said = []
    for n in range(31):
        clock.set(at(date(2026, 4, 1) + timedelta(n)))
        said += [(str(clock.today()), s.kind) for s in service.tick(any_database)]

    assert said == [
        ("2026-04-16", "reminder"), ("2026-04-23", "reminder"), ("2026-04-29", "reminder"), ("2026-05-01", "overdue"),
    ]  # fmt: skip


def test_a_term_that_stands_still_says_nothing(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database)
    with any_database.write() as session:
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正")
    clock.set(at(date(2026, 6, 30)))

    assert service.tick(any_database) == []


def test_on_the_day_until_which_a_clock_stands_its_owners_are_told_once(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database)
    with any_database.write() as session:
        service.stop(session, CASE, "reply", date(2026, 3, 12), "等待纳税人补正", date(2026, 4, 20))
        service.extend(session, CASE, "reply", date(2026, 4, 17), approved_by="市局", reason="企业走逃")  # which leaves the reminder as it was
    clock.set(at(date(2026, 4, 19)))
    service.tick(any_database)
    assert counted(any_database, "still_stands") == (0, 0)

    clock.set(at(date(2026, 4, 20)))
    assert (service.tick(any_database), service.tick(any_database)) == ([], [])

    assert counted(any_database, "still_stands") == (1, 2)  # two posts
    with any_database.read() as session:
        assert left_for(session, ["officer"])[0].text == "“回复期限”的计时中止至 2026-04-20，现已到期；请核实，情形消除的应恢复计时"


@pytest.mark.parametrize(
    ("stopped", "resumed", "first"),
    [
        ("2026-03-26", "2026-06-25", "2026-07-01 reminder"),  # five working days are left on the day itself, whose reminder was said before
        ("2026-04-07", "2026-06-26", "2026-07-03 overdue"),  # passed, and said: the next round, not at once
        ("2026-04-03", "2026-06-26", "2026-07-03 overdue"),
    ],
)  # fmt: skip
def test_when_the_clock_goes_on_nothing_is_said_at_once(
    service: DeadlineService, clock: ManualClock, database: Database, stopped: str, resumed: str, first: str
) -> None:
    begin(service, database)
    clock.set(at(date.fromisoformat(stopped)))
    service.tick(database)
    with database.write() as session:
        service.stop(session, CASE, "reply", date.fromisoformat(stopped), "等待纳税人补正")
    clock.set(at(date.fromisoformat(resumed)))
    with database.write() as session:
        service.resume(session, CASE, "reply", date.fromisoformat(resumed))

    said: list[str] = []
    while not said:
        said = [f"{clock.today()} {one.kind}" for one in service.tick(database)]
        clock.advance(timedelta(days=1))

    assert said == [first]


def test_a_term_that_begins_anew_is_said_anew(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database)
    clock.set(at(date(2026, 4, 3)))
    service.tick(any_database)
    with any_database.write() as session:
        service.meet(session, CASE, "reply", clock.today())
        service.start(session, CASE, REPLY, date(2026, 4, 7))
    clock.set(at(date(2026, 5, 8)))

    assert [s.kind for s in service.tick(any_database)] == ["overdue"]


def test_reminders_speak_both_languages(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database)
    for day in (date(2026, 3, 26), date(2026, 4, 3)):
        clock.set(at(day))
        service.tick(any_database)

    with any_database.read() as session:
        passed, near = left_for(session, ["officer"])
    assert (near.text, near.text_en) == (
        "“回复期限”将于 2026-04-02 届满，还剩 5 个工作日", "“Reply” is due on 2026-04-02, 5 working days left",
    )  # fmt: skip
    assert (passed.text, passed.text_en) == (
        "“回复期限”已于 2026-04-02 届满，尚未办结", "“Reply” was due on 2026-04-02 and is still open",
    )  # fmt: skip


# --- urging ------------------------------------------------------------------------------------------------------------------


def test_an_urging_is_answered_once(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        urging = service.urge(session, CASE, by_id="p", by_name="周敏", posts=["officer"], text="请尽快回复")
        service.answer(session, urging.id, by="李强", text="三日内回复")

        with pytest.raises(NotAllowed, match="已经答复过"):
            service.answer(session, urging.id, by="李强", text="再答")
        assert [(u.by_name, u.answer) for u in service.urgings(session, CASE)] == [("周敏", "三日内回复")]
        with pytest.raises(NotAllowed):
            service.answer(session, "f" * 32, by="李强", text="没有这次催办")


def test_whoever_is_urged_is_told(service: DeadlineService, any_database: Database) -> None:
    with any_database.write() as session:
        service.urge(session, CASE, by_id="p", by_name="周敏", posts=["officer"], text="请尽快回复")

        (told,) = left_for(session, ["officer"])
        assert (told.kind, told.text, told.text_en) == ("urged", "周敏 催办：请尽快回复", "周敏 urges: 请尽快回复")
        assert left_for(session, ["somebody else"]) == []


def test_only_the_reply_ends_the_repetition_not_a_promise(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    clock.set(at(date(2026, 4, 3)))
    service.tick(any_database)
    with any_database.write() as session:
        urging = service.urge(session, CASE, by_id="p", by_name="周敏", posts=["officer"], text="请尽快回复")
        service.answer(session, urging.id, by="李强", text="三日内回复")
    clock.set(at(date(2026, 4, 13)))
    assert [s.kind for s in service.tick(any_database)] == ["repeat"]

    with any_database.write() as session:
        service.meet(session, CASE, "reply", clock.today())
    clock.set(at(date(2026, 4, 30)))
    assert service.tick(any_database) == []


def test_a_promise_defers_what_is_said_next_and_is_said_when_it_is_broken(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    said = []
    for n in range(72):
        clock.set(at(date(2026, 3, 2) + timedelta(n)))
        said += [(str(clock.today()), s.kind) for s in service.tick(any_database)]
        if clock.today() == date(2026, 4, 14):
            with any_database.write() as session:
                service.promise(session, CASE, "reply", date(2026, 4, 15))
        if clock.today() == date(2026, 4, 17):
            with any_database.write() as session:
                service.promise(session, CASE, "reply", date(2026, 4, 30))

    assert [day for day, kind in said if kind == "repeat"] == ["2026-04-13", "2026-04-16", "2026-05-01", "2026-05-11"]


def test_only_what_is_late_is_promised_for_no_day_in_the_past_and_for_none_beyond_one_more_term(
    service: DeadlineService, clock: ManualClock, any_database: Database
) -> None:
    begin(service, any_database)
    with any_database.write() as session, pytest.raises(NotAllowed, match="尚未逾期"):
        service.promise(session, CASE, "reply", date(2026, 4, 20))
    clock.set(at(date(2026, 4, 10)))

    with any_database.write() as session, pytest.raises(NotAllowed, match="2026-04-09 已经过去"):
        service.promise(session, CASE, "reply", date(2026, 4, 9))
    with any_database.write() as session, pytest.raises(NotAllowed, match="2126-04-15 太远，最晚到 2026-05-11"):
        service.promise(session, CASE, "reply", date(2126, 4, 15))
    with any_database.write() as session:
        service.promise(session, CASE, "reply", date(2026, 5, 11))


def test_a_promise_ends_with_an_extension(service: DeadlineService, clock: ManualClock, any_database: Database) -> None:
    begin(service, any_database)
    clock.set(at(date(2026, 4, 3)))
    with any_database.write() as session:
        service.promise(session, CASE, "reply", date(2026, 4, 30))
        row = service.extend(
            session, CASE, "reply", date(2026, 4, 20), approved_by="市局", reason="账簿被调取", applied_on=date(2026, 4, 1)
        )

        assert row.next_on == date(2026, 4, 3)  # ten working days before the new end
