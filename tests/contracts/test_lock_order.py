"""Whoever writes down a failure, or has it tried again, locks the case first, as every step does: the two never wait for each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.failures import Failures
from engine.link import Link
from engine.people import Actor
from engine.registry import EffectContext, StepContext
from engine.steps import Steps
from tests.factories.bpmn import catch, chain, end, process, service, start, timer
from tests.factories.kit import Kit

OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))


@pytest.fixture
def kit(postgres: Database, clock: ManualClock) -> Kit:
    """One case whose timer, and one whose effect, has failed for the last time."""
    kit = Kit(postgres, clock)

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("打印机没有纸")

    @kit.registry.operation("toys.remind")
    def remind(ctx: StepContext) -> None:
        """Fails."""
        raise RuntimeError("铃坏了")

    ringing = process(
        start(),
        catch("wait", timer("PT1H")),
        service("remind", "toys.remind"),
        end(),
        chain("begun", "wait", "remind", "done"),
        id_="ringing",
    )
    printing = process(start(), service("print", "toys.print"), end(), chain("begun", "print", "done"), id_="printing")
    kit.deploy(ringing_bpmn=ringing, printing_bpmn=printing)
    for process_id in ("ringing", "printing"):
        kit.start(process_id)
    for _attempt in range(9):
        kit.clock.advance(timedelta(hours=7))
        kit.engine.tick()
    return kit


def timer_failed(kit: Kit, timer_id: str, case: str) -> None:
    Failures(Steps(kit.kernel)).put_off("timer", timer_id, case, RuntimeError("铃坏了"))


def effect_failed(kit: Kit, effect_id: str, case: str) -> None:
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET state = 'pending' WHERE id = ?", effect_id)
    kit.engine.work_effect(effect_id)


def timer_retried(kit: Kit, timer_id: str, case: str) -> None:
    with kit.database.write() as session:
        kit.engine.operations.retry(session, "timer", timer_id, OPERATOR, "key")


def effect_retried(kit: Kit, effect_id: str, case: str) -> None:
    with kit.database.write() as session:
        kit.engine.operations.retry(session, "effect", effect_id, OPERATOR, "key")


@pytest.mark.parametrize(
    ("table", "act"), [("timer", timer_failed), ("timer", timer_retried), ("outbox", effect_failed), ("outbox", effect_retried)]
)
def test_the_case_is_locked_before_its_row(kit: Kit, table: str, act: Callable[[Kit, str, str], None]) -> None:
    ((row_id, case),) = kit.rows(f"SELECT id, instance_id FROM {table}")

    with ThreadPoolExecutor(1) as pool:
        with kit.database.write() as session:  # a step of the case, which writes the row as well
            link = Link(session)
            link.run("SELECT 1 FROM instance WHERE id = ? FOR UPDATE", case)
            done = pool.submit(act, kit, row_id, case)
            until_somebody_waits(kit)
            link.run(f"SELECT 1 FROM {table} WHERE id = ? FOR UPDATE NOWAIT", row_id)
        assert done.result(timeout=10) is None


def until_somebody_waits(kit: Kit) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(200):
        with kit.database.read() as session:
            link = Link(session)
            if link.all(waiting) != [(0,)]:
                return
            link.run("SELECT pg_sleep(0.05)")
    pytest.fail("nobody waits for the case")
