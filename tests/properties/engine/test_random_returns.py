"""Random diagrams with random returns against an oracle that knows no token, no gateway and no graph: it takes its own blocks back.

After each return the same tasks must be ready, and the case must always come to its end. The machine is written down and read between all steps.
"""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NoWayBack
from engine.moves.planner import Plan
from tests.factories.kit import ANN, Kit
from tests.factories.track import Track
from tests.properties.engine.random_diagrams import MIXED, Oracle, Tree, draw

DIAGRAMS = 1200
BATCH = 150


class Returning:
    """A tree that is played, and that can take back what came after a task."""

    def __init__(self, tree: Tree) -> None:
        kind, content = tree
        self.kind, self.tree = kind, tree
        self.is_done = False
        self.parts: list[Returning] = []
        if kind == "sequence":
            self.parts = [Returning(content[0])]
        elif kind != "task":
            true = [inner for condition, inner in content if condition == "true"]
            chosen = [inner for _c, inner in content] if kind == "parallel" else (true or [content[-1][1]])
            self.parts = [Returning(inner) for inner in (chosen[:1] if kind == "exclusive" else chosen)]

    def ready(self) -> list[str]:
        if self.kind == "task":
            return [] if self.is_done else [self.tree[1]]
        if self.kind == "sequence":
            return self.parts[-1].ready()
        return sorted(task for part in self.parts for task in part.ready())

    def complete(self, task: str) -> None:
        if self.kind == "task":
            self.is_done = True
            return
        next(part for part in self.parts if task in part.ready()).complete(task)
        while self.kind == "sequence" and not self.parts[-1].ready() and len(self.parts) < len(self.tree[1]):
            self.parts.append(Returning(self.tree[1][len(self.parts)]))

    def holds(self, task: str) -> bool:
        return self.tree[1] == task if self.kind == "task" else any(part.holds(task) for part in self.parts)

    def passed(self) -> list[str]:
        if self.kind == "task":
            return [self.tree[1]] if self.is_done else []
        return [task for part in self.parts for task in part.passed()]

    def take_back(self, task: str) -> None:
        """The task is to be done again: of each sequence around it, what came later is gone; what stood beside it stays."""
        if self.kind == "task":
            self.is_done = False
            return
        at = next(n for n, part in enumerate(self.parts) if part.holds(task))
        self.parts[at].take_back(task)
        if self.kind == "sequence":
            del self.parts[at + 1 :]


