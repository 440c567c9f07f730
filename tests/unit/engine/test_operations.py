"""Operators see what stands still and may have it tried again or pass over it, with a reason; each act is in the history of the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from db.clock import ManualClock
from db.session import Database
from engine import incidents
from engine.errors import Declined, NotFound, NotYours, StepFailed
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.registry import EffectContext, StepContext
from engine.troubles import EFFECT, HELD, MESSAGE, OTHER, RETRYING, STOPPED, TIMER, Query, Trouble
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    gateway,
    message,
    process,
    properties,
    send,
    service,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, Kit

OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))
FAR = Actor("far", "远方", frozenset(), ("sz/",), roles=frozenset({"system_administrator"}))


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("打印机没有纸")

    @kit.registry.effect("toys.number", skippable=False)
    def number(ctx: EffectContext) -> None:
        """Fails, and must be done."""
        raise OSError("编号服务未启动")

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Fails."""
        raise RuntimeError("台账打不开")

    return kit


def printing(kit: Kit, topic: str = "toys.print") -> str:
    kit.deploy(toy_bpmn=process(start(), service("print", topic), user("read"), end(), chain("begun", "print", "read", "done")))
    return kit.start()


def exhaust(kit: Kit) -> None:
    for _attempt in range(9):
        kit.engine.tick()
        kit.clock.advance(timedelta(hours=7))


def listed(kit: Kit, actor: Actor = OPERATOR, **query: object) -> list[Trouble]:
    return kit.engine.operations.listed(actor, Query(**query))[0]  # type: ignore[arg-type]


def retry(kit: Kit, trouble: Trouble, actor: Actor = OPERATOR) -> None:
    with kit.database.write() as session:
        kit.engine.operations.retry(session, trouble.kind, trouble.id, actor, kit.key())


def skip(kit: Kit, trouble: Trouble, reason: str = "已电话告知", actor: Actor = OPERATOR, key: str = "") -> None:
    with kit.database.write() as session:
        kit.engine.operations.skip(session, trouble.kind, trouble.id, reason, actor, key or kit.key())


def leased(kit: Kit, worker: str) -> Trouble:
    """An effect that failed once and is being done again by this worker, as the list showed it just before."""
    printing(kit)
    kit.engine.tick()
    kit.clock.advance(timedelta(seconds=5))
    (trouble,) = listed(kit)
    until = kit.clock.now() + timedelta(minutes=2)
    with kit.database.write() as session:
        link = Link(session)
        link.run("UPDATE outbox SET worker = ?, external = ?, due_at = ?", worker, int(worker != "engine"), link.moment(until))
    return trouble


def told(kit: Kit, case: str) -> list[tuple[str, str]]:
    return kit.rows("SELECT kind, person_name FROM history WHERE instance_id = ? AND person_id = 'op' ORDER BY id", case)  # type: ignore[return-value]


def test_an_effect_is_shown_while_it_is_tried_again_and_when_it_has_stopped(kit: Kit) -> None:
    case = printing(kit)
    kit.engine.tick()
    (first,) = listed(kit)
    exhaust(kit)
    (last,) = listed(kit)

    assert (first.state, first.attempts, first.next_at) == (RETRYING, 1, kit.clock.now() - timedelta(hours=63) + timedelta(seconds=5))
    assert (last.state, last.attempts, last.next_at) == (STOPPED, 8, None)
    assert (last.kind, last.what, last.reason, last.instance_id, last.title) == (EFFECT, "toys.print", "打印机没有纸", case, "一件案子")


def test_the_list_is_narrowed_by_state_kind_procedure_and_age(kit: Kit) -> None:
    printing(kit)
    exhaust(kit)

    assert listed(kit, state=RETRYING) == listed(kit, kind=TIMER) == listed(kit, procedure="other") == []
    assert listed(kit, older=timedelta(days=30)) == []
    assert len(listed(kit, state=STOPPED, kind=EFFECT, procedure="toys", older=timedelta(hours=1))) == 1


