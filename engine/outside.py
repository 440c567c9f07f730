"""What is shown of a case to the parties that it names: their own tasks, files and remarks, where it stands; nothing of what goes on inside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine import dossiers
from engine.errors import NotFound
from engine.feel import EvalContext, compile_expression
from engine.kernel import Kernel
from engine.link import Link
from engine.people import Actor
from engine.rights import in_list, require_sight
from engine.tables import CaseParty
from engine.tokens import ProcessModel
from engine.views import FOR_PARTIES, CaseView

OFFERED_TO = "offered_to"


@dataclass(frozen=True)
class Standing:
    """One of the places at which a case stands: since when, with which posts, and whether it is the turn of the party that asks."""

    task_id: str
    since: datetime
    posts: tuple[str, ...]
    is_own: bool


def kind_of(actor: Actor) -> str:
    """The kind of party that somebody acts for; empty for the authority."""
    return actor.party.partition(":")[0]


def renamed(session: Session, before: str, after: str) -> None:
    """A party is known under another name from now on: it goes on seeing the cases that named it before."""
    session.execute(update(CaseParty).where(CaseParty.party == before).values(party=after), execution_options={"synchronize_session": False})


def is_own(kernel: Kernel, session: Session, link: Link, task_id: str, actor: Actor) -> bool:
    """Whether a task is one for whoever asks: to everybody of the authority those of the cases that he sees; to a party those that are for it,
    that one of its accounts has or did, or beside which it is asked.
    """
    if not actor.party:
        return True
    if link.one("SELECT 1 FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE t.id = ? AND t.state = 'open' AND c.post_id = ?", task_id, actor.party):
        return True
    people = sorted({actor.person_id, *kernel.directory.accounts(session, actor.party)})
    if link.one(f"SELECT 1 FROM task WHERE id = ? AND ({in_list('assignee_id', people)} OR {in_list('closed_by', people)})", task_id, *people, *people):
        return True
    seat = "SELECT 1 FROM task_party WHERE task_id = ? AND person_id = ? AND state NOT IN ('withdrawn', 'waiting')"
    return link.one(seat, task_id, actor.person_id) is not None


def require_inside(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see a case, and for the parties that it names: what goes on inside the authority is not theirs."""
    require_sight(link, instance_id, actor)
    if actor.party:
        raise NotFound(instance=instance_id)


def shown(kernel: Kernel, session: Session, link: Link, case: CaseView, actor: Actor) -> CaseView:
    """Of a case what a party may read: no variables and no failures, of its history what its accounts did; to the authority all of it."""
    if not actor.party:
        return case
    people = sorted({actor.person_id, *kernel.directory.accounts(session, actor.party)})
    return replace(
        case,
        open_tasks=[task for task in case.open_tasks if is_own(kernel, session, link, task.id, actor)],
        history=dossiers.done_by(link, case.header.instance_id, people),
        incidents=[], variables={}, has_earlier=False, done=[],
        comments=[row for row in case.comments if row["person_id"] in people],
        attachments=[row for row in case.attachments if row["person_id"] in people],
        summary=[row for row in case.summary if kind_of(actor) in row.get(FOR_PARTIES, ())],
    )  # fmt: skip


def standing(link: Link, instance_id: str, actor: Actor) -> list[Standing]:
    """Where a case stands: its open tasks, the first opened first."""
    tasks = link.all("SELECT id, opened_at, assignee_id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY opened_at, id", instance_id)
    posts: dict[str, list[str]] = {}
    if tasks:
        ids = [task[0] for task in tasks]
        for task_id, post in link.all(f"SELECT task_id, post_id FROM task_candidate WHERE {in_list('task_id', ids)} ORDER BY post_id", *ids):
            posts.setdefault(task_id, []).append(post)
    found = []
    for id_, opened_at, holder in tasks:
        since = link.as_moment(opened_at)
        assert since is not None
        own = posts.get(id_, [])
        found.append(Standing(id_, since, tuple(own), actor.party in own or holder == actor.person_id))
    return found


def is_offered(kernel: Kernel, session: Session, link: Link, model: ProcessModel, actor: Actor) -> bool:
    """Whether a process is of use to a party (property `offered_to`, FEEL, over what the books say of it and its `running` cases); to the
    authority each is.
    """
    text = model.properties.get(OFFERED_TO, "")
    if not actor.party or not text:
        return True
    context = EvalContext(now=kernel.clock.now().astimezone(SHANGHAI))
    return compile_expression(text).evaluate(facts(kernel, session, link, actor.party), context=context) is True


def facts(kernel: Kernel, session: Session, link: Link, party: str) -> Mapping[str, Any]:
    """What `offered_to` may ask: `running` are the processes of the party's cases that are under way."""
    rows = link.all("SELECT DISTINCT i.process_id FROM case_party p JOIN instance i ON i.id = p.instance_id WHERE p.party = ? AND i.status = 'active'", party)
    kind, _, number = party.partition(":")
    return {"kind": kind, "number": number, **kernel.directory.facts(session, party), "running": sorted(row[0] for row in rows)}


def owner_is(kernel: Kernel, session: Session, person_id: str, actor: Actor) -> bool:
    """Whether what somebody added to a case is one's own: the party's, by any of its accounts; to the authority everything is."""
    people: Collection[str] = kernel.directory.accounts(session, actor.party) if actor.party else ()
    return not actor.party or person_id == actor.person_id or person_id in people
