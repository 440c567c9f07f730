"""转办: the task is somebody else's from now on, who could have claimed it; he acts, and it goes on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import history
from engine.errors import NotEligible, NotPossibleNow, NotYours
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.asking import LENGTH
from engine.parties.completing import not_movable
from engine.parties.looking import Attended, element_of
from engine.parties.rules import may_give_away
from engine.people import Actor, Colleague
from engine.rights import may_do, prepared_by, starting
from engine.tasks import OpenTask

MAY_TRANSFER = "may_transfer"  # property of a process: posts that hand out and take away the tasks of others


def transfer(kernel: Kernel, session: Session, link: Link, look: Attended, to: str, reason: str) -> None:
    """Gives the task, with its draft and those who were asked, to another holder of one of its posts.

    Raises NotYours for whoever neither holds the task nor a post of `may_transfer`; NotPossibleNow, NotEligible.
    """
    task, actor, now, reason = look.task(), look.actor, kernel.clock.now(), reason.strip()[:LENGTH]
    where = {"task": task.id, "instance": task.instance_id}
    is_own = task.assignee_id == actor.person_id and may_do(task.assignee_id, actor, held=task.held, listed=task.listed)
    director = actor if is_own else directs(kernel, session, link, task, actor)
    if director is None:
        raise NotYours(**where)
    if not may_give_away(rows.standing(look.parties)):
        raise NotPossibleNow(*not_movable(look.parties), **where)
    if not reason:
        raise NotEligible("请写明转办的理由", "Say why.", **where)
    found = receiver(kernel, session, link, look, to)
    before, name = task.assignee_id, found.name[:64]
    link.put(
        "UPDATE task SET assignee_id = ?, assignee_name = ?, claimed_at = ? WHERE id = ? AND state = 'open'",
        found.person_id, name, link.moment(now), task.id,
    )  # fmt: skip
    link.put("UPDATE task_candidate SET claimable = 0 WHERE task_id = ?", task.id)
    details = {"task": task.id, "to": [name], "ids": [found.person_id], "from": before or "", "reason": reason}
    history.add(link, now, task.instance_id, "transferred", director, element=task.element, name=task.name, details=details)


def directs(kernel: Kernel, session: Session, link: Link, task: OpenTask, actor: Actor) -> Actor | None:
    """The actor as he hands out the tasks of others: by a post that the process of the task names in `may_transfer`, his own or lent; else None."""
    allowed = kernel.definitions.get(link, task.definition_id).models[task.process_id].properties.get(MAY_TRANSFER, "")
    office = link.one("SELECT office_id FROM instance WHERE id = ?", task.instance_id) if allowed else None
    return starting(kernel, session, actor, allowed.split(","), office[0], task.process_id) if office is not None else None


def receiver(kernel: Kernel, session: Session, link: Link, look: Attended, to: str) -> Colleague:
    """Who is to have it, if he may do it today; raises NotEligible."""
    task = look.task()
    where = {"task": task.id, "instance": task.instance_id}
    found = next((one for one in who_could(kernel, session, link, task.id) if one.person_id == to), None)
    if found is None:
        raise NotEligible("所选人员没有办理这一环节的岗位", "Whom you chose holds no post for this task.", **where)
    if to == task.assignee_id:
        raise NotEligible(f"{found.name} 已经在办这项任务", f"{found.name} has it already.", **where)
    if rows.signs(look.parties, to):
        raise NotEligible(f"{found.name} 是这项任务的会签人，不能同时承办", f"{found.name} signs this task and cannot hold it too.", **where)
    element = element_of(kernel, link, task)
    if prepared := prepared_by(link, task.instance_id, element, Actor(to, found.name)):
        raise NotEligible(f"{found.name} 经办过“{prepared}”，按岗位分离的规定不能办理“{element.name}”", f"{found.name} has done an earlier step and may not do this one (separation of duties).", **where)
    return found


def who_could(kernel: Kernel, session: Session, link: Link, task_id: str) -> list[Colleague]:
    """Everybody who holds one of the posts of a task today."""
    posts = [row[0] for row in link.all("SELECT post_id FROM task_candidate WHERE task_id = ?", task_id)]
    return list(kernel.directory.holders(session, posts, kernel.clock.today())) if posts else []
