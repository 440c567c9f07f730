"""Everything about a case that its page and the pages of its tasks share, ready for the templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from engine import standstill
from engine.reads import CaseHeader, CaseView, IncidentRow, TaskView
from engine.worklist import TaskRow
from web import formats, identity, terms
from web.cases.attachments import KINDS, SIZE_LIMIT
from web.cases.comparisons import comparisons_of
from web.cases.deadlines import DeadlineLine, deadlines_of, own_term
from web.cases.papers import papers_of
from web.cases.progress import steps_of
from web.cases.stations import waits_for
from web.cases.timeline import timeline
from web.cases.urgings import urgings_of
from web.cases.variables import readable
from web.cases.words import Words
from web.invoices.block import TAKEN_OVER, block_of
from web.languages import is_english, named
from web.names import person_name
from web.parties.of_case import context as parties_of
from web.reasons import told
from web.services import services

LONG_TEXT = 16


@dataclass(frozen=True)
class Fact:
    """A line of the case header."""

    label: str
    text: str

    @property
    def is_long(self) -> bool:
        return len(self.text) > LONG_TEXT


@dataclass(frozen=True)
class Incident:
    """A step that failed and waits to be tried again."""

    id: str
    name: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Relative:
    """A case from which this one came, or that came out of it."""

    id: str
    title: str
    process: str
    status: str
    status_name: str


@dataclass(frozen=True)
class Pending:
    """What was started about the case and has no result yet; `step` is what it waits for."""

    id: str
    name: str
    number: str
    at: datetime
    step: str


@dataclass(frozen=True)
class OpenTask:
    """Work that somebody still has to do in the case."""

    id: str
    name: str
    assignee_name: str
    term: terms.Term


def dossier(case: CaseView) -> dict[str, Any]:
    """The template context of a case."""
    header = case.header
    words = Words.of(header, case.variables)
    incidents = [_incident(row, words) for row in case.incidents]
    steps = steps_of(case, words)
    active = header.status == "active"
    deadlines = deadlines_of(header.instance_id)
    provisional = {row.due_on for row in deadlines if row.provisional}
    stopped = next((row for row in deadlines if row.stopped), None)
    invoices = block_of(case)
    return {
        "case": header,
        "instance_id": header.instance_id,
        "process_name": named(header.process_name, header.process_name_en),
        "procedure_name": named(header.procedure_name, header.procedure_name_en),
        "status_text": status_name(header.status),
        "facts": [fact for fact in facts(case.summary) if fact.text != header.title],
        "incidents": incidents,
        "stations": waits_for(header, words),
        "steps": steps,
        "where": (", " if is_english() else "、").join(step.name for step in steps if step.state == "now")
        or status_name(header.status),
        "in_hand": next((step.element for step in steps if step.state == "now"), ""),
        "open_tasks": [_open(task, provisional, stopped) for task in case.open_tasks],
        "timeline": timeline(case.history, words),
        "earlier": url_for("cases.history", instance_id=header.instance_id, before=case.history[0].id) if case.has_earlier else "",
        "invoices": invoices,
        "variables": readable(case, without=TAKEN_OVER if invoices else frozenset()),
        "comparisons": comparisons_of(case, words),
        "comments": case.comments,
        "attachments": case.attachments,
        "papers": papers_of(header.instance_id, words),
        "deadlines": deadlines,
        "urgings": urgings_of(header.instance_id, header.process_id),
        "term": _term(header.due_on, provisional, stopped) if active else terms.NO_TERM,
        "stopped": stopped.stopped if stopped and active else None,
        "attachment_kinds": [f".{kind}" for kind in KINDS],
        "attachment_limit": SIZE_LIMIT,
        **parties_of(header.instance_id),
        **_family(header),
        "here": request.full_path.rstrip("?") if request.method == "GET" else "",
    }


def dossier_of_task(view: TaskView, case: CaseView) -> dict[str, Any]:
    """The same for one task of the case: a date that is the step's own is its term, and stands before those of the case."""
    found = dossier(case)
    own = own_term(view, {case.header.due_on, *(row.due_on for row in found["deadlines"] if row.is_open)})
    found["in_hand"] = view.element.id
    return {**found, "deadlines": [*own, *found["deadlines"]], "term": own[0].term} if own else found


def facts(summary: Iterable[dict[str, Any]]) -> list[Fact]:
    """The case header as procedure.yaml wants it."""
    label = "label_en" if is_english() else "label"
    return [Fact(str(row[label]), formats.fact(row["value"], row["format"])) for row in summary]


def status_name(status: str) -> str:
    """The state of a case in words."""
    return str({"active": _("在办"), "completed": _("已办结"), "cancelled": _("已撤销")}.get(status, status))


def _incident(row: IncidentRow, words: Words) -> Incident:
    element = words.element(row.element)
    return Incident(row.id, words.step(row.element, element.name) if element else "", told(row.reason, row.id), row.created_at)


def _term(due_on: date | None, provisional: Collection[date], stopped: DeadlineLine | None) -> terms.Term:
    return stopped.term if stopped and standstill.stands(due_on) else terms.term_of(due_on, provisional=due_on in provisional)


def _open(task: TaskRow, provisional: Collection[date], stopped: DeadlineLine | None) -> OpenTask:
    term = _term(task.due_on, provisional, stopped)
    return OpenTask(task.id, named(task.name, task.name_en), person_name(task.assignee_id, task.assignee_name), term)


def _family(header: CaseHeader) -> dict[str, Any]:
    """The case above and the cases beneath, as far as the reader sees them; what may be started about this one (process, name).

    What was started about it and still runs is not offered a second time: the page says what it waits for.
    """
    engine, actor = services().engine, identity.staff().actor
    parent, children, has_more = engine.family(header.instance_id, actor)
    offered = {view.model.process_id: named(view.model.name, view.name_en) for view in engine.offered(header.instance_id, actor)}
    running = {child.process_id: child for child in children if child.status == "active" and child.process_id in offered}
    return {
        "parent": _relative(parent) if parent else None,
        "children": [_relative(child) for child in children],
        "has_more_children": has_more,
        "offered": [(process, name) for process, name in offered.items() if process not in running],
        "pending": [_pending(child, offered[process]) for process, child in running.items()],
    }


def _pending(child: CaseHeader, name: str) -> Pending:
    open_tasks = services().engine.case(child.instance_id, identity.staff().actor).open_tasks
    steps = (", " if is_english() else "、").join(named(task.name, task.name_en) for task in open_tasks)
    return Pending(child.instance_id, name, child.business_key, child.started_at, steps or status_name(child.status))


def _relative(header: CaseHeader) -> Relative:
    name = named(header.process_name, header.process_name_en)
    return Relative(header.instance_id, header.business_key or header.title, name, header.status, status_name(header.status))