def test_a_case_is_named_only_to_those_who_see_it_and_the_list_is_for_operators(kit: Kit) -> None:
    printing(kit)
    exhaust(kit)

    (unseen,) = listed(kit, FAR)
    assert (unseen.is_seen, unseen.title) == (False, "")
    with pytest.raises(NotYours):
        listed(kit, ANN)
    with pytest.raises(NotYours):
        retry(kit, unseen, ANN)


def test_a_skipped_effect_lets_its_token_go_on_and_the_history_says_why(kit: Kit) -> None:
    case = printing(kit)
    exhaust(kit)
    (trouble,) = listed(kit)

    skip(kit, trouble, key="once")
    skip(kit, trouble, key="once")

    assert list(kit.open(case)) == ["read"]
    assert listed(kit) == []
    assert told(kit, case)[0] == ("skipped", "高博")
    assert kit.rows("SELECT state, last_error FROM outbox") == [("skipped", "已电话告知")]
    with pytest.raises(Declined, match="已经办成或已撤销"):
        skip(kit, trouble)


def test_an_effect_that_must_be_done_and_a_reason_that_is_missing_are_refused(kit: Kit) -> None:
    case = printing(kit, "toys.number")
    exhaust(kit)
    (trouble,) = listed(kit)

    with pytest.raises(Declined, match="必须办成"):
        skip(kit, trouble)
    with pytest.raises(Declined, match="理由"):
        skip(kit, trouble, " ")
    assert list(kit.open(case)) == []


def test_a_retry_makes_it_due_and_closes_the_incident(kit: Kit) -> None:
    case = printing(kit)
    exhaust(kit)
    (trouble,) = listed(kit)

    retry(kit, trouble)

    assert listed(kit, state=STOPPED) == []
    assert told(kit, case) == [("operator_retry", "高博")]
    assert kit.engine.tick().failures == 1
    with pytest.raises(NotFound):
        retry(kit, Trouble(**{**vars(trouble), "id": "0" * 32}))


def test_a_skip_after_which_the_case_cannot_go_on_is_undone_whole(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), service("print", "toys.print"), service("book", "toys.book"), end(), chain("begun", "print", "book", "done")))
    kit.start()
    exhaust(kit)
    (trouble,) = listed(kit)

    with pytest.raises(StepFailed, match="台账打不开"):
        skip(kit, trouble)

    assert kit.rows("SELECT state FROM outbox") == [("failed",)]
    assert len(listed(kit)) == 1


def test_a_timer_at_the_edge_of_a_task_may_be_passed_over_one_in_the_way_may_not(kit: Kit) -> None:
    edge = process(
        start(), user("fill"), boundary("late", "fill", timer("PT1H"), interrupting=False), service("book", "toys.book"), end(), end("rung"),
        chain("begun", "fill", "done"), chain("late", "book", "rung"), id_="edge",
    )  # fmt: skip
    way = process(start(), catch("wait", timer("PT1H")), service("book", "toys.book"), end(), chain("begun", "wait", "book", "done"), id_="way")
    kit.deploy(edge_bpmn=edge, way_bpmn=way)
    at_edge, in_way = kit.start("edge"), kit.start("way")
    exhaust(kit)
    troubles = {trouble.instance_id: trouble for trouble in listed(kit, kind=TIMER, state=STOPPED)}

    skip(kit, troubles[at_edge])
    with pytest.raises(Declined, match="停在这个定时上"):
        skip(kit, troubles[in_way])

    kit.complete(at_edge, "fill")
    assert kit.status(at_edge) == "completed"
    assert [trouble.instance_id for trouble in listed(kit)] == [in_way]


