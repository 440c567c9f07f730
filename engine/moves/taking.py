"""撤回 and 拿回: what one has sent on comes back, as long as nobody has acted on it and nothing has left the house."""

from __future__ import annotations

from typing import Any

from engine.case import Case
from engine.errors import NotActive, NotYours, NoWayBack, TooLate
from engine.link import Link
from engine.moves import telling
from engine.moves.doing import carry_out
from engine.moves.ground import Done, Ground
from engine.moves.planner import Barred, Plan, named
from engine.moves.policy import REWALK
from engine.moves.returning import draft_of, write_down
from engine.people import Actor
from engine.tokens import Machine

_STARTED = "SELECT started_by, status FROM instance WHERE id = ?"
_UNDER_WAY = "SELECT element FROM outbox WHERE instance_id = ? AND state IN ('pending', 'failed', 'held') AND (attempts > 0 OR worker <> '') LIMIT 1"


def judge(ground: Ground, actor: Actor, done: Done, *, own: bool = False) -> Plan:
    """The plan of taking a step back; raises NoWayBack, or TooLate with who or what came first. `own`: what the actor himself did since is undone too."""
    plan = ground.plan(done.node)
    if isinstance(plan, Barred):
        raise NoWayBack(plan.zh, plan.en, element=plan.element, instance=ground.instance_id)
    if plan.whole:
        raise TooLate(f"“{done.name}”所在的部分已经结束，不能再拿回", f"the part in which “{done.name_en}” stands is over", element=done.element)
    for later in ground.done:
        if later.node in plan.gone and not (own and later.person_id == actor.person_id):
            zh = f"“{later.name}”已由{later.person_name}办理，不能再撤回"
            raise TooLate(zh, f"{later.person_name} has done “{later.name_en}” already", element=later.element, instance=ground.instance_id)
    _nothing_left_the_house(ground, plan)
    _nobody_has_begun(ground, actor, plan)
    return plan


def _nothing_left_the_house(ground: Ground, plan: Plan | None) -> None:
    deeds = plan.deeds if plan is not None else ()
    for deed in deeds:
        if deed.is_final or deed.is_message:
            what = "发出" if deed.is_message else "办理"
            zh = f"“{named(deed.element)}”已经{what}，不能再撤回"
            en = f"“{deed.element.name_en or deed.element.id}” has been {'sent' if deed.is_message else 'carried out'}"
            raise TooLate(zh, en, element=deed.element.id, instance=ground.instance_id)
    row = ground.link.one(_UNDER_WAY, ground.instance_id)
    if row is not None:
        raise TooLate("后续的自动办理已经开始，不能再撤回", "work that follows is under way", element=row[0], instance=ground.instance_id)


def _nobody_has_begun(ground: Ground, actor: Actor, plan: Plan | None) -> None:
    for node, task in ground.open.items():
        if task.is_begun and task.assignee_id != actor.person_id and (plan is None or node in plan.gone):
            zh = f"“{task.name}”已由{task.assignee_name or '同事'}认领，不能再撤回"
            raise TooLate(zh, f"“{task.name_en}” is in the hands of {task.assignee_name}", element=task.element, instance=ground.instance_id)
        if task.answered_by and (plan is None or node in plan.gone):
            zh = f"{task.answered_by}已就“{task.name}”签署或者答复，不能再撤回"
            raise TooLate(zh, f"{task.answered_by} has answered at “{task.name_en}” already", element=task.element, instance=ground.instance_id)


def last_of(ground: Ground, task_id: str, actor: Actor) -> Done:
    """The step that an actor did; raises NotYours where it was somebody else, NoWayBack where it counts no longer."""
    done = next((one for one in ground.done if one.task_id == task_id), None)
    if done is None:
        raise NoWayBack("这一环节已被退回或重新办理，没有可以拿回的", "this step counts no longer", instance=ground.instance_id)
    if done.person_id != actor.person_id:
        raise NotYours("只有办理人本人可以拿回", instance=ground.instance_id)
    return done


