"""Everything about a case that its page and the pages of its tasks share, ready for the templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine.reads import CaseView, IncidentRow
from engine.worklist import TaskRow
from web import formats, terms
from web.cases.deadlines import deadlines_of
from web.cases.papers import papers_of
from web.cases.timeline import timeline
from web.cases.urgings import urgings_of
from web.cases.variables import readable
from web.cases.words import Words
from web.languages import is_english, named
from web.reasons import told

STEPS_BACK = 4
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
class Step:
    """A dot of the progress line: done | now | failed | ahead."""

    name: str
    state: str


@dataclass(frozen=True)
class Incident:
    """A step that failed and waits to be tried again."""

    id: str
    name: str
    reason: str
    at: datetime


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
    words = Words.of(header.procedure, header.process_id)
    incidents = [_incident(row, words) for row in case.incidents]
    steps = _steps(case, words)
    active = header.status == "active"
    deadlines = deadlines_of(header.instance_id)
    provisional = {row.due_on for row in deadlines if row.provisional}
    return {
        "case": header,
        "instance_id": header.instance_id,
        "process_name": named(header.process_name, header.process_name_en),
        "procedure_name": named(header.procedure_name, header.procedure_name_en),
        "status_text": status_name(header.status),
        "facts": facts(case.summary),
        "incidents": incidents,
        "steps": steps,
        "where": (", " if is_english() else "、").join(step.name for step in steps if step.state == "now")
        or status_name(header.status),
        "open_tasks": [_open(task, provisional) for task in case.open_tasks],
        "timeline": timeline(case.history, words),
        "variables": readable(case),
        "comments": case.comments,
        "attachments": case.attachments,
        "papers": papers_of(header.instance_id),
        "deadlines": deadlines,
        "urgings": urgings_of(header.instance_id),
        "term": terms.term_of(header.due_on, provisional=header.due_on in provisional) if active else terms.NO_TERM,
        "here": request.full_path.rstrip("?") if request.method == "GET" else "",
    }


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


def _open(task: TaskRow, provisional: Collection[date]) -> OpenTask:
    term = terms.term_of(task.due_on, provisional=task.due_on in provisional)
    return OpenTask(task.id, named(task.name, task.name_en), task.assignee_name, term)


def _steps(case: CaseView, words: Words) -> list[Step]:
    """The last steps that people did, those that are open, and the next one where there is but one."""
    done = {row.element: words.step(row.element, row.name) for row in case.history if row.kind == "completed_task"}
    now = {task.element: named(task.name, task.name_en) for task in case.open_tasks}
    past = [Step(name, "done") for element, name in done.items() if element not in now]
    steps = past[-STEPS_BACK:] + [Step(name, "now") for name in now.values()]
    if len(now) == 1:
        ahead = words.only_next(next(iter(now)), {*done, *now})
        steps += [Step(ahead, "ahead")] if ahead else []
    return steps if len(steps) > 1 or now else []