def test_what_is_withdrawn_takes_its_incident_along(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(
        properties(may_cancel="clerk"), start(), gateway("parallel", "split"), service("print", "toys.print"), boundary("late", "print", timer("P5D")), user("fill"),
        service("book", "toys.book"), end("printed"), end("passed"), end(), chain("begun", "split", "print", "printed"), chain("late", "passed"),
        chain("split", "fill", "book", "done"),
    ))  # fmt: skip
    first, second = kit.start(), kit.start()
    for case in (first, second):
        with pytest.raises(StepFailed, match="台账打不开"):
            kit.complete(case, "fill")
    for _attempt in range(9):
        kit.engine.tick()
        kit.clock.advance(timedelta(hours=7))
    assert sorted(trouble.kind for trouble in listed(kit, state=STOPPED)) == ["effect", "effect", "task", "task"]

    kit.engine.cancel_case(second, "撤回", ANN, kit.key())
    assert [trouble.instance_id for trouble in listed(kit)] == [first, first]

    kit.clock.advance(timedelta(days=5))
    kit.engine.tick()
    assert [(trouble.kind, trouble.instance_id) for trouble in listed(kit)] == [("task", first)]
    assert kit.rows("SELECT id, incidents FROM instance ORDER BY id") == sorted([(first, 1), (second, 0)])


def test_a_message_between_cases_is_tried_again_but_never_passed_over(kit: Kit) -> None:
    asking = process(start(), send("ask", "letter"), end(), chain("begun", "ask", "done"), id_="asking", references=message("letter"))
    answering = process(start(inside='<messageEventDefinition messageRef="letter"/>'), end(), chain("begun", "done"), id_="answering", references=message("letter"))
    kit.deploy(asking_bpmn=asking, answering_bpmn=answering)
    kit.start("asking")
    exhaust(kit)
    (trouble,) = listed(kit)

    assert (trouble.kind, trouble.what, trouble.state) == (MESSAGE, "letter", STOPPED)
    with pytest.raises(Declined, match="不能跳过"):
        skip(kit, trouble)
    retry(kit, trouble)


def test_what_is_held_back_is_not_done_until_it_is_sent_or_said_to_be_done(kit: Kit) -> None:
    first, second = printing(kit, "toys.number"), kit.start()
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET state = 'held'")
    assert kit.engine.tick().total == 0
    assert kit.engine.vitals().jobs_held == {"toys.number": 2}
    held = {trouble.instance_id: trouble for trouble in kit.engine.operations.bulk(OPERATOR, Query(state=HELD))}

    retry(kit, held[first])
    skip(kit, held[second], "恢复前已经发出")

    assert kit.engine.tick().failures == 1
    assert list(kit.open(second)) == ["read"]
    assert listed(kit, state=HELD) == []


@pytest.mark.parametrize("worker", ["engine", "station-3"])
@pytest.mark.parametrize("act", [retry, skip])
def test_what_somebody_has_in_hand_is_not_given_away_before_the_lease_is_over(
    kit: Kit, worker: str, act: Callable[[Kit, Trouble], None]
) -> None:
    trouble = leased(kit, worker)
    before = kit.rows("SELECT state, worker, attempts, due_at FROM outbox")

    with pytest.raises(Declined, match="正在办理"):
        act(kit, trouble)
    assert kit.rows("SELECT state, worker, attempts, due_at FROM outbox") == before
    assert listed(kit) == []

    kit.clock.advance(timedelta(minutes=2))
    assert len(listed(kit)) == 1
    act(kit, trouble)
    assert kit.rows("SELECT worker FROM outbox") == [("",)]


def test_the_filters_count_before_the_list_is_cut_off(kit: Kit) -> None:
    ringing = process(start(), catch("wait", timer("PT1H")), service("book", "toys.book"), end(), chain("begun", "wait", "book", "done"), id_="ringing")
    kit.deploy("ringing", ringing_bpmn=ringing)
    stopped = kit.start("ringing")
    exhaust(kit)
    printing(kit)
    exhaust(kit)
    retried = kit.start("ringing")
    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()
    kit.start()
    kit.engine.tick()

    def first(**query: str) -> tuple[list[tuple[str, str]], bool]:
        found, has_more = kit.engine.operations.listed(OPERATOR, Query(**query), 1)
        return [(trouble.kind, trouble.state) for trouble in found], has_more

    assert first(state=RETRYING, kind=TIMER) == ([(TIMER, RETRYING)], False)
    assert first(state=RETRYING) == ([(TIMER, RETRYING)], True)
    assert first(state=STOPPED) == ([(TIMER, STOPPED)], True)
    assert first(state=STOPPED, kind=EFFECT) == ([(EFFECT, STOPPED)], False)
    assert first(kind=OTHER) == first(state=HELD) == ([], False)
    assert [t.instance_id for t in listed(kit, kind=TIMER)] == [stopped, retried]


