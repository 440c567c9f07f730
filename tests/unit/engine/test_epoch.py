"""The fence of a restore: what may have been sent since the backup stands once on the list of operators, whatever it had come to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from db.clock import ManualClock
from db.session import Database
from engine.epoch import fence
from engine.errors import Declined, JobNotYours
from engine.people import Actor
from engine.registry import EffectContext
from engine.troubles import HELD, STOPPED, Query
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.factories.kit import ANN, Kit

OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    """`toys.mail` leaves the house, `toys.draw` does not; both fail. Nobody here knows `cards.read`, so a worker must fetch it."""
    kit = Kit(any_database, clock)

    @kit.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("邮件服务器没有回应")

    @kit.registry.effect("toys.draw", inward=True)
    def draw(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("没有字体")

    return kit


def begun(kit: Kit, topic: str) -> str:
    """A case that waits for an effect of this topic."""
    kit.deploy(toy_bpmn=process(start(), service("act", topic), user("read"), end(), chain("begun", "act", "read", "done")))
    return kit.start()


def exhaust(kit: Kit) -> None:
    for _attempt in range(9):
        kit.engine.tick()
        kit.clock.advance(timedelta(hours=7))


def fenced(kit: Kit) -> None:
    """As in the transaction that brings a database back."""
    with kit.database.write() as session:
        for statement in fence(kit.clock.now(), "恢复", kit.registry.inward, sqlite=kit.database.is_sqlite):
            session.execute(text(statement.replace(":", r"\:")))


def shown(kit: Kit, **query: str) -> list[tuple[str, str]]:
    return [(trouble.state, trouble.reason) for trouble in kit.engine.operations.listed(OPERATOR, Query(**query))[0]]


def test_what_had_failed_is_held_and_listed_once(kit: Kit) -> None:
    case = begun(kit, "toys.mail")
    exhaust(kit)
    assert [state for state, _reason in shown(kit)] == [STOPPED]

    fenced(kit)

    assert kit.rows("SELECT state, worker FROM outbox") == [("held", "")]
    ((state, reason),) = shown(kit)
    assert state == HELD
    assert "没有回应" in reason
    assert shown(kit, state=STOPPED) == []
    assert kit.engine.case(case, ANN).incidents == []
    assert kit.rows("SELECT incidents FROM instance") == [(0,)]
    ((row,),) = kit.rows("SELECT id FROM outbox")
    with pytest.raises(Declined, match="系统管理员核实"):
        kit.engine.operations.try_again("effect", row, ANN, kit.key())


def test_one_more_attempt_that_was_asked_for_before_the_backup_is_held_with_its_incident_closed(kit: Kit) -> None:
    """Whoever sees the case has it tried again; the incident stays open while it waits."""
    case = begun(kit, "toys.mail")
    exhaust(kit)
    (incident,) = kit.engine.case(case, ANN).incidents
    kit.engine.retry_incident(incident.id, ANN, kit.key())
    assert kit.rows("SELECT state FROM outbox") == [("pending",)]

    fenced(kit)

    assert [state for state, _reason in shown(kit)] == [HELD]
    assert kit.rows("SELECT incidents FROM instance") == [(0,)]


def test_what_touches_our_own_database_alone_stays_as_it_failed_and_so_does_what_else_failed_in_the_case(kit: Kit) -> None:
    case = begun(kit, "toys.draw")
    exhaust(kit)

    fenced(kit)

    assert [state for state, _reason in shown(kit)] == [STOPPED]
    (incident,) = kit.engine.case(case, ANN).incidents
    kit.engine.retry_incident(incident.id, ANN, kit.key())
    assert kit.rows("SELECT state FROM outbox") == [("pending",)]


def test_work_that_a_worker_had_in_hand_is_held_and_its_answer_comes_too_late(kit: Kit) -> None:
    begun(kit, "cards.read")
    (job,) = kit.engine.workers.fetch("w", ["cards.read"])

    fenced(kit)

    assert kit.rows("SELECT state, worker FROM outbox") == [("held", "")]
    with pytest.raises(JobNotYours):
        kit.engine.workers.complete(job.id, "w", {}, kit.key())
    kit.clock.advance(timedelta(hours=7))
    assert kit.engine.workers.fetch("w", ["cards.read"]) == []


def test_work_elsewhere_that_had_failed_is_held_and_listed_once(kit: Kit) -> None:
    """At a counter nobody can undo what a card was given."""
    begun(kit, "cards.read")
    for attempt in range(8):
        (job,) = kit.engine.workers.fetch("w", ["cards.read"])
        kit.engine.workers.fail(job.id, "w", "卡读不出", f"fail {attempt}")
        kit.clock.advance(timedelta(hours=7))
    assert kit.rows("SELECT state FROM outbox") == [("failed",)]

    fenced(kit)

    assert shown(kit) == [(HELD, "卡读不出")]
    assert kit.rows("SELECT incidents FROM instance") == [(0,)]
