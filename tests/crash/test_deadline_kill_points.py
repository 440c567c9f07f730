"""The ledger of terms, killed anywhere and asked again: a verb within the step of a case, reminders and recounts by themselves.

No term is counted twice, no reminder is said twice or never, and no calendar moves a date by halves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.model import CalendarVersion, Deadline, DeadlineEvent, Notice, Urging
from deadlines.rules import TermRule
from engine.registry import StepContext
from tests.crash.reaper import every_death
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.factories.kit import ANN, Kit

REPLY = TermRule("reply", "回复期限", "Reply", 1, "month", "civil", (5,), 5)
ASKING = process(start(), user("fill"), service("act", "terms.act"), user("read"), end(), chain("begun", "fill", "act", "read", "done"))
INVENTED: dict[str, Any] = {"version": "test-2027.1", "years": {"2027": {"off": {"2027-01-01": "元旦"}, "worked": []}}}
MARCH = date(2026, 3, 2)


@dataclass(frozen=True)
class Verb:
    """What is done before, undisturbed, and what the step does."""

    before: Callable[[DeadlineService, Session, str], object]
    act: Callable[[DeadlineService, Session, str], object]


def nothing(_service: DeadlineService, _session: Session, _subject: str) -> None:
    pass


def begin(service: DeadlineService, session: Session, subject: str, days_ago: int = 10) -> None:
    event = service.clock.today() - timedelta(days=days_ago)
    service.start(session, subject, REPLY, event, owner_posts=["officer"])


def pass_by(service: DeadlineService, session: Session, subject: str) -> None:
    begin(service, session, subject, days_ago=40)


def begin_and_stop(service: DeadlineService, session: Session, subject: str) -> None:
    begin(service, session, subject)
    service.stop(session, subject, "reply", service.clock.today() - timedelta(days=3), "等待")


def urge(service: DeadlineService, session: Session, subject: str) -> None:
    service.urge(session, subject, by_id="wu", by_name="吴", posts=["officer"], text="请尽快回复")


def answer(service: DeadlineService, session: Session, subject: str) -> None:
    (urging,) = service.urgings(session, subject)
    service.answer(session, urging.id, by="沈", text="明日回复")


def extend(service: DeadlineService, session: Session, subject: str) -> None:
    to = service.clock.today() + timedelta(days=60)
    service.extend(session, subject, "reply", to, approved_by="市局", reason="企业走逃")


VERBS = {
    "start": Verb(nothing, begin),
    "meet": Verb(begin, lambda s, session, subject: s.meet(session, subject, "reply", s.clock.today())),
    "cancel": Verb(begin, lambda s, session, subject: s.cancel(session, subject, "reply", s.clock.today())),
    "extend": Verb(begin, extend),
    "promise": Verb(pass_by, lambda s, session, subject: s.promise(session, subject, "reply", s.clock.today())),
    "stop": Verb(begin, lambda s, session, subject: s.stop(session, subject, "reply", s.clock.today(), "等待")),
    "resume": Verb(begin_and_stop, lambda s, session, subject: s.resume(session, subject, "reply", s.clock.today())),
    "urge": Verb(begin, urge),
    "answer": Verb(urge, answer),
}


def workbench(database: Database, clock: ManualClock) -> tuple[Kit, DeadlineService]:
    kit, terms = Kit(database, clock), DeadlineService(clock)

    @kit.registry.operation("terms.act")
    def act(ctx: StepContext) -> None:
        """Does the verb that the case names."""
        VERBS[ctx.variables["verb"]].act(terms, ctx.session, ctx.case.instance_id)

    return kit, terms


def ledger(database: Database, subject: str) -> list[Any]:
    """All that stands there of a subject; days as their distance from its beginning, so that cases of other days are alike."""
    with database.read() as session:
        rows = session.scalars(select(Deadline).where(Deadline.subject_id == subject).order_by(Deadline.key)).all()
        events = session.scalars(
            select(DeadlineEvent).where(DeadlineEvent.deadline_id.in_([row.id for row in rows])).order_by(DeadlineEvent.at, DeadlineEvent.id)
        ).all()
        notices = session.scalars(select(Notice).where(Notice.subject_id == subject).order_by(Notice.at, Notice.id)).all()
        urgings = session.scalars(select(Urging).where(Urging.subject_id == subject)).all()
        return [
            [(row.key, row.state, row.stopped_on is None, row.met_on is None, row.promised_on is None, row.next_on is None) for row in rows],
            sorted((event.kind, bool(event.step)) for event in events), sorted(notice.kind for notice in notices),
            [(urging.by_name, urging.answered_by, urging.answer) for urging in urgings],
        ]  # fmt: skip


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(VERBS))
def test_a_verb_within_a_step_is_done_once(name: str, any_database: Database, clock: ManualClock) -> None:
    kit, terms = workbench(any_database, clock)
    verb, cases = VERBS[name], dict[int, str]()
    kit.deploy(toy_bpmn=ASKING)

    def prepare(k: int) -> None:
        cases[k] = kit.start(verb=name)
        with any_database.write() as session:
            verb.before(terms, session, cases[k])

    def fill(k: int) -> None:
        task = kit.rows("SELECT id FROM task WHERE instance_id = ? AND element = 'fill'", cases[k])[0][0]
        kit.engine.complete(task, {}, ANN, f"fill {k}")

    prepare(0)
    fill(0)
    calm = ledger(any_database, cases[0])
    assert any(calm)

    for k in every_death(any_database, fill, before=prepare, at_least=8):
        fill(k)
        assert ledger(any_database, cases[k]) == calm, f"killed at event {k}"
        assert kit.rows("SELECT incidents FROM instance WHERE id = ?", cases[k]) == [(0,)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("days_ago", "kind"), [(21, "reminder"), (40, "overdue")])
def test_what_is_due_is_said_once_of_every_term(days_ago: int, kind: str, any_database: Database, clock: ManualClock) -> None:
    """From 9 February the last day is 9 March, and five working days before it is today."""
    terms = DeadlineService(clock)

    def subjects(k: int) -> list[str]:
        return [f"{k}-{number}" for number in range(3)]

    def prepare(k: int) -> None:
        with any_database.write() as session:
            for subject in subjects(k):
                begin(terms, session, subject, days_ago)

    for k in every_death(any_database, lambda _k: terms.tick(any_database), before=prepare, at_least=8):
        terms.tick(any_database)
        for subject in subjects(k):
            _rows, events, notices, _urgings = ledger(any_database, subject)
            assert (events, notices) == ([(kind, True), ("started", True)], [kind]), f"killed at event {k}"


@pytest.mark.timeout(300)
def test_a_calendar_is_loaded_whole_and_moves_every_term_once(any_database: Database, clock: ManualClock) -> None:
    clock.set(datetime(2026, 12, 1, 2, tzinfo=UTC))
    terms, dates = DeadlineService(clock), list[date]()

    def subjects(k: int) -> list[str]:
        return [f"{k}-{number}" for number in range(3)]

    def prepare(k: int) -> None:
        with any_database.write() as session:
            for subject in subjects(k):
                begin(terms, session, subject, days_ago=0)

    def publish(k: int) -> None:
        """As the command does, in a process of its own."""
        service = DeadlineService(clock)
        given = {"version": f"test-{k}", "years": {"2027": {"off": {"2027-01-01": "元旦", **_holidays(k)}, "worked": []}}}
        with any_database.write() as session:
            service.load_calendar(session, given, by="admin")
        service.recount(any_database)

    def _holidays(k: int) -> dict[str, str]:
        """Every version moves the day on, so that there is something to move at every death."""
        return {(date(2027, 1, 1) + timedelta(days=day)).isoformat(): "元旦" for day in range(1, 3 * k + 3)}

    for k in every_death(any_database, publish, before=prepare, at_least=8):
        publish(k)
        with any_database.read() as session:
            assert session.scalar(select(CalendarVersion.content).where(CalendarVersion.version == f"test-{k}")), f"killed at event {k}"
            rows = session.scalars(select(Deadline).where(Deadline.subject_id.in_(subjects(k)))).all()
            versions, ends = {row.calendar_version for row in rows}, {row.due_on for row in rows}
        assert (versions, len(ends)) == ({f"test-{k}"}, 1), f"killed at event {k}"
        dates.extend(ends)
        for subject in subjects(k):
            events, notices = ledger(any_database, subject)[1:3]
            assert events.count(("recomputed", True)) == notices.count("recomputed") == 1, f"killed at event {k}"
        with any_database.write() as session:  # the next calendar is for the next terms alone
            for subject in subjects(k):
                terms.cancel(session, subject, "reply", clock.today())
    assert len(set(dates)) > 5
