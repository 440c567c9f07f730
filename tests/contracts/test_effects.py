"""Effects behave alike polled from the outbox (embedded) and called by procrastinate (PostgreSQL), whenever a worker dies."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import PsycopgConnector

from db import queue
from db.clock import ManualClock
from db.queue import QueueWorker, TaskQueue
from db.session import Database
from engine import outbox
from engine.registry import EffectContext, StepContext
from tests.factories.bpmn import boundary, chain, end, inputs, process, service, start, timer, user
from tests.factories.effects import at_work
from tests.factories.kit import CHIEF, Kit
from tests.factories.processes import wait_until

PRINTING = process(
    start(), user("fill"), service("print", "toys.print", inputs(text="title")), boundary("late", "print", timer("PT1H")), user("read"),
    user("ask"), end(), chain("begun", "fill", "print", "read", "done"), chain("late", "ask", "done"),
)  # fmt: skip
DIED = 9


def work_off(worker: QueueWorker) -> None:
    """All that is due, in a thread as in the product: in the one that drives a browser an event loop is running already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(worker.run, wait=False).result()


class Office:
    """A kit whose effects are worked in one of the two ways; what is done in the world is a line of a file."""

    def __init__(self, database: Database, clock: ManualClock, world: Path) -> None:
        self.world, self.is_queue = world, not database.is_sqlite
        self.kit = Kit(database, clock, effects=TaskQueue(stale_seconds=0) if self.is_queue else None)
        self.dies, self.fails = "", False
        self._register()

    def _register(self) -> None:
        @self.kit.registry.effect("toys.print")
        def print_(ctx: EffectContext) -> dict[str, object]:
            """Prints."""
            if self.dies == "before":
                os._exit(DIED)
            with self.world.open("a") as file:
                file.write(f"{ctx.key}\n")
            if self.dies == "after":
                os._exit(DIED)
            if self.fails:
                raise OSError("打印机没有纸")
            return {"pages": 3}

        @self.kit.registry.operation("toys.notify")
        def notify(ctx: StepContext) -> None:
            """Has something printed, and fails where it is told to."""
            ctx.emit("toys.print", {}, f"notice:{ctx.case.instance_id}")
            if ctx.variables.get("broken"):
                raise RuntimeError("台账打不开")

    def done(self) -> list[str]:
        """Keys of what was done in the world, in order."""
        return self.world.read_text().split() if self.world.exists() else []

    def work(self, lane: str = "") -> None:
        """Works off everything of a lane that is due."""
        if self.is_queue:
            work_off(QueueWorker(self.kit.database.url, self.kit.engine.work_effect, lane=lane, concurrency=1))
        else:
            self.kit.engine.work_effects(lane=lane)

    def die(self, when: str) -> None:
        """A worker process takes the effect and is killed before or after doing it."""
        self.kit.database.dispose()
        child = os.fork()
        if child == 0:
            try:
                other = Office(Database(self.kit.database.url.render_as_string(hide_password=False)), self.kit.clock, self.world)
                other.dies = when
                other.work()
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == DIED

    def dead_worker_is_known(self) -> None:
        """Time passes until the dead worker is known to be dead."""
        if self.is_queue:
            assert self.kit.engine.revive_effects() == 1
        else:
            self.kit.clock.advance(outbox.LEASE)

    def come_back(self) -> None:
        """The work of the dead worker is taken up."""
        self.dead_worker_is_known()
        self.work()

    def printing(self) -> str:
        """A case that has just asked for a print."""
        self.kit.deploy(toy_bpmn=PRINTING)
        case = self.kit.start(title="协查函")
        self.kit.complete(case, "fill")
        return case


