"""The way of one case, written from ADR 14: which steps are done, which tasks are open, what a move undoes, keeps and puts back.

It knows no token: a step is open when the steps before it are done and count. What comes of a step is gone when the step is done again;
what stands beside it stays. Whether somebody may have a task again that he had is asked of `may_have`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.properties.engine.verbs.diagram import JOINED, NEEDS, SIGNED_BY, STEPS, STRAIGHT_BACK, VOUCHES_FOR_NOTE, after, before
from tests.properties.engine.verbs.people import No
from tests.properties.engine.verbs.seats import Seats

Values = dict[str, Any]


@dataclass(eq=False)
class Task:
    """One opening of a step. `is_claimed`: its holder has taken it himself; `way`: how he wanted it to go on when he handed it in."""

    step: str
    holder: str = ""
    is_claimed: bool = False
    draft: Values | None = None
    seats: Seats = field(default_factory=Seats)
    state: str = "open"
    doer: str = ""
    entered: Values = field(default_factory=dict)
    way: str = ""
    came: Return | None = None

    def is_begun(self) -> bool:
        return self.is_claimed or self.draft is not None


@dataclass(frozen=True)
class Held:
    """An open task that a return took away, as the direct way gives it back."""

    holder: str
    is_claimed: bool
    draft: Values | None


@dataclass(frozen=True)
class Return:
    """Why a task is open again. `parked` is None where the task that was returned stayed open: there is no direct way to it then."""

    by_step: str
    parked: Parked | None


@dataclass(frozen=True)
class Parked:
    """What the direct way puts back, and what must be as it was."""

    done: dict[str, Task]
    open: dict[str, Held]
    stood: dict[str, Task]  # branches that had come to the join, and were put back to it
    between: frozenset[str]  # steps between that had signed
    note: str


class Way:
    """Where a case stands."""

    def __init__(self, may_have: Callable[[str, str], bool]) -> None:
        self.may_have = may_have
        self.tasks: list[Task] = []
        self.done: dict[str, Task] = {}  # the steps that count
        self.values: Values = {}
        self.signed: Values = {}  # step → what those who signed it came to
        self.status = "active"
        self.go_on()

    # --- where it stands -----------------------------------------------------------------------------------------------------

    @property
    def open(self) -> dict[str, Task]:
        return {task.step: task for task in self.tasks if task.state == "open"}

    def doers(self, step: str) -> set[str]:
        """Whoever ever did a step, also what counts no longer; or signed it, or filled it in for its holder."""
        mine = [task for task in self.tasks if task.step == step]
        beside = {s.person for task in mine for s in task.seats if s.kind != "ask" and s.state in {"agreed", "refused", "answered"}}
        return beside | {task.doer for task in mine if task.doer}

    # --- going on ------------------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Opens what can be begun now; closes the case where nothing can."""
        there = self.open
        for step in STEPS:
            if step not in self.done and step not in there and all(need in self.done for need in NEEDS[step]):
                self.begin(step)
        if len(self.done) == len(STEPS):
            self.status = "completed"

    def begin(self, step: str, held: Held | None = None) -> Task:
        """A step is open, for whoever had it if he may have it again; whom the model names is asked."""
        task = Task(step)
        if held is not None:
            task.draft = held.draft
            if held.holder and self.may_have(held.holder, step):
                task.holder, task.is_claimed = held.holder, held.is_claimed
        if step in SIGNED_BY:
            rule, signers = SIGNED_BY[step]
            task.seats.add("sign", signers, rule, waits=False, of_model=True)
        self.tasks.append(task)
        return task

    def finish(self, task: Task, who: str, entered: Values, way: str) -> None:
        """A task is done, and goes on step by step, or straight back to whoever returned it; raises No where that way is closed."""
        values = {**self.values, **entered}
        direct = self._straight_back(task, way, values)
        self.values = values
        if (signed := task.seats.signed()) is not None:
            self.signed[task.step] = signed
        self._close(task, "completed")
        task.doer, task.entered, self.done[task.step] = who, entered, task
        if direct is not None:
            self.done.update(direct.done)
            for step, held in direct.open.items():
                self.begin(step, held)
        self.go_on()

    def _straight_back(self, task: Task, way: str, values: Values) -> Parked | None:
        is_open = task.came is not None and task.came.parked is not None and self._is_as_left(task.came.parked, values)
        if way == "direct" and not is_open:
            raise No("NoWayBack")
        if way != "direct" and is_open and task.came is not None and task.came.by_step == STRAIGHT_BACK:
            raise No("NoWayBack")
        return task.came.parked if task.came is not None and way == "direct" else None

    def _is_as_left(self, parked: Parked, values: Values) -> bool:
        stands = all(self.done.get(step) is task for step, task in parked.stood.items())
        return stands and (values["note"] == parked.note or not parked.between & VOUCHES_FOR_NOTE)

    def _close(self, task: Task, state: str) -> None:
        task.state = state
        task.seats.close()

    # --- going back ----------------------------------------------------------------------------------------------------------

    def send_back(self, task: Task, to: str, by: str) -> None:
        """驳回: what came of the step is gone; where the returned task is among it, it is kept for the direct way."""
        there, gone, doer = self.open, after(to), self.done[to].doer
        parked = None
        if task.step in gone:
            held = {step: Held(one.holder, one.is_claimed, one.draft) for step, one in there.items() if step in gone}
            held[task.step] = Held(by, False, None)
            has_joined = "judge" in gone and ("judge" in there or "judge" in self.done)
            stood = {step: self.done[step] for step in JOINED if has_joined and step != to and step not in gone}
            done = {step: one for step, one in self.done.items() if step in gone}
            parked = Parked(done, held, stood, frozenset(done) & before(task.step), self.values["note"])
        again = self._undo(to, Held(doer, False, None))
        again.came = Return(task.step, parked)

    def take_back(self, step: str, who: str) -> None:
        """拿回, 撤回: the step is open with its doer, who finds what he had entered."""
        entered = self.done[step].entered
        self._undo(step, Held(who, False, dict(entered) or None))

    def _undo(self, to: str, held: Held) -> Task:
        gone = after(to)
        for step, task in self.open.items():
            if step in gone:
                self._close(task, "cancelled")
        self.done = {step: task for step, task in self.done.items() if step != to and step not in gone}
        return self.begin(to, held)

    def cancel(self) -> None:
        """终止: nothing is open any more."""
        for task in self.open.values():
            self._close(task, "cancelled")
        self.status = "cancelled"

    def foresee(self, task: Task, to: str) -> dict[str, Any]:
        """What a return would do, as its page must say it."""
        there, gone = self.open, after(to)
        undone = {step for step in self.done if step == to or step in gone}
        arrived = [step for step in JOINED if step in self.done and to != "judge"]
        has_joined = "judge" in there or "judge" in self.done
        return {
            "cancelled": sorted(there.keys() & gone), "kept": sorted(there.keys() - gone), "undone": sorted(undone), "keeps_own": task.step not in gone,
            "at_the_join": (sum(step in undone for step in arrived if not has_joined), sum(step not in undone for step in arrived)),
        }  # fmt: skip
