"""What pages are given to show: plain values, nothing that can be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.forms import Form
from engine.parties.reading import Seating
from engine.procedures import Procedure
from engine.tokens import Element, ProcessModel
from engine.worklist import TaskRow

FOR_PARTIES = "for_parties"  # in procedure.yaml, of a paper and of a line of the summary: for which kinds of parties it is


@dataclass(frozen=True)
class CaseHeader:
    """What stands at the head of a case."""

    instance_id: str
    business_key: str
    title: str
    procedure: str
    procedure_name: str
    procedure_name_en: str
    process_id: str
    process_name: str
    process_name_en: str
    office_id: str
    scope: str
    status: str
    due_on: date | None
    due_label: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    parent_id: str | None
    version: int


@dataclass(frozen=True)
class HistoryRow:
    """One thing that happened."""

    at: datetime
    kind: str
    element: str
    name: str
    person_id: str
    person_name: str
    details: dict[str, Any]
    id: int = 0  # rises with time
    for_id: str = ""  # in whose stead the person did it
    for_name: str = ""


@dataclass(frozen=True)
class IncidentRow:
    """A step that failed and waits to be tried again."""

    id: str
    element: str
    reason: str
    created_at: datetime
    operation: str


@dataclass(frozen=True)
class CaseView:
    """A case as its page shows it. `history` are the latest rows, the oldest of them first; `has_earlier`: there are more before them.
    `done` are the elements that people or messages have finished, (id, name) in the order of the first time.
    """

    header: CaseHeader
    open_tasks: list[TaskRow]
    history: list[HistoryRow]
    incidents: list[IncidentRow]
    comments: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    variables: dict[str, Any]
    summary: list[dict[str, Any]]
    has_earlier: bool
    done: list[tuple[str, str]]


@dataclass(frozen=True)
class TaskView:
    """A task as its page shows it. `has_lost_post`: the person holds it, but no longer a post for it, and can only give it back.
    `seats`: who was asked beside the holder; while he waits for them he may not complete the task, but return it. `acts_for` is the name of the
    one in whose stead the person would do it.
    """

    task: TaskRow
    element: Element
    form: Form | None
    values: dict[str, Any]
    draft: dict[str, Any] | None
    may_claim: bool
    may_complete: bool
    may_return: bool
    refused_because: str
    has_lost_post: bool = False
    seats: Seating = field(default_factory=Seating)
    acts_for: str = ""


@dataclass(frozen=True)
class Diagram:
    """What the picture shows: the way the case went and where it stands."""

    xml: str
    process_id: str
    done: list[str]
    flows: list[str]
    current: list[str]
    incidents: list[str]


@dataclass(frozen=True)
class StartView:
    """A process that a person may start, with its form and the offices in whose name."""

    procedure: Procedure
    model: ProcessModel
    form: Form | None
    start: Element
    office_ids: tuple[str, ...]

    @property
    def name_en(self) -> str:
        return self.model.properties.get("name_en", "") or self.model.name