@pytest.mark.parametrize("act", [retry, skip])
def test_a_database_that_is_away_is_no_failure_of_the_case(kit: Kit, act: Callable[[Kit, Trouble], None], monkeypatch: pytest.MonkeyPatch) -> None:
    printing(kit)
    exhaust(kit)
    (trouble,) = listed(kit)

    def away(*_given: object) -> None:
        raise psycopg.OperationalError("the connection was cut")

    monkeypatch.setattr(incidents, "resolve_job", away)

    with pytest.raises(psycopg.OperationalError):
        act(kit, trouble)


def test_whoever_sees_the_case_has_one_more_attempt_and_the_incident_stays_until_it_is_done(kit: Kit) -> None:
    case = printing(kit)
    exhaust(kit)
    (incident,) = kit.engine.case(case, ANN).incidents

    assert not kit.engine.retry_incident(incident.id, ANN, kit.key())
    kit.engine.tick()

    assert [(i.id, i.reason) for i in kit.engine.case(case, ANN).incidents] == [(incident.id, "打印机没有纸")]
    assert kit.rows("SELECT state, attempts FROM outbox") == [("failed", 9)]
    assert [row.kind for row in kit.engine.case(case, ANN).history if row.kind == "retried"] == ["retried"]
    assert kit.rows("SELECT attempts FROM incident") == [(2,)]


def test_what_is_held_back_after_a_restore_is_for_operators_alone(kit: Kit) -> None:
    case = printing(kit)
    exhaust(kit)
    (incident,) = kit.engine.case(case, ANN).incidents
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET state = 'held'")

    with pytest.raises(Declined, match="系统管理员核实"):
        kit.engine.retry_incident(incident.id, ANN, kit.key())

    assert kit.rows("SELECT state FROM outbox") == [("held",)]


def failing_start(kit: Kit, broken: list[bool]) -> None:
    @kit.registry.operation("toys.begin")
    def begin(ctx: StepContext) -> None:
        """Fails until it is mended."""
        if broken:
            raise RuntimeError("台账打不开")

    kit.deploy(toy_bpmn=process(start(), service("begin", "toys.begin"), user("a"), end(), chain("begun", "begin", "a", "done")))
    for _twice in range(2):
        with pytest.raises(StepFailed):
            kit.engine.start("toy", office_id="nb", actor=SYSTEM, key="once", title="一件案子")
    assert kit.rows("SELECT attempts FROM incident") == [(2,)]


def test_a_start_that_goes_through_after_all_leaves_no_incident_behind(kit: Kit) -> None:
    broken = [True]
    failing_start(kit, broken)

    broken.clear()
    kit.engine.start("toy", office_id="nb", actor=SYSTEM, key="once", title="一件案子")

    assert kit.rows("SELECT count(*) FROM incident WHERE resolved_at IS NULL") == [(0,)]


def test_a_start_that_nobody_wants_any_more_is_closed_by_an_operator(kit: Kit) -> None:
    failing_start(kit, [True])
    (trouble,) = listed(kit)
    assert (trouble.kind, trouble.instance_id) == ("other", None)

    with pytest.raises(Declined, match="理由"):
        skip(kit, trouble, "")
    skip(kit, trouble, "已改用纸质办理")

    assert listed(kit) == []
    with pytest.raises(Declined, match="已经处理"):
        skip(kit, trouble)