def take_back(case: Case, task_id: str) -> dict[str, Any]:
    """The task is open again with its doer, and holds as a draft what he had entered."""
    ground = ground_of(case.link, case.ref.instance_id, case.machine, case)
    done = last_of(ground, task_id, case.actor)
    return _back(case, ground, done, judge(ground, case.actor, done), "taken_back", "")


def withdraw(case: Case, reason: str) -> dict[str, Any]:
    """The case is back with its starter: at the first step that he did, or ended where the first step is somebody else's."""
    ground = ground_of(case.link, case.ref.instance_id, case.machine, case)
    done = judge_withdrawal(ground, case.actor)
    if done is not None:
        return _back(case, ground, done, judge(ground, case.actor, done, own=True), "withdrawn", reason)
    told = telling.Withdrawn.of(case, ground.open.values())
    case.status = "cancelled"
    case.note("withdrawn_case", "", case.ref.title, {"reason": reason})
    case.machine.cancel()
    case.kernel.clocks.end(case.session, case.ref.instance_id)
    telling.tell(case, "withdrawn", told, reason)
    case.tell_parties("stopped", reason)
    return {"instance_id": case.ref.instance_id, "tasks": []}


def judge_withdrawal(ground: Ground, actor: Actor) -> Done | None:
    """The step at which the case comes back to its starter, or None where he did none; raises NotYours, TooLate."""
    row = ground.link.one(_STARTED, ground.instance_id)
    if row is None or row[0] != actor.person_id:
        raise NotYours("只有发起人可以撤回案件", instance=ground.instance_id)
    for done in ground.done:
        if done.person_id != actor.person_id:
            raise TooLate(f"“{done.name}”已由{done.person_name}办理，不能再撤回", f"{done.person_name} has done “{done.name_en}” already", element=done.element)
    if ground.done:
        first = _first(ground)
        judge(ground, actor, first, own=True)
        return first
    for id_ in ground.graph.deeds:
        element = ground.element(id_) if id_ in ground.graph.nodes else None
        if element is not None and not (element.topic and element.properties.get("repeatable", "") == "yes"):
            raise TooLate(f"“{named(element)}”已经办理，不能再撤回", f"“{element.name_en or element.id}” has been carried out", element=element.id)
    _nothing_left_the_house(ground, None)
    _nobody_has_begun(ground, actor, None)
    return None


def _first(ground: Ground) -> Done:
    """Of the steps that count the first that came of no other; one that went straight back was done last, and is the first still."""
    nodes = {done.node for done in ground.done}
    return next(done for done in ground.done if not nodes & ground.before(done.node))


def ground_of(link: Link, instance_id: str, machine: Machine, case: Case) -> Ground:
    """The ground of a case at work; raises NotActive where it is over."""
    if case.status != "active":
        raise NotActive(instance=instance_id)
    return Ground(link, instance_id, machine, case.procedure.models.__getitem__, lock=True)


def _back(case: Case, ground: Ground, done: Done, plan: Plan, kind: str, reason: str) -> dict[str, Any]:
    element, actor = ground.element(done.node), case.actor
    told = telling.Withdrawn.of(case, (one for node, one in ground.open.items() if node in plan.gone))
    draft = draft_of(case.link, case.ref.instance_id, done.task_id)
    token, _with_it = carry_out(case, ground.graph, plan)
    case.handed[token.id] = actor.person_id, actor.name
    case.note("withdrawn_case" if kind == "withdrawn" else kind, element.id, element.name, {"task": done.task_id, **({"reason": reason} if reason else {})})
    case.run()
    task = case.waiting.tasks[token.id]
    if task[11] != actor.person_id:
        raise NotYours("您已没有办理这一环节的岗位，不能再拿回", instance=case.ref.instance_id)
    write_down(case, kind, element, token, reason, REWALK, None)
    if draft is not None:
        case.afterwards.append(("UPDATE task SET draft = ? WHERE id = ?", (draft, task[0])))
    telling.tell(case, kind, told, reason)
    return {"instance_id": case.ref.instance_id, "tasks": [task[0]]}
