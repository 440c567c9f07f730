"""Timers: due rows, fired once, in the order of their moments, and told again when a deadline moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from db.clock import SHANGHAI, ManualClock
from db.session import Database
from engine.link import Link
from engine.pump import SLICE
from engine.registry import StepContext
from tests.factories.bpmn import boundary, catch, chain, end, flow, process, service, start, timer, user
from tests.factories.kit import ANN, Kit

REMIND = process(
    start(), user("work"), boundary("late", "work", timer("R3/P1D", "timeCycle"), interrupting=False), service("remind", "toys.remind"), end(),
    end("reminded"), chain("begun", "work", "done"), chain("late", "remind", "reminded"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


def waiting_for(text: str, kind: str = "timeDuration") -> bytes:
    return process(start(), catch("wait", timer(text, kind)), user("after"), end(), chain("begun", "wait", "after", "done"))


def test_a_timer_fires_when_it_is_due_and_not_before(kit: Kit) -> None:
    kit.deploy(toy_bpmn=waiting_for("PT1H"))
    case = kit.start()

    kit.clock.advance(timedelta(minutes=59))
    assert kit.engine.tick().timers == 0
    kit.clock.advance(timedelta(minutes=1))
    assert kit.engine.tick().timers == 1

    assert list(kit.open(case)) == ["after"]
    assert kit.engine.tick().total == 0


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("2026-03-09", "timeDate", "2026-03-08T16:00"),  # the first moment of the day in Shanghai
        ("P1M", "timeDuration", "2026-04-02T01:00"),
        ("due", "timeDate", "2026-05-31T16:00"),
    ],
)
def test_when_a_timer_is_due(kit: Kit, text: str, kind: str, expected: str) -> None:
    from datetime import date

    kit.deploy(toy_bpmn=waiting_for(text, kind))
    case = kit.start(due=date(2026, 6, 1))

    ((due_at,),) = kit.rows("SELECT due_at FROM timer WHERE instance_id = ?", case)
    moment = due_at if isinstance(due_at, str) else due_at.astimezone(UTC).isoformat()
    assert moment.startswith(expected)


def test_a_cycle_counts_from_its_own_moments_and_stops_with_its_task(kit: Kit) -> None:
    reminded: list[datetime] = []

    @kit.registry.operation("toys.remind")
    def remind(ctx: StepContext) -> None:
        """Reminds."""
        reminded.append(ctx.clock.now())

    kit.deploy(toy_bpmn=REMIND)
    case = kit.start()
    kit.clock.advance(timedelta(days=2, hours=5))  # the pump stood still for two days
    kit.engine.tick()
    assert len(reminded) == 2

    kit.clock.advance(timedelta(hours=19))
    kit.engine.tick()
    assert len(reminded) == 3
    kit.clock.advance(timedelta(days=9))
    assert kit.engine.tick().timers == 0
    kit.complete(case, "work")
    assert kit.status(case) == "completed"


def moments(kit: Kit) -> list[str]:
    """When the turns were or are due, in Shanghai."""
    rows = kit.rows("SELECT due_at FROM timer ORDER BY occurrence")
    return [f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" for (due_at,) in rows if (moment := Link.as_moment(due_at))]


@pytest.mark.parametrize(
    ("text", "begun", "expected"),
    [
        ("R4/P1M", "2027-01-31", ["02-28 09:00", "03-31 09:00", "04-30 09:00", "05-31 09:00"]),
        ("R4/P1Y", "2028-02-29", ["02-28 09:00", "02-28 09:00", "02-28 09:00", "02-29 09:00"]),
        ("R3/P1M", "2027-01-15", ["02-15 09:00", "03-15 09:00", "04-15 09:00"]),
        ("R3/P10D", "2027-01-31", ["02-10 09:00", "02-20 09:00", "03-02 09:00"]),
    ],
)
def test_the_turns_of_a_cycle_are_counted_from_its_beginning(kit: Kit, text: str, begun: str, expected: list[str]) -> None:
    kit.registry.operation("toys.remind")(lambda ctx: None)
    kit.clock.set(datetime.fromisoformat(f"{begun}T09:00:00+08:00"))
    kit.deploy(toy_bpmn=REMIND.replace(b"R3/P1D", text.encode()))
    kit.start()

    for _ in expected:
        kit.forget()
        kit.clock.advance(timedelta(days=370 if "Y" in text else 32))
        kit.engine.tick()

    assert moments(kit) == expected


def test_a_turn_that_is_put_off_moves_no_later_one(kit: Kit) -> None:
    faults = [OSError("提醒不了")] * 2

    @kit.registry.operation("toys.remind")
    def remind(ctx: StepContext) -> None:
        """Fails twice."""
        if faults:
            raise faults.pop()

    kit.deploy(toy_bpmn=REMIND)
    kit.start()  # at nine on 2 March
    kit.clock.advance(timedelta(days=1))
    for done in (0, 0, 1):
        assert kit.engine.tick().timers == done
        kit.clock.advance(timedelta(minutes=10))

    assert moments(kit)[1:] == ["03-04 09:00"]


def test_a_turn_that_was_written_before_its_beginning_was_kept_goes_on_from_its_own_day(kit: Kit) -> None:
    kit.registry.operation("toys.remind")(lambda ctx: None)
    kit.deploy(toy_bpmn=REMIND.replace(b"R3/P1D", b"R3/P1M"))
    kit.start()  # on 2 March
    with kit.database.write() as session:
        Link(session).put("UPDATE timer SET expression = 'R3/P1M'")

    for _ in range(3):
        kit.clock.advance(timedelta(days=31))
        kit.engine.tick()

    assert moments(kit) == ["04-02 09:00", "05-02 09:00", "06-02 09:00"]


def test_an_interrupting_timer_takes_the_task_away(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("work"), boundary("late", "work", timer("P1D")), user("urge"), end(), chain("begun", "work", "done"), chain("late", "urge"),
            flow("urge", "done"),
        )
    )  # fmt: skip
    case = kit.start()
    kit.clock.advance(timedelta(days=1))

    kit.engine.tick()

    assert list(kit.open(case)) == ["urge"]
    assert kit.rows("SELECT count(*) FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE t.element = 'work'") == [(0,)]
    assert kit.rows("SELECT count(*) FROM task_office") == [(1,)]


class OneDeadline:
    """A source with one deadline that can be moved."""

    def __init__(self) -> None:
        self.moment: datetime | None = None

    def due_moment(self, session: Session, subject_id: str, key: str) -> datetime | None:
        return self.moment if key == "reply" else None


def test_a_timer_that_names_a_deadline_moves_with_it(any_database: Database, clock: ManualClock) -> None:
    deadlines = OneDeadline()
    kit = Kit(any_database, clock, deadlines)
    kit.deploy(toy_bpmn=waiting_for('deadline("reply")', "timeDate"))
    case = kit.start()
    kit.clock.advance(timedelta(days=30))
    assert kit.engine.tick().timers == 0  # nothing runs yet, so nothing is due

    deadlines.moment = kit.clock.now() + timedelta(days=2)
    with kit.database.write() as session:
        kit.engine.refresh_timers(session, case)
    kit.clock.advance(timedelta(days=1))
    assert kit.engine.tick().timers == 0
    kit.clock.advance(timedelta(days=1))
    assert kit.engine.tick().timers == 1


def test_a_timer_that_keeps_failing_waits_for_a_person_and_is_never_lost(kit: Kit) -> None:
    broken = [True]

    @kit.registry.operation("toys.remind")
    def remind(ctx: StepContext) -> None:
        """Reminds."""
        if broken:
            raise RuntimeError("铃坏了")

    kit.deploy(
        toy_bpmn=process(
            start(),
            catch("wait", timer("PT1H")),
            service("remind", "toys.remind"),
            end(),
            chain("begun", "wait", "remind", "done"),
        )
    )
    case = kit.start()
    for _ in range(12):
        kit.clock.advance(timedelta(hours=7))
        kit.engine.tick()
    (incident,) = kit.engine.case(case, ANN).incidents
    assert (incident.element, incident.reason) == ("remind", "铃坏了")
    assert kit.rows("SELECT stuck, attempts FROM timer") == [(1, 8)]

    broken.clear()
    kit.engine.retry_incident(incident.id, ANN, kit.key())
    kit.engine.tick()

    assert kit.status(case) == "completed"


def test_a_flood_of_messages_holds_up_no_timer(kit: Kit) -> None:
    kit.deploy(toy_bpmn=waiting_for("PT1H"))
    kit.start()
    with kit.database.write() as session:
        for number in range(2 * SLICE):
            kit.engine.post_message(session, "nobody_waits", f"{number}", {}, f"letter {number}")
    kit.clock.advance(timedelta(hours=1))

    report = kit.engine.tick(SLICE + 5)

    assert (report.messages, report.timers) == (SLICE + 4, 1)
