"""What is shown of a case to the parties that it names: their own tasks, files and remarks, where it stands; nothing of what goes on inside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine import dossiers
from engine.errors import NotFound
from engine.feel import EvalContext, compile_expression
from engine.kernel import Kernel
from engine.link import Link
from engine.people import Actor
from engine.rights import in_list, require_sight, sees
from engine.tables import CaseParty
from engine.tokens import ProcessModel
from engine.views import FOR_PARTIES, CaseView

OFFERED_TO = "offered_to"


@dataclass(frozen=True)
class Outcome:
    """The end that a case came to, as its model calls it."""

    name: str
    name_en: str


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


def cases_that_name(actor: Actor) -> Select[str]:
    """The identifiers of the cases that name the party for which somebody acts."""
    return select(CaseParty.instance_id).where(CaseParty.party == actor.party)


def own_tasks(kernel: Kernel, session: Session, link: Link, tasks: Collection[str], actor: Actor) -> set[str]:
    """Those of these tasks that are for whoever asks: to everybody of the authority those of the cases that he sees; to a party those that are
    for it, that one of its accounts has or did, or beside which it is asked.
    """
    if not actor.party or not tasks:
        return set(tasks)
    people, these = sorted({actor.person_id, *kernel.directory.accounts(session, actor.party)}), sorted(tasks)
    rows = link.all(
        f"SELECT t.id FROM task t WHERE {in_list('t.id', these)} AND ({in_list('t.assignee_id', people)} OR {in_list('t.closed_by', people)}"
        " OR (t.state = 'open' AND EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.post_id = ?))"
        " OR EXISTS (SELECT 1 FROM task_party p WHERE p.task_id = t.id AND p.person_id = ? AND p.state NOT IN ('withdrawn', 'waiting')))",
        *these, *people, *people, actor.party, actor.person_id,
    )  # fmt: skip
    return {row[0] for row in rows}


def require_inside(link: Link, instance_id: str, actor: Actor) -> None:
    """Raises NotFound for whoever may not see a case, and for the parties that it names: what goes on inside the authority is not theirs."""
    require_sight(link, instance_id, actor)
    if actor.party:
        raise NotFound(instance=instance_id)


def shown(kernel: Kernel, session: Session, link: Link, case: CaseView, actor: Actor) -> CaseView:
    """Of a case what a party may read: no failures, of its history what its accounts did, of its variables what the forms told them at which they
    did it; to the authority all of it.
    """
    if not actor.party:
        return case
    people = sorted({actor.person_id, *kernel.directory.accounts(session, actor.party)})
    own = own_tasks(kernel, session, link, [task.id for task in case.open_tasks], actor)
    history = dossiers.done_by(link, case.header.instance_id, people)
    return replace(
        case,
        open_tasks=[task for task in case.open_tasks if task.id in own],
        history=history, variables=_read_there(kernel, link, case, {row.element for row in history if row.kind == "completed_task"}),
        incidents=[], has_earlier=False, done=[],
        comments=[row for row in case.comments if row["person_id"] in people],
        attachments=[row for row in case.attachments if row["person_id"] in people],
        summary=[row for row in case.summary if kind_of(actor) in row.get(FOR_PARTIES, ())],
    )  # fmt: skip


def _read_there(kernel: Kernel, link: Link, case: CaseView, elements: Collection[str]) -> dict[str, Any]:
    """The variables that the forms of these steps show and do not ask for: what was to be corrected, what was proposed."""
    if not elements:
        return {}
    row = link.one("SELECT definition_id FROM instance WHERE id = ?", case.header.instance_id)
    assert row is not None
    procedure = kernel.definitions.get(link, row[0])
    model = procedure.models[case.header.process_id]
    forms = [form for id_ in elements if id_ in model.elements and (form := procedure.form(model.elements[id_]))]
    keys = {field.key for form in forms for field in form.fields if field.readonly}
    return {key: value for key, value in case.variables.items() if key in keys}


def seen(link: Link, cases: Collection[str], actor: Actor) -> list[str]:
    """Those of these cases that whoever asks may see; of the many of a party, those that name it are found in one look."""
    named: set[str] = set()
    if actor.party and cases:
        rows = link.all(f"SELECT instance_id FROM case_party WHERE party = ? AND {in_list('instance_id', cases)}", actor.party, *cases)
        named = {row[0] for row in rows}
    return [case for case in cases if case in named or sees(link, case, actor)]


def standings(link: Link, cases: Collection[str], actor: Actor) -> dict[str, list[Standing]]:
    """Where each of these cases stands: its open tasks, the first opened first; no case that has none."""
    if not cases:
        return {}
    tasks = link.all(f"SELECT instance_id, id, opened_at, assignee_id FROM task WHERE {in_list('instance_id', cases)} AND state = 'open' ORDER BY opened_at, id", *cases)
    posts: dict[str, list[str]] = {}
    if tasks:
        ids = [task[1] for task in tasks]
        for task_id, post in link.all(f"SELECT task_id, post_id FROM task_candidate WHERE {in_list('task_id', ids)} ORDER BY post_id", *ids):
            posts.setdefault(task_id, []).append(post)
    found: dict[str, list[Standing]] = {}
    for case, id_, opened_at, holder in tasks:
        since = link.as_moment(opened_at)
        assert since is not None
        own = posts.get(id_, [])
        found.setdefault(case, []).append(Standing(id_, since, tuple(own), actor.party in own or holder == actor.person_id))
    return found


def outcomes(kernel: Kernel, link: Link, cases: Collection[str]) -> dict[str, Outcome]:
    """The end of each of these cases that are completed: the last of its process that a token has come to."""
    if not cases:
        return {}
    rows = link.all(
        "SELECT i.id, i.definition_id, i.process_id, h.path FROM instance i JOIN history h ON h.id = (SELECT max(x.id) FROM history x WHERE x.instance_id = i.id"
        f" AND x.path IS NOT NULL) WHERE {in_list('i.id', cases)} AND i.status = 'completed'", *cases,
    )  # fmt: skip
    found = {}
    for case, definition, process, path in rows:
        elements = kernel.definitions.get(link, definition).models[process].elements
        ends = [elements[id_] for id_ in orjson.loads(path)["elements"] if id_ in elements and elements[id_].kind == "endEvent" and not elements[id_].parent]
        if ends and ends[-1].name:
            found[case] = Outcome(ends[-1].name, ends[-1].name_en or ends[-1].name)
    return found


class Offering:
    """Which processes are of use to a party (property `offered_to`, FEEL, over what the books say of it and its `running` cases); to the
    authority each is. What the books say is read once, when the first process asks.
    """

    def __init__(self, kernel: Kernel, session: Session, link: Link, actor: Actor) -> None:
        self._context = EvalContext(now=kernel.clock.now().astimezone(SHANGHAI))
        self._party = actor.party
        self._facts = cache(lambda: facts(kernel, session, link, actor.party))

    def covers(self, model: ProcessModel) -> bool:
        """Whether the process is offered."""
        text = model.properties.get(OFFERED_TO, "")
        if not self._party or not text:
            return True
        return compile_expression(text).evaluate(self._facts(), context=self._context) is True


def facts(kernel: Kernel, session: Session, link: Link, party: str) -> Mapping[str, Any]:
    """What `offered_to` may ask: `running` are the processes of the party's cases that are under way."""
    rows = link.all("SELECT DISTINCT i.process_id FROM case_party p JOIN instance i ON i.id = p.instance_id WHERE p.party = ? AND i.status = 'active'", party)
    kind, _, number = party.partition(":")
    return {"kind": kind, "number": number, **kernel.directory.facts(session, party), "running": sorted(row[0] for row in rows)}


def owner_is(kernel: Kernel, session: Session, person_id: str, actor: Actor) -> bool:
    """Whether what somebody added to a case is one's own: the party's, by any of its accounts; to the authority everything is."""
    people: Collection[str] = kernel.directory.accounts(session, actor.party) if actor.party else ()
    return not actor.party or person_id == actor.person_id or person_id in people
