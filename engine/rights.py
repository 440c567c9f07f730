"""Who may see a case and who may do a task. Refused and not-there look the same to the caller's page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import NotFound, NotYours
from engine.kernel import Kernel
from engine.link import Link
from engine.people import PARTY, SYSTEM, Actor, Stead
from engine.tokens.model import Element

JUST_NOW = timedelta(minutes=1)


def own_posts(actor: Actor) -> tuple[str, list[Any]]:
    """A condition on the candidate `c`, and its values: it is one of the actor's own posts."""
    posts = sorted(actor.post_ids)
    return (f"c.post_id IN ({Link.places(posts)})", list[Any](posts)) if posts else ("1 = 0", [])


def lent_posts(actor: Actor) -> tuple[str, list[Any]]:
    """The same for the posts of those for whom the actor deputises, in the processes for which he does."""
    parts, values = [], list[Any]()
    for stead in actor.steads:
        posts, processes = sorted(stead.post_ids), sorted(stead.processes)
        if posts:
            only = f" AND c.process_id IN ({Link.places(processes)})" if processes else ""
            parts.append(f"c.post_id IN ({Link.places(posts)}){only}")
            values += [*posts, *processes]
    return (f"({' OR '.join(parts)})", values) if parts else ("1 = 0", [])


def may_claim(actor: Actor) -> tuple[str, list[Any]]:
    """A condition on the candidate `c`, and its values: the actor may take the task, by whichever post."""
    own, lent = own_posts(actor), lent_posts(actor)
    return (f"({own[0]} OR {lent[0]})", [*own[1], *lent[1]]) if actor.steads else own


def holds_post(link: Link, task_id: str, actor: Actor) -> tuple[bool, bool]:
    """Whether one of the actor's own posts is a candidate, and whether one is that was lent to him."""
    found = []
    for condition, values in (own_posts(actor), lent_posts(actor)):
        sql = f"SELECT 1 FROM task_candidate c WHERE c.task_id = ? AND {condition} LIMIT 1"
        found.append(bool(values) and link.one(sql, task_id, *values) is not None)
    return found[0], found[1]


def acting(actor: Actor, process_id: str, assignee_id: str | None, *, held: bool, lent: bool) -> Actor:
    """The actor as he does a task: for the one whose post was lent to him, but in his own name where he has a post for it himself and does not
    take it over from the other.
    """
    stead = actor.stead_in(process_id) if lent else None
    if stead is None or (held and assignee_id != stead.person_id):
        return actor
    return actor.in_stead_of(stead)


def is_forsaken(
    kernel: Kernel, session: Session, link: Link, task_id: str, holder: str, claimed_at: datetime | None, process_id: str = ""
) -> bool:
    """Whether whoever holds a task has no post for it any more, so that it is anybody's who has one; none is lost with a person.

    Whoever claimed it just now had the post, and is not asked for it again: of those who want the same task at the same moment, all but one ask.
    """
    if claimed_at is not None and kernel.clock.now() - claimed_at < JUST_NOW:
        return False
    posts = [row[0] for row in link.all("SELECT post_id FROM task_candidate WHERE task_id = ?", task_id)]
    return bool(posts) and not kernel.directory.held(session, holder, posts, kernel.clock.today(), process_id)


def may_do(assignee_id: str | None, actor: Actor, *, held: bool, listed: bool) -> bool:
    """Whether a person may do a task that nobody else has: by a post for it (`held`, own or lent), or since the model gives it to this very
    person and to no post (not `listed`). A post that was taken away takes along what was claimed by it.
    """
    return held or (assignee_id == actor.person_id and not listed)


def is_listed(link: Link, task_id: str) -> bool:
    """Whether there are posts for a task at all; one that the model gives to a person has none."""
    return link.one("SELECT 1 FROM task_candidate WHERE task_id = ? LIMIT 1", task_id) is not None