@pytest.mark.parametrize("batch", range(DIAGRAMS // BATCH))
def test_random_returns_leave_what_the_blocks_mean(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        content, meaning = draw(seed, kinds=MIXED)
        track, oracle, rng = Track(content), Returning(meaning), random.Random(seed)
        for _step in range(60):
            assert track.ready() == oracle.ready(), f"seed {seed}"
            assert sorted(track.passed()) == sorted(oracle.passed()), f"seed {seed}"
            if not oracle.ready():
                break
            passed = oracle.passed()
            if passed and rng.random() < 0.3:
                chosen = rng.choice(passed)
                before = _places(track)
                plan = track.return_to(chosen)
                oracle.take_back(chosen)
                _sound(track, plan, before, seed)
            else:
                chosen = rng.choice(oracle.ready())
                track.complete(chosen)
                oracle.complete(chosen)
        while ready := oracle.ready():
            assert track.ready() == ready, f"seed {seed}"
            track.complete(ready[0])
            oracle.complete(ready[0])
        assert track.machine.is_finished, f"seed {seed}"


def _places(track: Track) -> dict[int, str]:
    return {id_: token.element for id_, token in track.machine.tokens.items()}


def _sound(track: Track, plan: Plan, before: dict[int, str], seed: int) -> None:
    """Each token that there was is either kept or cancelled; the kept ones stand where they stood; new are the target, what was put back, and the
    sub-processes around them that are open again.
    """
    assert set(plan.kept) | set(plan.cancelled) == set(before), f"seed {seed}"
    assert not set(plan.kept) & set(plan.cancelled), f"seed {seed}"
    now = _places(track)
    assert {id_: now.get(id_) for id_ in plan.kept} == {id_: before[id_] for id_ in plan.kept}, f"seed {seed}"
    new = sorted(element for id_, element in now.items() if id_ not in plan.kept)
    placed, graph = (plan.target, *plan.revived), track.graph()
    opened = {outer.element for node in placed for outer in graph.around(node)} - {before[id_] for id_ in plan.kept}
    assert new == sorted([*(node.element for node in placed), *opened]), f"seed {seed}"


def test_the_oracle_itself_plays_as_the_one_without_returns() -> None:
    """Two oracles that were written apart agree while nobody returns anything."""
    for seed in range(300):
        _content, meaning = draw(seed, kinds=MIXED)
        one, other, rng = Oracle(copy.deepcopy(meaning)), Returning(meaning), random.Random(seed)
        while ready := other.ready():
            assert one.ready() == ready
            chosen: Any = rng.choice(ready)
            one.complete(chosen)
            other.complete(chosen)
        assert one.ready() == []


def put_back(now: Returning, saved: Returning, task: str) -> None:
    """The task is done, and what had come after it is there again as it was; what stood beside it stays as it is now."""
    if now.kind == "task":
        now.is_done = True
        return
    at = next(n for n, part in enumerate(now.parts) if part.holds(task))
    put_back(now.parts[at], saved.parts[at], task)
    if now.kind == "sequence":
        now.parts[at + 1 :] = saved.parts[at + 1 :]


@pytest.mark.parametrize("seed", range(12))
def test_random_verbs_through_the_front_door_leave_what_the_blocks_mean(seed: int, any_database: Database, clock: ManualClock, gate_in_process: None) -> None:
    """Completing, returning, straight back, taking back, in any order, with the process started anew now and then; nothing is doubled in the tables."""
    content, meaning = draw(seed, kinds=MIXED)
    kit, oracle, rng = Kit(any_database, clock), Returning(meaning), random.Random(seed)
    kit.deploy(toy_bpmn=content)
    case, returned, moved, last = kit.start(), dict[str, tuple[Returning, int]](), 0, ""
    for _step in range(40):
        ready = oracle.ready()
        assert kit.ready(case) == ready
        if not ready:
            break
        chosen, tasks, what = rng.choice(ready), kit.open(case), rng.random()
        if what < 0.3 and (options := kit.engine.moves.options(tasks[chosen], ANN)):
            step = rng.choice(options)
            assert step.bar is None
            seen, saved = kit.engine.moves.preview(tasks[chosen], step.done.node, ANN), copy.deepcopy(oracle)
            kit.engine.moves.return_task(tasks[chosen], step.done.node, seen.version, "重核", ANN, kit.key())
            oracle.take_back(step.done.element)
            returned = {task: known for task, known in returned.items() if task in oracle.ready()}
            moved += 1
            if not seen.keeps_own:
                returned[step.done.element] = saved, moved
            last = ""
        elif what < 0.5 and chosen in returned:
            saved, at = returned.pop(chosen)
            try:
                kit.engine.moves.resubmit(tasks[chosen], {}, ANN, kit.key())
            except NoWayBack:
                assert moved > at  # only another return or taking back can have closed the way
                continue
            put_back(oracle, saved, chosen)
            last = ""
        elif what < 0.6 and last:
            ((task_id,),) = kit.rows("SELECT id FROM task WHERE instance_id = ? AND element = ? AND state = 'completed' ORDER BY id DESC LIMIT 1", case, last)
            kit.engine.moves.take_back(task_id, ANN, kit.key())
            oracle.take_back(last)
            returned = {task: known for task, known in returned.items() if task in oracle.ready()}
            moved, last = moved + 1, ""
        else:
            kit.complete(case, chosen, ANN)
            oracle.complete(chosen)
            returned.pop(chosen, None)
            last = chosen
        if rng.random() < 0.3:
            kit.forget()
    while ready := oracle.ready():
        kit.complete(case, ready[0], ANN)
        oracle.complete(ready[0])
        assert kit.ready(case) == oracle.ready()
    assert kit.status(case) == "completed"
    assert kit.rows("SELECT count(*) FROM task WHERE instance_id = ? AND state = 'open'", case) == [(0,)]
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]
