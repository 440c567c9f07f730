"""The page of a case for a party that it names: where it stands, what is asked, what was handed in, the papers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from db.clock import legal_date
from engine.reads import CaseView
from records.offices import store
from web import identity, terms
from web.cases.attachments import KINDS, SIZE_LIMIT
from web.cases.dossier import facts
from web.cases.papers import papers_of
from web.cases.stations import shown
from web.cases.words import Words
from web.languages import named
from web.names import person_name
from web.portal.overview import case_line, case_lines
from web.services import services


@dataclass(frozen=True)
class HandedIn:
    """What an account of the party filled in at a step; `told` is what the form said there (what was to be corrected), the latest time."""

    step: str
    who: str
    at: datetime
    entries: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...] = ()


def context(case: CaseView) -> dict[str, Any]:
    """The template context; everything in it is the party's own, or marked as being for it."""
    header, words = case.header, Words.of(case.header, case.variables)
    engine, actor = services().engine, identity.staff().actor
    _parent, children, _more = engine.family(header.instance_id, actor)
    return {
        **shown(header),
        "case": header,
        "instance_id": header.instance_id,
        "line": case_line(header),
        "facts": [fact for fact in facts(case.summary) if fact.text != header.title],
        "own_tasks": [(task.id, named(task.name, task.name_en), terms.term_of(task.due_on), task.assignee_id == actor.person_id) for task in case.open_tasks],
        "handed_in": handed_in(case, words),
        "begun_inside": _is_inside(header.started_by),
        "papers": papers_of(header.instance_id, words),
        "attachments": case.attachments,
        "comments": case.comments,
        "children": case_lines(children),
        "offered": [(view.model.process_id, named(view.model.name, view.name_en)) for view in engine.offered(header.instance_id, actor)],
        "moves": engine.moves.offers(header.instance_id, actor),
        "may_speak": engine.parties.may_speak(header.instance_id, actor),
        "attachment_kinds": [f".{kind}" for kind in KINDS],
        "attachment_limit": SIZE_LIMIT,
        "here": request.full_path.rstrip("?") if request.method == "GET" else "",
    }


def _is_inside(person_id: str) -> bool:
    """Whether somebody of the authority (or the system) is meant, not an account of a party."""
    with services().database.read() as session:
        person = store.person(session, person_id)
    return person is None or person.party_id is None


def handed_in(case: CaseView, words: Words) -> list[HandedIn]:
    """What the accounts of the party did in the case, the first first."""
    starts = [e for e in words.model.children.get("", ()) if e.kind == "startEvent"] if words.model else []
    latest = {row.element: row for row in case.history if row.kind == "completed_task"}
    found = []
    for row in case.history:
        element = row.element or (starts[0].id if starts else "")
        values = row.details.get("values")
        entries = words.entered(element, values, legal_date(row.at), most=None) if isinstance(values, dict) else []
        step = named(case.header.process_name, case.header.process_name_en) if row.kind == "started" else words.step(row.element, row.name)
        told = words.told(element, case.variables) if latest.get(row.element) is row else []
        found.append(HandedIn(step, person_name(row.person_id, row.person_name), row.at, tuple(entries), tuple(told)))
    return found