@pytest.fixture
def office(any_database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[Office]:
    yield Office(any_database, clock, tmp_path / "world")


def test_an_effect_is_called_for_in_the_transaction_of_its_step_and_done_once(office: Office) -> None:
    case = office.printing()

    office.work()
    office.work()

    assert len(office.done()) == 1
    assert list(office.kit.open(case)) == ["read"]
    assert office.kit.variables(case)["pages"] == 3


@pytest.mark.parametrize(("when", "times"), [("before", 1), ("after", 2)])
def test_a_worker_killed_with_an_effect_in_hand_leaves_it_to_the_next_with_the_same_key(office: Office, when: str, times: int) -> None:
    case = office.printing()

    office.die(when)
    assert list(office.kit.open(case)) == []
    office.come_back()

    assert len(office.done()) == times
    assert len(set(office.done())) == 1
    assert list(office.kit.open(case)) == ["read"]


def test_a_dead_worker_does_not_hold_up_other_effects_of_the_same_case(office: Office) -> None:
    office.kit.deploy(toy_bpmn=process(start(), service("a", "toys.notify"), service("b", "toys.print"), end(), chain("begun", "a", "b", "done")))
    case = office.kit.start()

    office.die("before")
    office.work()
    assert len(office.done()) == 1
    office.come_back()

    assert len(set(office.done())) == 2
    assert office.kit.status(case) == "completed"


def test_an_effect_whose_token_was_withdrawn_is_never_done(office: Office) -> None:
    case = office.printing()
    office.kit.clock.advance(timedelta(hours=1))
    office.kit.engine.tick(effects=False)
    assert list(office.kit.open(case)) == ["ask"]

    office.work()

    assert office.done() == []
    assert office.kit.rows("SELECT state FROM outbox") == [("withdrawn",)]


def test_the_answer_for_a_job_that_was_closed_meanwhile_moves_nothing(office: Office) -> None:
    case = office.printing()
    with office.kit.database.write() as session:
        link = outbox.Link(session)
        job = outbox.take_due(link, office.kit.clock.now(), 8)
    assert job is not None
    office.kit.clock.advance(timedelta(hours=1))
    office.kit.engine.tick(effects=False)

    with office.kit.database.write() as session:
        assert not outbox.answer(office.kit.kernel, session, outbox.Link(session), job, {"pages": 3})

    assert list(office.kit.open(case)) == ["ask"]
    assert "pages" not in office.kit.variables(case)


def test_what_a_rolled_back_step_emitted_is_never_done(office: Office) -> None:
    office.kit.deploy(toy_bpmn=process(start(), user("fill"), service("a", "toys.notify"), end(), chain("begun", "fill", "a", "done")))
    case = office.kit.start(broken=True)

    with pytest.raises(Exception, match="台账打不开"):
        office.kit.complete(case, "fill")
    office.work()

    assert office.done() == []
    if office.is_queue:
        assert office.kit.rows("SELECT count(*) FROM procrastinate_jobs") == [(0,)]


def test_an_effect_that_fails_waits_longer_each_time_and_then_for_a_person(office: Office) -> None:
    case = office.printing()
    office.fails = True

    for _attempt in range(10):
        office.work()
        office.kit.clock.advance(timedelta(hours=7))

    assert len(office.done()) == 8
    (incident,) = office.kit.engine.case(case, CHIEF).incidents
    assert incident.reason == "打印机没有纸"
    office.fails = False
    office.kit.engine.retry_incident(incident.id, CHIEF, "again")
    office.work()
    assert len(set(office.done())) == 1
    assert list(office.kit.open(case)) == ["read"]


def test_an_effect_that_kills_whoever_takes_it_waits_for_a_person_after_the_last_attempt(office: Office) -> None:
    case = office.printing()
    with office.kit.database.write() as session:
        outbox.Link(session).run("UPDATE outbox SET attempts = 6")
    for attempt in (7, 8):
        office.die("before")
        assert office.kit.rows("SELECT state, attempts FROM outbox") == [("pending", attempt)]
        office.dead_worker_is_known()

    for _again in range(2):
        office.work()
        assert (office.done(), office.kit.rows("SELECT state, attempts FROM outbox")) == ([], [("failed", 8)])

    (incident,) = office.kit.engine.case(case, CHIEF).incidents
    assert "8 次都没有结果" in incident.reason
    office.kit.engine.retry_incident(incident.id, CHIEF, "again")
    office.work()
    assert len(office.done()) == 1
    assert list(office.kit.open(case)) == ["read"]
    assert office.kit.rows("SELECT incidents FROM instance") == [(0,)]


def test_a_lane_that_stands_still_holds_up_no_other(office: Office) -> None:
    drawn, sent = threading.Event(), list[bool]()

    @office.kit.registry.effect("toys.letter", lane="mail")
    def send(_ctx: EffectContext) -> None:
        """The mail server is slow: it answers when the paper is there."""
        sent.append(drawn.wait(5))

    @office.kit.registry.effect("toys.paper")
    def draw(_ctx: EffectContext) -> None:
        """Draws."""
        drawn.set()

    with office.kit.database.write() as session:
        for n in range(5):
            office.kit.engine.emit(session, "toys.letter", {}, f"letter:{n}")
        office.kit.engine.emit(session, "toys.paper", {}, "paper")
    with at_work(office.kit.engine, office.kit.database):
        wait_until(lambda: len(sent) == 5)

    assert sent == [True] * 5


def test_work_of_a_lane_that_failed_is_called_for_in_its_lane_again(office: Office) -> None:
    sent = list[int]()

    @office.kit.registry.effect("toys.letter", lane="mail")
    def send(ctx: EffectContext) -> None:
        """Is refused twice."""
        sent.append(ctx.attempt)
        if ctx.attempt < 3:
            raise OSError("451 come again")

    with office.kit.database.write() as session:
        office.kit.engine.emit(session, "toys.letter", {}, "letter")
    for wait in (0, 6, 30):
        office.kit.clock.advance(timedelta(seconds=wait))
        office.work()
        assert office.done() == []
        office.work("mail")

    assert sent == [1, 2, 3]
    assert office.kit.rows("SELECT state FROM outbox") == [("done",)]


# --- the queue alone -------------------------------------------------------------------------------------------------------


@pytest.fixture
def queued(postgres: Database, clock: ManualClock, tmp_path: Path) -> Office:
    return Office(postgres, clock, tmp_path / "world")


def test_a_failed_effect_is_called_for_again_at_the_end_of_its_backoff(queued: Office) -> None:
    queued.kit.clock.set(datetime.now(UTC) + timedelta(hours=2))
    queued.printing()
    queued.fails = True

    queued.work()

    rows = queued.kit.rows("SELECT j.scheduled_at = o.due_at, o.attempts FROM procrastinate_jobs j JOIN outbox o ON o.id = j.args ->> 'id'")
    assert rows == [(True, 1)]


def test_an_effect_that_nobody_is_called_for_is_found_after_a_minute(queued: Office) -> None:
    queued.printing()
    with queued.kit.database.write() as session:
        outbox.Link(session).run("DELETE FROM procrastinate_jobs")
    assert queued.kit.engine.revive_effects() == 0

    queued.kit.clock.advance(outbox.OVERDUE)

    assert queued.kit.engine.revive_effects() == 1
    assert queued.kit.engine.revive_effects() == 0
    queued.work()
    assert len(queued.done()) == 1


def test_a_worker_has_the_limits_of_every_connection_and_the_options_of_the_address(queued: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, answered = list[dict[str, Any]](), list[str]()

    def connector(**given: Any) -> PsycopgConnector:
        opened.append(given)
        return PsycopgConnector(**given)

    monkeypatch.setattr(queue, "PsycopgConnector", connector)
    queued.printing()
    url = queued.kit.database.url.update_query_dict({"options": "-c lock_timeout=1s"})
    work_off(QueueWorker(url, answered.append))

    assert len(answered) == 1
    keywords = opened[0]["kwargs"]
    with psycopg.connect(opened[0]["conninfo"], **keywords) as connection:
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle", "synchronous_commit")
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    assert shown == [("1s",), ("8s",), ("8s",), ("3",), ("off",)]
    assert {name: keywords[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle")} == {
        "connect_timeout": 3, "tcp_user_timeout": 5_000, "keepalives_idle": 3,
    }  # fmt: skip


def require_an_answer(queued: Office, worker: QueueWorker) -> None:
    """Has the worker do one effect, and stops it."""
    worker.start()
    case = queued.printing()

    deadline = time.monotonic() + 20
    while not queued.kit.open(case) and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.stop()

    assert list(queued.kit.open(case)) == ["read"]


def test_a_worker_in_a_thread_answers_within_a_second_and_stops_when_told(queued: Office) -> None:
    worker = QueueWorker(queued.kit.database.url, queued.kit.engine.work_effect)
    require_an_answer(queued, worker)
    assert "effects" not in {thread.name for thread in threading.enumerate()}
    assert queued.kit.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def test_a_worker_that_is_stopped_before_it_has_begun_takes_nothing(queued: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go, begin = threading.Event(), threading.Event(), asyncio.run

    def late(work: Any) -> None:
        asked.set()
        go.wait(20)
        begin(work)

    monkeypatch.setattr(asyncio, "run", late)
    worker = QueueWorker(queued.kit.database.url, queued.kit.engine.work_effect)
    worker.start()
    assert asked.wait(20)

    worker.stop(timeout=0)
    go.set()
    worker.stop(timeout=5)

    assert "effects" not in {thread.name for thread in threading.enumerate()}


def test_a_worker_goes_on_after_an_error_that_nobody_foresaw(
    queued: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = list[int]()

    def connector(**given: Any) -> PsycopgConnector:
        made.append(1)
        if len(made) == 1:
            raise KeyError("nobody foresaw this")
        return PsycopgConnector(**given)

    monkeypatch.setattr(queue, "PsycopgConnector", connector)
    monkeypatch.setattr(queue, "RESTART_SECONDS", 0.01)
    worker = QueueWorker(queued.kit.database.url, queued.kit.engine.work_effect)
    require_an_answer(queued, worker)
    assert "nobody foresaw this" in caplog.text
