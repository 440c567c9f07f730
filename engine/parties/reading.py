"""What pages are shown of those who take part in a task: who was asked and said what, what may be done now, who may be chosen, and copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows, rules
from engine.parties.looking import element_of, sitting
from engine.parties.rows import Party
from engine.parties.settling import gone
from engine.parties.transferring import directs, who_could
from engine.people import Actor, Colleague
from engine.rights import prepared_by
from engine.tasks import OpenTask

if TYPE_CHECKING:
    from engine.tokens import Element

TRANSFER = "transfer"
VERBS = (TRANSFER, rules.DELEGATE, rules.BEFORE, rules.SIGN, rules.AFTER, rules.ASK, rules.COPY)


@dataclass(frozen=True)
class Seating:
    """Everybody at a task. `mine`: the seats at which this person is asked now; `verbs`: what he may do about others; `gone`: ids of the seats
    whose person has left; `removable`: ids of those that he may take off; `earlier`: who was asked when the case stood at this step before.
    """

    parties: tuple[Party, ...] = ()
    mine: tuple[Party, ...] = ()
    verbs: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    removable: frozenset[str] = frozenset()
    is_handed_in: bool = False
    earlier: tuple[Party, ...] = ()

    @property
    def stands_still(self) -> bool:
        """Whether it is with a delegate or handed in, so that the holder cannot give it away."""
        return not rules.may_give_away(rows.standing(self.parties))

    @property
    def waits(self) -> bool:
        """Whether the holder cannot complete yet."""
        return bool(rows.blocking(self.parties))

    @property
    def delegate(self) -> Party | None:
        """The seat of this person as a delegate, who fills in the form."""
        return next((party for party in self.mine if party.kind == rules.DELEGATE), None)


@dataclass(frozen=True)
class Copy:
    """A case that was copied to somebody."""

    id: str
    instance_id: str
    title: str
    business_key: str
    process_id: str
    step: str
    step_en: str
    text: str
    by: str
    by_id: str
    at: datetime
    read_at: datetime | None


def seating(
    kernel: Kernel, session: Session, link: Link, task: OpenTask, actor: Actor, *, attended: bool, is_holder: bool
) -> Seating:  # fmt: skip
    """Who sits at an open task, as this person may see and change it."""
    parties = rows.of_task(link, task.id) if attended else []
    lost = frozenset(party.id for party in gone(kernel, session, parties)) if attended else frozenset[str]()
    standing = rows.standing(parties)
    verbs = [verb for verb in VERBS if is_holder and verb != TRANSFER and rules.may_put(verb, standing)]
    if rules.may_give_away(standing) and task.listed and (is_holder or directs(kernel, session, link, task, actor) is not None):
        verbs.insert(0, TRANSFER)
    mine = tuple(party for party in parties if party.state == "open" and sitting(party, actor, task.process_id))
    removable = frozenset(
        party.id for party in parties if is_holder and party.is_undecided and party.kind != rules.COPY and (not party.is_of_model or party.id in lost)
    )  # fmt: skip
    earlier = rows.earlier(link, task.id)
    return Seating(tuple(parties), mine, tuple(verbs), lost, removable, standing.is_handed_in, tuple(earlier))


def kept_out(kernel: Kernel, session: Session, link: Link, task: OpenTask) -> list[Colleague]:
    """Who holds a post of a task beside its holder, and cannot be given it: by separation of duties, or because he signs it."""
    element, seats = element_of(kernel, link, task), rows.of_task(link, task.id) if task.attended else []
    others = [one for one in who_could(kernel, session, link, task.id) if one.person_id != task.assignee_id]
    return [one for one in others if rows.signs(seats, one.person_id) or _barred(link, task, element, one)]


def choices(kernel: Kernel, session: Session, link: Link, task: OpenTask, verb: str, actor: Actor) -> list[Colleague]:
    """Who may be chosen for a verb: for a transfer whoever could claim the task, else who works at the office of the case or near it, or near
    the actor's; without whom separation of duties bars, and without those who are at it already.
    """
    today, element = kernel.clock.today(), element_of(kernel, link, task)
    if verb == TRANSFER:
        seats = rows.of_task(link, task.id) if task.attended else []
        found = who_could(kernel, session, link, task.id)
        taken = {task.assignee_id, *(one.person_id for one in found if rows.signs(seats, one.person_id))}
    else:
        office = link.one("SELECT office_id FROM instance WHERE id = ?", task.instance_id)
        offices = dict.fromkeys(place for place in (office[0] if office else "", actor.office_id) if place)
        near = {one.person_id: one for place in offices for one in reversed(kernel.directory.colleagues(session, place, today))}
        seated = {party.person_id for party in rows.of_task(link, task.id) if party.is_undecided}
        copied = {row[0] for row in link.all("SELECT person_id FROM task_party WHERE instance_id = ? AND kind = 'copy'", task.instance_id)}
        found, taken = list(reversed(near.values())), {actor.person_id, *(copied if verb == rules.COPY else seated)}
    bound = verb == TRANSFER or verb in rules.ACTS
    return [one for one in found if one.person_id not in taken and not (bound and _barred(link, task, element, one))]


def _barred(link: Link, task: OpenTask, element: Element, one: Colleague) -> bool:
    return bool(element.not_by) and bool(prepared_by(link, task.instance_id, element, Actor(one.person_id, one.name)))


def of_case(link: Link, instance_id: str) -> list[tuple[str, str, Party]]:
    """(task, English name of it, seat) of everybody who was ever asked in a case, the oldest first."""
    found = link.all(
        f"SELECT t.name, t.name_en, {rows.COLUMNS} FROM task_party p JOIN task t ON t.id = p.task_id WHERE p.instance_id = ? ORDER BY p.asked_at, p.number, p.id",
        instance_id,
    )
    return [(row[0], row[1], rows.of_row(link, row[2:])) for row in found]


def copies(link: Link, actor: Actor, limit: int, offset: int = 0) -> Sequence[Copy]:
    """What was copied to a person: unread first, the latest of them first."""
    found = link.all(
        "SELECT p.id, p.instance_id, i.title, i.business_key, i.process_id, t.name, t.name_en, p.question, p.asked_name, p.asked_by, p.asked_at, p.closed_at"
        " FROM task_party p JOIN instance i ON i.id = p.instance_id JOIN task t ON t.id = p.task_id"
        " WHERE p.kind = 'copy' AND p.person_id = ? ORDER BY p.state DESC, p.id DESC LIMIT ? OFFSET ?",
        actor.person_id, limit, offset,
    )  # fmt: skip
    made = []
    for row in found:
        at = link.as_moment(row[10])
        assert at is not None
        made.append(Copy(*(*row[:10], at, link.as_moment(row[11]))))
    return made


def unread(link: Link, actor: Actor, most: int = 100) -> int:
    """How many copies a person has not read, up to `most`."""
    counted = "SELECT count(*) FROM (SELECT 1 FROM task_party WHERE kind = 'copy' AND person_id = ? AND state = 'unread' LIMIT ?) c"
    row = link.one(counted, actor.person_id, most)
    return int(row[0]) if row else 0
