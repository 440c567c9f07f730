"""Moves against everything else that may happen to a case at the same moment, in both orders: the second sees what the first did, or that it died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from engine.case import written
from engine.errors import CaseMoved, NoWayBack, TaskNotOpen, TooLate
from tests.factories.bpmn import boundary, chain, end, gateway, process, properties, start, timer, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.races import Died, Pair

WALK = process(
    properties(may_cancel="chief"), start(), user("fill"), gateway("parallel", "split"), user("a"), boundary("late", "a", timer("PT1H")), user("urge"),
    user("b"), gateway("exclusive", "merge"), gateway("parallel", "join"), user("last"), end(), chain("begun", "fill", "split", "a", "merge", "join", "last", "done"),
    chain("late", "urge", "merge"), chain("split", "b", "join"),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What two people have before them when they act at the same moment."""

    case: str
    version: int
    node: int
    tasks: dict[str, str]
    done: dict[str, str]


Act = Callable[[Kit, Seen], object]


def send_back(element: str) -> Act:
    def act(kit: Kit, seen: Seen) -> str:
        kit.engine.moves.return_task(seen.tasks[element], seen.node, seen.version, "重填", BOB, kit.key())
        return "returned"

    return act


def complete(element: str) -> Act:
    def act(kit: Kit, seen: Seen) -> str:
        kit.engine.complete(seen.tasks[element], {}, ANN, kit.key())
        return "done"

    return act


def take_back(kit: Kit, seen: Seen) -> str:
    kit.engine.moves.take_back(seen.done["fill"], ANN, kit.key())
    return "taken"


def withdraw(kit: Kit, seen: Seen) -> str:
    kit.engine.moves.withdraw(seen.case, "写错了", ANN, kit.key())
    return "withdrawn"


def claim(kit: Kit, seen: Seen) -> str:
    kit.engine.claim(seen.tasks["b"], BOB, kit.key())
    return "claimed"


def tick(kit: Kit, seen: Seen) -> str:
    kit.engine.tick()
    return "ticked"


def cancel(kit: Kit, seen: Seen) -> str:
    kit.engine.cancel_case(seen.case, "终止", CHIEF, kit.key())
    return "ended"


@dataclass(frozen=True)
class Race:
    """Two acts; what the second hears after the first, each way round; what is open after each alone, and after one was followed by the other."""

    one: Act
    other: Act
    one_first: tuple[object, object, str]
    other_first: tuple[object, object, str]
    alone: tuple[str, str]
    passes: str = ""


RACES = {
    "return/complete of the same task": Race(send_back("b"), complete("b"), ("returned", TaskNotOpen, "fill"), ("done", TaskNotOpen, "a"), ("fill", "a")),
    "return/complete of another task": Race(send_back("b"), complete("a"), ("returned", TaskNotOpen, "fill"), ("done", CaseMoved, "b"), ("fill", "b")),
    "return/return of the same": Race(send_back("b"), send_back("b"), ("returned", TaskNotOpen, "fill"), ("returned", TaskNotOpen, "fill"), ("fill", "fill")),
    "return/return of another": Race(send_back("a"), send_back("b"), ("returned", TaskNotOpen, "fill"), ("returned", TaskNotOpen, "fill"), ("fill", "fill")),
    "return/timer": Race(send_back("b"), tick, ("returned", "ticked", "fill"), ("ticked", CaseMoved, "b urge"), ("fill", "b urge"), "other"),
    "return/terminate": Race(send_back("b"), cancel, ("returned", "ended", ""), ("ended", TaskNotOpen, ""), ("fill", "")),
    "take back/claim": Race(take_back, claim, ("taken", TaskNotOpen, "fill"), ("claimed", TooLate, "a b"), ("fill", "a b")),
    "take back/complete": Race(take_back, complete("b"), ("taken", TaskNotOpen, "fill"), ("done", TooLate, "a"), ("fill", "a")),
    "take back/take back": Race(take_back, take_back, ("taken", NoWayBack, "fill"), ("taken", NoWayBack, "fill"), ("fill", "fill")),
    "withdraw/claim": Race(withdraw, claim, ("withdrawn", TaskNotOpen, "fill"), ("claimed", TooLate, "a b"), ("fill", "a b")),
}


def prepared(kit: Kit) -> Seen:
    kit.deploy(toy_bpmn=WALK)
    case = kit.engine.start("toy", office_id="nb", actor=ANN, key=kit.key(), title="一件案子").instance_id
    done = kit.open(case)
    kit.complete(case, "fill", ANN)
    tasks = kit.open(case)
    (step,) = kit.engine.moves.options(tasks["b"], BOB)
    version = kit.engine.moves.preview(tasks["b"], step.done.node, BOB).version
    kit.clock.advance(timedelta(hours=2))
    return Seen(case, version, step.done.node, tasks, done)


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("first", ["one", "other"])
@pytest.mark.parametrize("name", RACES)
def test_the_second_sees_what_the_first_has_done_or_that_it_died(
    kits: tuple[Kit, Kit], name: str, first: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = kits
    chosen, seen = RACES[name], prepared(kits[0])
    pair = Pair(kits, partial(chosen.one, here, seen), partial(chosen.other, there, seen), chosen.passes)

    came = pair.play(monkeypatch, first, fate, lambda work: bool(written(work)) or "claim" in name)

    if "timer" in name:  # what was passed over while the case was locked is looked at again
        here.engine.tick()
    wanted = chosen.one_first if first == "one" else chosen.other_first
    other = chosen.other_first if first == "one" else chosen.one_first
    if fate == "commits":
        assert (*came, " ".join(here.ready(seen.case))) == wanted
    else:
        assert came == (Died, other[0])
        assert " ".join(here.ready(seen.case)) == chosen.alone[1 if first == "one" else 0]
    assert here.rows("SELECT count(*) FROM incident") == [(0,)]
