"""Who may see a case and who may do a task. Refused and not-there look the same to the caller's page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.errors import NotFound, NotYours
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.tokens.model import Element

JUST_NOW = timedelta(minutes=1)


def holds_post(link: Link, task_id: str, actor: Actor) -> bool:
    """Whether one of the actor's posts is a candidate."""
    posts = sorted(actor.post_ids)
    if not posts:
        return False
    sql = f"SELECT 1 FROM task_candidate WHERE task_id = ? AND post_id IN ({link.places(posts)}) LIMIT 1"
    return link.one(sql, task_id, *posts) is not None


def is_forsaken(kernel: Kernel, session: Session, link: Link, task_id: str, holder: str, claimed_at: datetime | None) -> bool:
    """Whether whoever holds a task has no post for it any more, so that it is anybody's who has one; none is lost with a person.

    Whoever claimed it just now had the post, and is not asked for it again: of those who want the same task at the same moment, all but one ask.
    """
    if claimed_at is not None and kernel.clock.now() - claimed_at < JUST_NOW:
        return False
    posts = [row[0] for row in link.all("SELECT post_id FROM task_candidate WHERE task_id = ?", task_id)]
    return bool(posts) and not kernel.directory.held(session, holder, posts, kernel.clock.today())


def may_do(assignee_id: str | None, actor: Actor, *, held: bool, listed: bool) -> bool:
    """Whether a person may do a task that nobody else has: by a post for it (`held`), or since the model gives it to this very person and to
    no post (not `listed`). A post that was taken away takes along what was claimed by it.
    """
    return held or (assignee_id == actor.person_id and not listed)


def is_listed(link: Link, task_id: str) -> bool:
    """Whether there are posts for a task at all; one that the model gives to a person has none."""
    return link.one("SELECT 1 FROM task_candidate WHERE task_id = ? LIMIT 1", task_id) is not None


def works_on(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person has, had, or may claim a task of a case, or has or had a word in one beside its holder."""
    if link.one("SELECT 1 FROM task WHERE instance_id = ? AND state = 'open' AND assignee_id = ?", instance_id, actor.person_id):
        return True
    posts = sorted(actor.post_ids)
    if posts and link.one(
        "SELECT 1 FROM task t JOIN task_candidate c ON c.task_id = t.id WHERE t.instance_id = ? AND t.state = 'open'"
        f" AND c.post_id IN ({link.places(posts)}) LIMIT 1",
        instance_id, *posts,
    ):  # fmt: skip
        return True
    return bool(
        link.one(
            "SELECT 1 FROM task WHERE instance_id = ? AND state = 'completed' AND closed_by = ? LIMIT 1",
            instance_id,
            actor.person_id,
        )
    ) or was_asked(link, instance_id, actor, to_act=True)


def takes_part(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person works on a case, or was asked about it, or has it copied to him."""
    return works_on(link, instance_id, actor) or was_asked(link, instance_id, actor)


def was_asked(link: Link, instance_id: str, actor: Actor, *, to_act: bool = False) -> bool:
    """Whether a person is or was asked for something in a case beside the holder of a task: to do it, to sign, to answer, to read.

    What was taken back from him shows nothing any more, nor does a turn that has not come. `to_act`: only where he has a word in it.
    """
    kinds = " AND kind IN ('delegate', 'before', 'after', 'sign')" if to_act else ""
    if link.one(
        "SELECT 1 FROM task_party WHERE instance_id = ? AND person_id = ? AND state NOT IN ('withdrawn', 'waiting')" + kinds + " LIMIT 1",
        instance_id, actor.person_id,
    ):  # fmt: skip
        return True
    posts = sorted(actor.post_ids)
    return bool(posts) and bool(
        link.one(
            f"SELECT 1 FROM task_party WHERE instance_id = ? AND person_id IS NULL AND state = 'open' AND post_id IN ({link.places(posts)})"
            + kinds + " LIMIT 1",
            instance_id, *posts,
        )
    )  # fmt: skip


def sees(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person may see a case: of an own office, of one beneath, or by taking part."""
    row = link.one("SELECT scope FROM instance WHERE id = ?", instance_id)
    return row is not None and (actor.sees(row[0]) or takes_part(link, instance_id, actor))


def require_sight(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see the case."""
    if not sees(link, instance_id, actor):
        raise NotFound(instance=instance_id)


def require_voice(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see the case, NotYours for whoever may only see it: it was copied to him, or he was asked a question."""
    row = link.one("SELECT scope FROM instance WHERE id = ?", instance_id)
    if row is None or not (actor.sees(row[0]) or works_on(link, instance_id, actor)):
        if row is None or not takes_part(link, instance_id, actor):
            raise NotFound(instance=instance_id)
        raise NotYours("这件案件只供您查阅", instance=instance_id)


def prepared_by(link: Link, instance_id: str, element: Element, actor: Actor) -> str:
    """The name of the task that the actor did and that bars him from this one (separation of duties); empty if none. Whoever did it for
    somebody else, or signed it beside him, did it too.
    """
    for other in element.not_by:
        row = link.one(
            "SELECT name FROM task WHERE instance_id = ? AND element = ? AND closed_by = ? AND state = 'completed' UNION ALL"
            " SELECT t.name FROM task_party p JOIN task t ON t.id = p.task_id WHERE p.instance_id = ? AND p.person_id = ? AND t.element = ?"
            " AND p.kind IN ('delegate', 'before', 'after', 'sign') AND p.state IN ('agreed', 'refused', 'answered') LIMIT 1",
            instance_id, other, actor.person_id, instance_id, actor.person_id, other,
        )  # fmt: skip
        if row is not None:
            return str(row[0])
    return ""


def holds(kernel: Kernel, session: Session, actor: Actor, groups: Iterable[str], office_id: str) -> bool:
    """Whether a person holds a post that `role@relation` names for the cases of an office, as the candidates of a task are found; a role
    without a relation is one at that office itself. A process that names none is started by messages and handlers only.
    """
    if actor is SYSTEM:
        return True
    return any(
        actor.post_ids.intersection(kernel.directory.candidates(session, role, relation, office_id))
        for role, relation in map(parted, groups)
        if role in actor.roles
    )


def reach(kernel: Kernel, session: Session, actor: Actor, groups: Iterable[str]) -> tuple[str, ...]:
    """The offices at which `holds` is true of a person."""
    found = (
        kernel.directory.reach(session, role, relation, actor.post_ids) for role, relation in map(parted, groups) if role in actor.roles
    )
    return tuple(dict.fromkeys(office for offices in found for office in offices))


def parted(group: str) -> tuple[str, str]:
    """(role, relation) of `role@relation`."""
    role, _, relation = group.strip().partition("@")
    return role, relation or "own"