def works_on(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person has, had, or may claim a task of a case, himself or for somebody, or has or had a word in one beside its holder; or is a
    party whom the case names.
    """
    if actor.party and link.one("SELECT 1 FROM case_party WHERE party = ? AND instance_id = ?", actor.party, instance_id):
        return True
    if link.one("SELECT 1 FROM task WHERE instance_id = ? AND state = 'open' AND assignee_id = ?", instance_id, actor.person_id):
        return True
    condition, values = may_claim(actor)
    if values and link.one(
        "SELECT 1 FROM task t JOIN task_candidate c ON c.task_id = t.id WHERE t.instance_id = ? AND t.state = 'open'"
        f" AND {condition} LIMIT 1",
        instance_id, *values,
    ):  # fmt: skip
        return True
    if actor.steads and _has_lent_task(link, instance_id, actor):
        return True
    return (not actor.party and bool(  # whom a case names no longer sees it no longer
        link.one(
            "SELECT 1 FROM task WHERE instance_id = ? AND state = 'completed' AND closed_by = ? LIMIT 1",
            instance_id,
            actor.person_id,
        )
    )) or was_asked(link, instance_id, actor, to_act=True)


def takes_part(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person works on a case, or was asked about it, or has it copied to him."""
    return works_on(link, instance_id, actor) or was_asked(link, instance_id, actor)


def was_asked(link: Link, instance_id: str, actor: Actor, *, to_act: bool = False) -> bool:
    """Whether a person is or was asked for something in a case beside the holder of a task: to do it, to sign, to answer, to read.

    What was taken back from him shows nothing any more, nor does a turn that has not come. `to_act`: only where he has a word in it.
    """
    kinds = " AND kind IN ('delegate', 'before', 'after', 'sign')" if to_act else ""
    if link.one(
        "SELECT 1 FROM task_party WHERE instance_id = ? AND (person_id = ? OR for_id = ?) AND state NOT IN ('withdrawn', 'waiting')" + kinds + " LIMIT 1",
        instance_id, actor.person_id, actor.person_id,
    ):  # fmt: skip
        return True
    seats = [("p.person_id IS NULL AND " + in_list("p.post_id", actor.post_ids), sorted(actor.post_ids))] if actor.post_ids else []
    seats += [seats_of(stead) for stead in actor.steads]
    return any(
        link.one(
            "SELECT 1 FROM task_party p JOIN task t ON t.id = p.task_id"
            f" WHERE p.instance_id = ? AND p.state = 'open' AND {condition}{kinds.replace('kind', 'p.kind')} LIMIT 1",
            instance_id, *values,
        )
        for condition, values in seats
    )  # fmt: skip


def seats_of(stead: Stead) -> tuple[str, list[Any]]:
    """A condition on the seat `p` and its task `t`, and its values: it is open to one for whom somebody deputises, or to a post of his."""
    posts, processes = sorted(stead.post_ids), sorted(stead.processes)
    own = f"(p.person_id = ?{' OR (p.person_id IS NULL AND ' + in_list('p.post_id', posts) + ')' if posts else ''})"
    return own + (f" AND {in_list('t.process_id', processes)}" if processes else ""), [stead.person_id, *posts, *processes]


def in_list(column: str, values: Collection[str]) -> str:
    """`column IN (?, ?, …)`."""
    return f"{column} IN ({Link.places(values)})"


def _has_lent_task(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether one for whom the actor deputises has a task of the case in hand."""
    absent = [stead.person_id for stead in actor.steads]
    rows = link.all(
        f"SELECT process_id, assignee_id FROM task WHERE instance_id = ? AND state = 'open' AND assignee_id IN ({link.places(absent)})",
        instance_id, *absent,
    )  # fmt: skip
    return any((stead := actor.stead_in(process)) is not None and stead.person_id == holder for process, holder in rows)


def sees(link: Link, instance_id: str, actor: Actor) -> bool:
    """Whether a person may see a case: of an own office, of one beneath, or by taking part."""
    row = link.one("SELECT scope, process_id FROM instance WHERE id = ?", instance_id)
    return row is not None and (actor.sees(row[0], row[1]) or takes_part(link, instance_id, actor))


def require_sight(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see the case."""
    if not sees(link, instance_id, actor):
        raise NotFound(instance=instance_id)


def require_voice(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see the case, NotYours for whoever may only see it: it was copied to him, or he was asked a question."""
    row = link.one("SELECT scope, process_id FROM instance WHERE id = ?", instance_id)
    if row is None or not (actor.sees(row[0], row[1]) or works_on(link, instance_id, actor)):
        if row is None or not takes_part(link, instance_id, actor):
            raise NotFound(instance=instance_id)
        raise NotYours("这件案件只供您查阅", instance=instance_id)


def prepared_by(link: Link, instance_id: str, element: Element, actor: Actor) -> str:
    """The name of the task that was done by or for one of those in whose name the actor acts, or of the start by which he began the case, that bars
    him from this one (separation of duties); empty if none. A deputy is barred by what he did and by what the absent person did, and the absent person by what was done for him.
    Whoever did it as a delegate, or signed it beside its holder, did it too.
    """
    persons = actor.persons
    named = Link.places(persons)
    for other in element.not_by:
        row = link.one(
            "SELECT name FROM task WHERE instance_id = ? AND element = ? AND state = 'completed'"
            f" AND (closed_by IN ({named}) OR closed_for IN ({named})) UNION ALL"
            f" SELECT t.name FROM task_party p JOIN task t ON t.id = p.task_id WHERE p.instance_id = ? AND (p.person_id IN ({named}) OR p.for_id IN ({named})) AND t.element = ?"
            " AND p.kind IN ('delegate', 'before', 'after', 'sign') AND p.state IN ('agreed', 'refused', 'answered') LIMIT 1",
            instance_id, other, *persons, *persons, instance_id, *persons, *persons, other,
        )  # fmt: skip
        if row is not None:
            return str(row[0])
    if element.barred_start:
        row = link.one("SELECT person_id, for_id FROM history WHERE instance_id = ? ORDER BY id LIMIT 1", instance_id)  # it is how every case begins
        if row is not None and not {row[0], row[1]}.isdisjoint(persons):
            return element.barred_start
    return ""


def holds(kernel: Kernel, session: Session, actor: Actor, groups: Iterable[str], office_id: str, process_id: str = "") -> bool:
    """Whether a person holds a post that `role@relation` names for the cases of an office, as the candidates of a task are found; a role
    without a relation is one at that office itself. A process that names none is started by messages and handlers only. A deputy holds
    the posts of the one for whom he acts in this process.
    """
    if actor is SYSTEM:
        return True
    stead = actor.stead_in(process_id) if process_id else None
    posts = actor.post_ids | stead.post_ids if stead else actor.post_ids
    roles = actor.roles | stead.roles if stead else actor.roles
    return any(_is_of(kernel, session, posts, role, relation, office_id) for role, relation in map(parted, groups) if role in roles)


def _is_of(kernel: Kernel, session: Session, posts: Collection[str], role: str, relation: str, office_id: str) -> bool:
    """Whether one of the posts is the role's for the cases of an office; a party's name is that at its competent office."""
    if relation == PARTY:
        return office_id in kernel.directory.reach(session, role, relation, posts)
    return not set(posts).isdisjoint(kernel.directory.candidates(session, role, relation, office_id))


def starting(kernel: Kernel, session: Session, actor: Actor, groups: Iterable[str], office_id: str, process_id: str) -> Actor | None:
    """The actor as he starts or ends a case of a process, or directs its tasks: in his own name where he may, else for the one for whom he
    deputises; None if neither.
    """
    given = tuple(groups)
    if holds(kernel, session, actor, given, office_id):
        return actor
    return actor.in_stead_of(actor.stead_in(process_id)) if holds(kernel, session, actor, given, office_id, process_id) else None


def reach(kernel: Kernel, session: Session, actor: Actor, groups: Iterable[str], process_id: str = "") -> tuple[str, ...]:
    """The offices at which `holds` is true of a person."""
    stead, given = actor.stead_in(process_id) if process_id else None, tuple(groups)
    holders = [(actor.post_ids, actor.roles)] + ([(stead.post_ids, stead.roles)] if stead else [])
    found = (
        kernel.directory.reach(session, role, relation, posts)
        for posts, roles in holders
        for role, relation in map(parted, given)
        if role in roles
    )
    return tuple(dict.fromkeys(office for offices in found for office in offices))


def parted(group: str) -> tuple[str, str]:
    """(role, relation) of `role@relation`."""
    role, _, relation = group.strip().partition("@")
    return role, relation or "own"
