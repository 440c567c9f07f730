"""A case in other hands, or a database that is away, is no failure of the work: nothing is counted, no incident, no letter sent twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Timer
from typing import Any

import psycopg
import pytest

from db.clock import ManualClock
from db.session import Database
from engine import effects, failures, outbox
from engine.link import Link
from engine.registry import BpmnError, EffectContext, StepContext
from tests.factories.bpmn import boundary, catch, chain, end, message, on_error, process, receive, service, start, timer, user
from tests.factories.kit import Kit

WAITING = process(
    start(), receive("wait", "ping", correlation='"x"'), user("after"), end(), chain("begun", "wait", "after", "done"), references=message("ping")
)  # fmt: skip
TIMED = process(
    start(), user("work"), boundary("late", "work", timer("PT1H")), user("after"), user("urge"), end(), chain("begun", "work", "after", "done"),
    chain("late", "urge", "done"), id_="timed",
)  # fmt: skip
RINGING = process(start(), catch("wait", timer("PT1H")), service("ring", "toys.ring"), end(), chain("begun", "wait", "ring", "done"))
HEARING = process(
    start(), receive("wait", "ping", correlation='"x"'), service("ring", "toys.ring"), end(), chain("begun", "wait", "ring", "done"),
    references=message("ping"),
)  # fmt: skip
MAILING = process(
    start(), user("fill"), service("mail", "toys.mail"), boundary("unknown", "mail", on_error()), user("read"), user("ask"), end(),
    chain("begun", "fill", "mail", "read", "done"), chain("unknown", "ask", "done"),
)  # fmt: skip
INCIDENTS = "SELECT count(*) FROM incident"
AT_ONCE_S = 4.0  # whoever waits for the lock of a case waits longer


@contextmanager
def in_other_hands(database: Database, case: str) -> Iterator[psycopg.Connection]:
    """Another step, elsewhere, has the row of the case locked."""
    address = database.url.set(drivername="postgresql", query={}).render_as_string(hide_password=False)
    with psycopg.connect(address) as other:
        other.execute("SELECT 1 FROM instance WHERE id = %s FOR UPDATE", (case,))
        yield other
        other.rollback()


def post(kit: Kit, key: str) -> None:
    """A message that the pump will deliver."""
    with kit.database.write() as session:
        kit.engine.post_message(session, "ping", "x", {}, key)


@pytest.fixture
def impatient(postgres: Database) -> Iterator[Database]:
    """Whoever meets a busy case gives up after a fifth of a second."""
    url = postgres.url.update_query_dict({"options": "-c lock_timeout=200ms"})
    database = Database(url.render_as_string(hide_password=False))
    yield database
    database.dispose()


# --- messages and timers ---------------------------------------------------------------------------------------------------


def test_messages_for_a_busy_case_wait_and_hold_up_nobody(postgres: Database, clock: ManualClock) -> None:
    kit = Kit(postgres, clock)
    kit.deploy("toys", toy_bpmn=WAITING)
    kit.deploy("timed", timed_bpmn=TIMED)
    busy, timed = kit.start("toy"), kit.start("timed")
    for number in range(3):
        post(kit, f"ping {number}")
    clock.advance(timedelta(hours=2))

    with in_other_hands(postgres, busy):
        begun = time.monotonic()
        report = kit.engine.tick()
        took = time.monotonic() - begun

    assert took < AT_ONCE_S
    assert (report.busy, report.failures, kit.ready(timed), kit.ready(busy)) == (3, 0, ["urge"], [])
    assert kit.rows("SELECT DISTINCT state, attempts, last_error FROM message") == [("pending", 0, "")]
    assert kit.rows(INCIDENTS) == [(0,)]
    assert kit.engine.tick().handled == 0
    clock.advance(failures.SOON)
    assert kit.engine.tick().messages == 3
    assert kit.ready(busy) == ["after"]


def test_a_message_delivered_on_the_spot_waits_for_its_receiver_and_then_leaves_it_to_the_pump(impatient: Database, clock: ManualClock) -> None:
    kit = Kit(impatient, clock)
    kit.deploy(toy_bpmn=WAITING)
    case = kit.start()

    with in_other_hands(impatient, case):
        assert kit.engine.send_message("ping", "x", {}, "key") == "pending"

    assert kit.rows("SELECT state, attempts, last_error FROM message") == [("pending", 0, "")]
    assert kit.rows(INCIDENTS) == [(0,)]
    clock.advance(failures.SOON)
    assert kit.engine.tick().messages == 1
    assert kit.ready(case) == ["after"]


@pytest.mark.parametrize(("model", "table"), [(RINGING, "timer"), (HEARING, "message")], ids=["timer", "message"])
def test_a_step_that_meets_a_lock_is_no_failure_but_one_that_fails_is(any_database: Database, clock: ManualClock, model: bytes, table: str) -> None:
    kit, meets = Kit(any_database, clock), list[Exception]([RuntimeError("铃坏了"), psycopg.errors.LockNotAvailable(), psycopg.errors.LockNotAvailable()])

    @kit.registry.operation("toys.ring")
    def ring(ctx: StepContext) -> None:
        """Rings, if nothing is in its way."""
        if meets:
            raise meets.pop()

    kit.deploy(toy_bpmn=model)
    case = kit.start()
    if table == "message":
        post(kit, "ping")
    clock.advance(timedelta(hours=1))

    for _turn in range(2):
        assert (kit.engine.tick().busy, kit.rows(f"SELECT attempts FROM {table}"), kit.rows(INCIDENTS)) == (1, [(0,)], [(0,)])
        assert kit.engine.tick().handled == 0
        clock.advance(failures.SOON)
    assert (kit.engine.tick().failures, kit.rows(f"SELECT attempts FROM {table}"), kit.rows(INCIDENTS)) == (1, [(1,)], [(1,)])

    clock.advance(outbox.backoff(1))
    assert kit.engine.tick().total == 1
    assert kit.status(case) == "completed"


def full(database: Database) -> Callable[[], None]:
    """A disk without room for one page more, on SQLite; returns what makes room."""

    def may_have(pages: int) -> None:
        with database.write() as session:
            Link(session).all(f"PRAGMA max_page_count = {pages}")  # at least as many as there are

    may_have(1)
    return lambda: may_have(1_000_000)


@pytest.mark.parametrize(("model", "table"), [(RINGING, "timer"), (HEARING, "message")], ids=["timer", "message"])
def test_a_full_disk_of_the_embedded_database_is_no_failure(database: Database, clock: ManualClock, model: bytes, table: str) -> None:
    kit = Kit(database, clock)
    kit.registry.operation("toys.ring")(lambda ctx: {"echo": "叮" * 100_000})
    kit.deploy(toy_bpmn=model)
    case = kit.start()
    if table == "message":
        post(kit, "ping")
    clock.advance(timedelta(hours=1))

    make_room = full(database)
    assert (kit.engine.tick().busy, kit.rows(f"SELECT attempts FROM {table}"), kit.rows(INCIDENTS)) == (1, [(0,)], [(0,)])
    make_room()
    clock.advance(failures.SOON)

    assert (kit.engine.tick().total, kit.status(case)) == (1, "completed")


def test_a_failure_that_cannot_be_written_since_its_case_is_busy_comes_again(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit, meets = Kit(any_database, clock), [True]

    @kit.registry.operation("toys.ring")
    def ring(ctx: StepContext) -> None:
        """Fails."""
        raise RuntimeError("铃坏了")

    kit.deploy(toy_bpmn=RINGING)
    kit.start()
    clock.advance(timedelta(hours=1))
    monkeypatch.setattr(failures, "hold", busy_while(meets, failures.hold))

    assert kit.engine.tick().busy == 1
    assert (kit.rows("SELECT attempts FROM timer"), kit.rows(INCIDENTS)) == ([(0,)], [(0,)])
    clock.advance(failures.SOON)
    assert kit.engine.tick().failures == 1
    assert (kit.rows("SELECT attempts FROM timer"), kit.rows(INCIDENTS)) == ([(1,)], [(1,)])


def busy_while(meets: list[bool], act: Callable[..., Any]) -> Callable[..., Any]:
    """`act`, which meets a lock first: once for each in the list."""

    def run(*given: Any, **named: Any) -> Any:
        if meets and meets.pop():
            raise psycopg.errors.LockNotAvailable
        return act(*given, **named)

    return run


# --- effects ---------------------------------------------------------------------------------------------------------------


class Post:
    """What was sent, and what stands in the way of whoever sends."""

    def __init__(self, kit: Kit) -> None:
        self.sent, self.before = list[str](), list[Callable[[EffectContext], None]]()

        @kit.registry.effect("toys.mail")
        def mail(ctx: EffectContext) -> None:
            """Sends."""
            self.sent.append(ctx.key)
            if self.before:
                self.before.pop()(ctx)

        kit.deploy(toy_bpmn=MAILING)


def mailing(kit: Kit) -> str:
    """A case that has just asked for a letter."""
    case = kit.start()
    kit.complete(case, "fill")
    return case


def test_the_letter_of_a_busy_case_is_sent_once(impatient: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(impatient, clock)
    office = Post(kit)
    case = mailing(kit)
    monkeypatch.setattr(effects, "FIRST_PAUSE_S", 0.05)
    with in_other_hands(impatient, case) as other:
        freed = Timer(0.5, other.rollback)  # twice the patience of whoever answers
        office.before.append(lambda _ctx: freed.start())

        report = kit.engine.work_effects()
        freed.join()

    assert (report.effects, report.failures, len(office.sent)) == (1, 0, 1)
    assert kit.rows("SELECT state, attempts, last_error FROM outbox") == [("done", 1, "")]
    assert kit.ready(case) == ["read"]


def refuse(_ctx: EffectContext) -> None:
    raise BpmnError("no-address", "查无此址")


@pytest.mark.parametrize(("answer", "before", "ready"), [("answer", [], ["read"]), ("answer_error", [refuse], ["ask"])])
def test_an_answer_is_tried_again_alone(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, answer: str, before: list[Callable[[EffectContext], None]], ready: list[str]
) -> None:  # fmt: skip
    kit = Kit(any_database, clock)
    office = Post(kit)
    case = mailing(kit)
    office.before.extend(before)
    monkeypatch.setattr(effects, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(outbox, answer, busy_while([True] * 3, getattr(outbox, answer)))

    report = kit.engine.work_effects()

    assert (report.effects, report.handled, len(office.sent)) == (1, 1, 1)
    assert kit.rows("SELECT state, attempts FROM outbox") == [("done", 1)]
    assert kit.ready(case) == ready


def test_an_answer_that_never_came_through_is_that_of_a_dead_worker(any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(any_database, clock)
    office = Post(kit)
    case = mailing(kit)
    monkeypatch.setattr(effects, "MARGIN_S", outbox.LEASE.total_seconds())  # the lease is over at once
    monkeypatch.setattr(outbox, "answer", busy_while([True], outbox.answer))

    report = kit.engine.work_effects()

    assert (report.busy, report.failures, len(office.sent)) == (1, 0, 1)
    assert kit.rows("SELECT state, attempts, worker, last_error FROM outbox") == [("pending", 1, outbox.HERE, "")]
    assert kit.engine.work_effects().handled == 0  # nobody takes it before the lease is over
    clock.advance(outbox.LEASE)
    assert kit.engine.work_effects().effects == 1
    assert (len(office.sent), len(set(office.sent)), kit.ready(case)) == (2, 1, ["read"])
    assert kit.rows(INCIDENTS) == [(0,)]


def test_an_answer_waits_for_room_on_the_disk_of_the_embedded_database(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit, made = Kit(database, clock), list[str]()

    @kit.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> dict[str, Any]:
        """Sends, and brings much back."""
        made.append(ctx.key)
        return {"answer": "收" * 100_000}

    kit.deploy(toy_bpmn=MAILING)
    case, make_room = mailing(kit), full(database)
    monkeypatch.setattr(effects, "sleep", lambda _pause: make_room())

    assert (kit.engine.work_effects().effects, len(made), kit.ready(case)) == (1, 1, ["read"])
    assert kit.rows("SELECT state, attempts, last_error FROM outbox") == [("done", 1, "")]


def test_a_process_that_is_told_to_end_waits_for_no_answer(any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(any_database, clock)
    office = Post(kit)
    mailing(kit)
    asked = [False, True]
    monkeypatch.setattr(effects, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(outbox, "answer", busy_while([True] * 3, outbox.answer))

    assert kit.engine.work_effects(goes_on=asked.pop).busy == 1
    assert (len(office.sent), kit.rows("SELECT state, attempts, worker FROM outbox")) == (1, [("pending", 1, outbox.HERE)])


def test_work_that_killed_its_workers_is_given_up_when_its_case_is_free_again(any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(any_database, clock)
    office = Post(kit)
    mailing(kit)
    with any_database.write() as session:
        Link(session).put("UPDATE outbox SET attempts = ?, worker = ?", kit.kernel.settings.max_attempts, outbox.HERE)
    monkeypatch.setattr(effects, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(outbox, "hold", busy_while([True] * 2, outbox.hold))

    assert (kit.engine.work_effects().failures, office.sent) == (1, [])
    assert (kit.rows("SELECT state FROM outbox"), kit.rows(INCIDENTS)) == ([("failed",)], [(1,)])


def test_an_outage_that_an_effect_meets_while_it_acts_counts_as_an_attempt(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    office = Post(kit)
    case = mailing(kit)

    def meet(_ctx: EffectContext) -> None:
        raise psycopg.errors.LockNotAvailable("locked")

    office.before.append(meet)

    assert kit.engine.work_effects().failures == 1
    assert kit.rows("SELECT state, attempts, worker, last_error FROM outbox") == [("pending", 1, "", "locked")]
    clock.advance(outbox.backoff(1))
    kit.engine.work_effects()
    assert kit.ready(case) == ["read"]


def test_a_failure_of_an_effect_is_written_when_its_case_is_free_again(any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(any_database, clock)
    office = Post(kit)
    mailing(kit)

    def fail(_ctx: EffectContext) -> None:
        raise OSError("邮局不开门")

    office.before.append(fail)
    monkeypatch.setattr(effects, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(outbox, "hold", busy_while([True] * 2, outbox.hold))

    assert kit.engine.work_effects().failures == 1
    assert len(office.sent) == 1
    assert kit.rows("SELECT state, attempts, worker, last_error FROM outbox") == [("pending", 1, "", "邮局不开门")]
