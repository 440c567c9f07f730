"""A failure that comes when its work is done, withdrawn or in other hands says nothing any more: no incident, no row moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.failures import Failures
from engine.link import Link
from engine.registry import EffectContext
from engine.steps import Steps
from tests.factories.bpmn import catch, chain, end, message, process, send, service, start, timer, user
from tests.factories.kit import Kit

PRINTING = process(start(), service("print", "toys.print"), user("read"), end(), chain("begun", "print", "read", "done"))


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


@pytest.mark.parametrize(
    "meanwhile",
    ["state = 'done', worker = ''", "state = 'cancelled', worker = ''", "attempts = attempts + 1, worker = 'engine'"],
    ids=["done", "withdrawn", "taken"],
)
def test_an_effect_that_fails_late_leaves_the_row_and_no_incident(kit: Kit, meanwhile: str) -> None:
    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Takes so long that its lease runs out, and fails then."""
        with kit.database.write() as session:
            Link(session).run(f"UPDATE outbox SET {meanwhile}")
        raise OSError("打印机没有纸")

    kit.deploy(toy_bpmn=PRINTING)
    kit.start()
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET attempts = 7")

    assert kit.engine.tick(1).failures == 1

    assert kit.rows("SELECT last_error FROM outbox") == [("",)]
    assert kit.rows("SELECT count(*) FROM outbox WHERE state = 'pending' AND worker = ''") == [(0,)]
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


def test_a_timer_that_has_fired_is_not_put_off(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(start(), catch("wait", timer("PT1H")), user("read"), end(), chain("begun", "wait", "read", "done"))
    )
    case = kit.start()
    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()
    before = kit.rows("SELECT id, attempts, due_at, stuck FROM timer")

    Failures(Steps(kit.kernel)).put_off("timer", str(before[0][0]), case, RuntimeError("铃坏了"))

    assert kit.rows("SELECT id, attempts, due_at, stuck FROM timer") == before
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


def test_a_message_that_was_delivered_is_not_put_off(kit: Kit) -> None:
    asking = process(
        start(), send("ask", "letter"), end(), chain("begun", "ask", "done"), id_="asking", references=message("letter")
    )
    kit.deploy(asking_bpmn=asking)
    kit.start("asking")
    kit.engine.tick()
    ((id_, state),) = kit.rows("SELECT id, state FROM message")

    Failures(Steps(kit.kernel)).put_off("message", str(id_), None, RuntimeError("打不开"))

    assert kit.rows("SELECT state, attempts FROM message") == [(state, 0)]
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]
