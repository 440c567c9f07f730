"""驳回: a task is returned to a step that was really passed, in one step of the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from db.ids import new_id
from db.types import dump_json
from engine import dossiers
from engine.case import Case
from engine.codec import encode
from engine.errors import CaseMoved, NoWayBack
from engine.kernel import Kernel
from engine.link import Link
from engine.moves import telling
from engine.moves.doing import carry_out
from engine.moves.ground import Ground
from engine.moves.parking import fingerprints, park
from engine.moves.passed import Passed, final, steps
from engine.moves.planner import Barred, Plan
from engine.moves.policy import DIRECT, WAYS, may_return, resubmit
from engine.moves.resubmitting import known, remember
from engine.parties import completing
from engine.tasks import LookWithCase, OpenTask, bar_preparers, require_mine
from engine.tokens import Element, Token

_INSERT = (
    "INSERT INTO task_return (id, instance_id, kind, token, element, from_element, from_name, person_id, person_name, at, reason, resubmit,"
    " parked, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
REASON_LIMIT = 1000


def return_task(
    kernel: Kernel, session: Session, link: Link, look: LookWithCase, node: int, version: int, reason: str
) -> dict[str, Any]:  # fmt: skip
    """Carries out what was shown to the person at this version of the case; returns what is open next."""
    task = require_mine(look)
    if task.attended:
        completing.require_movable(link, task.id, task.instance_id)  # what was handed in goes on by itself: it is taken back first
    case = look.case(kernel, session, link)
    case.actor = task.done_by(look.actor)
    element = case.machine.element(case.machine.tokens[task.token])
    case.at_element = element.id
    bar_preparers(link, task.instance_id, element, case.actor)
    if case.version != version:
        raise CaseMoved(instance=case.ref.instance_id)
    ground = Ground(link, case.ref.instance_id, case.machine, case.procedure.models.__getitem__, lock=True)
    step, plan = choose(ground, element, task.token, node)
    told = telling.Withdrawn.of(case, (one for node, one in ground.open.items() if node in plan.gone))
    parked = _park(case, ground, plan, element, task)
    token, back = carry_out(case, ground.graph, plan)
    if parked is not None:  # compared where the target stands: what a run inside has of its own is parked, and out of reach until then
        parked |= {"back": back, "token": token.id, "seen": fingerprints(case.view(case.machine.scopes[token.scope]).flat())}
    if not step.whole:
        case.handed[token.id] = step.done.person_id, step.done.person_name
    details = {"reason": reason, "to": step.target.id, "to_name": step.target.name, "to_name_en": step.target.name_en, "task": task.id}
    case.note("returned", element.id, element.name, details)
    case.run()
    write_down(case, "returned", element, token, reason, resubmit(element), parked)
    telling.tell(case, "returned", told, reason, (step.target, token))
    case.flush()
    return {"instance_id": case.ref.instance_id, "tasks": [row[0] for row in case.waiting.tasks.values()]}


def choose(ground: Ground, element: Element, token: int, node: int) -> tuple[Passed, Plan]:
    """The step that was chosen with its plan; raises NoWayBack where it may not be returned to."""
    if not may_return(element):
        raise NoWayBack("按流程规定，这一环节不能退回", "this step may not be returned", element=element.id)
    step = next((one for one in steps(ground, token) if one.done.node == node), None)
    if step is None:
        raise NoWayBack("所选的环节没有走过，或者按流程规定不能退回到它", "that step was not passed, or the model does not let it be returned to")
    plan = ground.plan(node)
    bar = plan if isinstance(plan, Barred) else final(plan)
    if bar is not None or isinstance(plan, Barred):
        assert bar is not None
        raise NoWayBack(bar.zh, bar.en, element=bar.element, instance=ground.instance_id)
    return step, plan


def _park(case: Case, ground: Ground, plan: Plan, element: Element, task: OpenTask) -> dict[str, Any] | None:
    """What the direct way puts back; nothing where there is none: from a part that is begun anew, or where the returned task stays open."""
    if DIRECT not in WAYS[resubmit(element)] or plan.whole or plan.target.role or ground.graph.first(task.token) not in plan.gone:
        return None
    parked = park(case, ground, plan, ground.between(plan, task.token))
    parked["held"][str(task.token)] = [case.actor.person_id, case.actor.name, None, None]
    return parked


def write_down(case: Case, kind: str, element: Element, token: Token, reason: str, policy: str, parked: dict[str, Any] | None) -> None:
    """The row of a return, and the mark on the task that it opened."""
    id_, row = new_id(), case.waiting.tasks.get(token.id)
    state = "open" if row is not None and kind == "returned" else "anew"
    if state == "open":
        still_open = {number: other for number, other in known(case).items() if int(number) in case.machine.tokens}
        remember(case, {**still_open, str(token.id): id_})
    values = (
        id_, case.ref.instance_id, kind, token.id, token.element, element.id, element.name[:255], case.actor.person_id, case.actor.name,
        case.moment, reason[:REASON_LIMIT], policy, encode(parked) if parked and state == "open" else None, state,
    )  # fmt: skip
    case.afterwards.append((_INSERT, values))
    if row is not None and kind == "returned":
        case.afterwards.append(("UPDATE task SET returned = 1, again = 1 WHERE id = ?", (row[0],)))


def draft_of(link: Link, instance_id: str, task_id: str) -> str | None:
    """What somebody had entered at a step, as a draft of its form holds it; None where there was nothing to enter."""
    row = dossiers.completed(link, instance_id, task_id)
    values = row.details.get("values") if row is not None else None
    if not isinstance(values, dict) or not values:
        return None
    return dump_json(as_entered(values))


def as_entered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the fields of a form post them: texts, lists of texts, and for each row of a list one name."""
    raw: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            raw.update({f"{key}-{at}-{name}": _text(inner) for at, one in enumerate(value) for name, inner in one.items()})
        else:
            raw[key] = [_text(one) for one in value] if isinstance(value, list) else _text(value)
    return raw


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
