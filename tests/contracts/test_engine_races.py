"""Many threads of one process at once, as chance has it: of everything that can happen only once, one wins, and the others are told.

Two processes in an order that is written down stand in `test_scripted_races.py`.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import EngineError, StepFailed, TaskAlreadyClaimed
from engine.people import Actor
from engine.registry import EffectContext, StepContext
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    message,
    on_message,
    process,
    properties,
    receive,
    service,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, Kit, person

ROUNDS = 12


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Runs all at the same moment; what each returned, or its refusal. Anything else is raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except EngineError as refusal:
            if isinstance(refusal, StepFailed):
                traceback.print_exception(refusal)  # pytest shows it where the outcome was another
            return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_many_who_claim_one_wins(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), user("a"), end(), chain("begun", "a", "done")))
    people = [person(f"p{n}", "clerk:nb") for n in range(6)]
    for turn in range(ROUNDS):
        task = kit.open(kit.start())["a"]

        outcomes = at_once(*(partial(kit.engine.claim, task, p, f"{turn}-{p.name}") for p in people))

        assert Counter(outcomes) == {None: 1, TaskAlreadyClaimed: 5}
    assert kit.rows("SELECT count(*) FROM history WHERE kind = 'claimed'") == [(ROUNDS,)]


def fired(kit: Kit) -> Sequence[tuple[str, int]]:
    return kit.rows("SELECT outcome, count(*) FROM timer GROUP BY outcome")  # type: ignore[return-value]


def test_several_pumps_fire_each_timer_and_do_each_effect_once(kit: Kit) -> None:
    done: list[str] = []

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints."""
        done.append(ctx.key)

    kit.deploy(toy_bpmn=process(start(), catch("wait", timer("PT1H")), service("print", "toys.print"), end(), chain("begun", "wait", "print", "done")))
    cases = [kit.start() for _ in range(40)]
    kit.clock.advance(timedelta(hours=1))

    at_once(*[partial(kit.engine.tick, 200)] * 4)
    kit.engine.tick(200)

    assert fired(kit) == [("fired", 40)]
    assert len(done) == len(set(done)) == 40
    assert {kit.status(case) for case in cases} == {"completed"}
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


def test_messages_delivered_at_once_reach_one_receiver_each(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(start(), receive("wait", "ping", correlation='"x"'), end(), chain("begun", "wait", "done"), references=message("ping"))
    )
    cases = [kit.start() for _ in range(ROUNDS)]

    outcomes = at_once(*(partial(kit.engine.send_message, "ping", "x", {"n": n}, f"m{n}") for n in range(6)))

    assert outcomes == ["delivered"] * 6
    assert Counter(kit.status(case) for case in cases) == {"completed": 6, "active": ROUNDS - 6}
    assert sorted(kit.variables(case)["n"] for case in cases if kit.status(case) == "completed") == list(range(6))
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


def test_messages_that_could_each_start_a_case_start_one_and_wake_it(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(inside=on_message("late")), user("work"), end(), end("noted"), chain("begun", "work", "done"), chain("again", "noted"),
            boundary("again", "work", properties(correlation="of") + on_message("late"), interrupting=False), references=message("late"),
        )
    )  # fmt: skip
    for turn in range(ROUNDS):
        letters = [partial(kit.engine.send_message, "late", f"{turn}", {"office_id": "nb", "of": f"{turn}"}, f"{turn}-{n}") for n in range(4)]

        outcomes = at_once(*letters)

        assert Counter(outcomes) == {"started": 1, "delivered": 3}
    assert len(kit.cases("toy")) == ROUNDS
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


@pytest.mark.parametrize("act", ["retry", "skip"])
def test_an_operator_who_clicks_twice_is_answered_twice_and_it_is_done_once(kit: Kit, act: str) -> None:
    operator = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Never called."""

    def click(effect_id: str) -> None:
        with kit.database.write() as session:
            if act == "retry":
                kit.engine.operations.retry(session, "effect", effect_id, operator, f"key {effect_id}")
            else:
                kit.engine.operations.skip(session, "effect", effect_id, "已电话告知", operator, f"key {effect_id}")

    kit.deploy(toy_bpmn=process(start(), service("print", "toys.print"), user("read"), end(), chain("begun", "print", "read", "done")))
    for _turn in range(ROUNDS):
        case = kit.start()
        ((effect_id,),) = kit.rows("SELECT id FROM outbox WHERE instance_id = ?", case)

        assert at_once(*[partial(click, effect_id)] * 2) == [None, None]

        assert len(kit.rows("SELECT id FROM history WHERE instance_id = ? AND kind IN ('operator_retry', 'skipped')", case)) == 1


def test_failures_of_one_task_at_the_same_moment_are_one_incident(postgres: Database, clock: ManualClock) -> None:
    kit = Kit(postgres, clock)

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Fails."""
        raise RuntimeError("台账打不开")

    kit.deploy(toy_bpmn=process(start(), user("fill"), service("book", "toys.book"), end(), chain("begun", "fill", "book", "done")))
    for _round in range(10):
        task, together = kit.open(kit.start())["fill"], Barrier(4)

        def fail(task: str = task, together: Barrier = together) -> None:
            together.wait(10)
            with pytest.raises(StepFailed):
                kit.engine.complete(task, {}, ANN, kit.key())

        with ThreadPoolExecutor(4) as pool:
            for outcome in [pool.submit(fail) for _ in range(4)]:
                outcome.result(30)

    assert kit.rows("SELECT count(*), min(attempts), max(attempts) FROM incident") == [(10, 4, 4)]
    assert kit.rows("SELECT DISTINCT incidents FROM instance") == [(1,)]
