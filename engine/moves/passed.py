"""The steps to which a task may be returned, and what a return would do, in words for a page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.moves.ground import Done, Ground
from engine.moves.planner import Barred, Deed, Plan, named
from engine.moves.policy import may_return_to
from engine.tokens import Element


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that may be chosen. `whole`: it stands for a part that is begun anew; `is_before`: it lies before the task that is returned."""

    done: Done
    target: Element
    whole: bool
    is_before: bool
    bar: Barred | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of something for which the case waits."""

    element: Element
    what: str  # task, timer, message, work, join
    who: str = ""
    who_id: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a return would do: `version` is that of the case for which this holds."""

    version: int
    step: Passed
    cancelled: tuple[Fate, ...]
    kept: tuple[Fate, ...]
    undone: tuple[Done, ...]
    valid: tuple[Done, ...]  # was done, and counts as before
    deeds: tuple[Deed, ...]
    keeps_own: bool  # the task from which it is returned stays where it is


def steps(ground: Ground, token: int) -> list[Passed]:
    """The passed steps that the model lets this task return to, in the order passed; of a loop the last passage, of a part that is over one for all."""
    ahead, own = ground.before(token), ground.element(ground.graph.first(token))
    found: dict[tuple[object, ...], tuple[bool, int, Done, Element, bool]] = {}
    for at, done in enumerate(ground.done):
        node, whole = ground.entry(done.node)
        target = ground.element(node.id)
        if may_return_to(own, target.id) or may_return_to(own, done.element):
            key = (target.id, whole, node.id if node.role == "item" else 0)
            better = (done.node in ahead, at, done, target, whole)
            found[key] = max(found.get(key, better), better, key=lambda one: one[:2])
    return [
        Passed(done, target, whole, is_before, _bar(ground, done.node))
        for is_before, _at, done, target, whole in sorted(found.values(), key=lambda one: one[1])
    ]


def _bar(ground: Ground, node: int) -> Barred | None:
    plan = ground.plan(node)
    return plan if isinstance(plan, Barred) else final(plan)


def final(plan: Plan) -> Barred | None:
    """Why a plan must not be carried out: work that would be booked twice."""
    for deed in plan.deeds:
        if deed.is_final:
            zh = f"“{named(deed.element)}”已经办理并入账，再走一遍会重复办理，不能退回到它之前"
            return Barred(deed.element.id, zh, f"“{deed.element.name_en or deed.element.id}” was carried out and would be booked twice")
    return None


def preview(ground: Ground, version: int, step: Passed, plan: Plan, token: int) -> Preview:
    """What carrying out a plan would do."""
    graph, machine = ground.graph, ground.machine
    cancelled, kept = list[Fate](), list[Fate]()
    for live in machine.live():
        if live.role in {"", "item"}:
            first = graph.first(live.token)
            (cancelled if first in plan.gone else kept).append(_fate(ground, live.element, live.process, first))
    for (element_id, process), fates in _joins(ground, plan).items():
        element = ground.models(process).elements[element_id]
        cancelled += [Fate(element, "join")] * fates["cancelled"]
        kept += [Fate(element, "join")] * fates["kept"]
    keeps_own = graph.first(token) not in plan.gone
    undone = ground.undone(plan)
    valid = tuple(done for done in ground.done if done not in undone)
    return Preview(version, step, tuple(cancelled), tuple(kept), tuple(undone), valid, plan.deeds, keeps_own)


def _fate(ground: Ground, element_id: str, process: str, first: int) -> Fate:
    element = ground.models(process).elements[element_id]
    if (task := ground.open.get(first)) is not None:
        return Fate(element, "task", task.assignee_name, task.assignee_id or "")
    kinds = {"timer": "timer", "message": "message", "signal": "message", "conditional": "message"}
    return Fate(element, kinds.get(element.trigger.kind, "message" if element.kind == "receiveTask" else "work"))


def _joins(ground: Ground, plan: Plan) -> dict[tuple[str, str], Counter[str]]:
    """Of each join: branches that have come to it and are kept there, and branches that are not."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for token in ground.machine.tokens.values():
        if token.state == "arrived":
            fate = "cancelled" if ground.graph.first(token.id) in plan.gone else "kept"
            found.setdefault((token.element, ground.machine.scopes[token.scope].process), Counter())[fate] += 1
    for node in plan.revived:
        if node.is_arrived:
            found.setdefault((node.element, ground.graph.scopes[node.scope].process), Counter())["kept"] += 1
    return found
