"""What pages read of the engine, limited to what the reader may see. Refused and not-there look the same."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from db.blobs import get_blob
from engine import tasks, worklist
from engine.case import Case
from engine.codec import decode
from engine.errors import NotFound, TaskNotOpen
from engine.forms import Form
from engine.kernel import Kernel
from engine.link import Link
from engine.people import Actor
from engine.procedures import Procedure
from engine.scopes import Store, View
from engine.tokens import Element, Machine, ProcessModel
from engine.worklist import TaskRow, WorklistPage, WorklistQuery


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
    """A case as its page shows it."""

    header: CaseHeader
    open_tasks: list[TaskRow]
    history: list[HistoryRow]
    incidents: list[IncidentRow]
    comments: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    variables: dict[str, Any]
    summary: list[dict[str, Any]]


@dataclass(frozen=True)
class TaskView:
    """A task as its page shows it."""

    task: TaskRow
    element: Element
    form: Form | None
    values: dict[str, Any]
    draft: dict[str, Any] | None
    may_claim: bool
    may_complete: bool
    refused_because: str


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
    """A process that a person may start, with its form."""

    procedure: Procedure
    model: ProcessModel
    form: Form | None
    start: Element

    @property
    def name_en(self) -> str:
        return self.model.properties.get("name_en", "") or self.model.name


_HEADER = (
    "id, business_key, title, procedure, process_id, office_id, scope, status, due_on, due_label, started_at, started_by, ended_at,"
    " parent_id, version, definition_id"
)


class Reads:
    """The reading half of the front door."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @contextmanager
    def _link(self) -> Any:
        with self.kernel.database.read() as session:
            yield Link(session)

    # --- rights ------------------------------------------------------------------------------------------------------------

    @staticmethod
    def _takes_part(link: Link, instance_id: str, actor: Actor) -> bool:
        """Whoever has, or may claim, an open task of a case may see the case."""
        posts = sorted(actor.post_ids)
        marks = link.places(posts) if posts else "''"
        sql = (
            "SELECT 1 FROM task t WHERE t.instance_id = ? AND ((t.assignee_id = ?) OR (t.state = 'open' AND EXISTS"
            f" (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.post_id IN ({marks})))) LIMIT 1"
        )
        return link.one(sql, instance_id, actor.person_id, *posts) is not None

    def sees(self, link: Link, instance_id: str, actor: Actor) -> bool:
        """Whether a person may see a case: own office, one beneath, or taking part."""
        row = link.one("SELECT scope FROM instance WHERE id = ?", instance_id)
        return row is not None and (actor.sees(row[0]) or self._takes_part(link, instance_id, actor))

    def _require(self, link: Link, instance_id: str, actor: Actor) -> None:
        if not self.sees(link, instance_id, actor):
            raise NotFound(instance=instance_id)

    # --- worklist and tasks ------------------------------------------------------------------------------------------------

    def worklist(self, actor: Actor, query: WorklistQuery) -> WorklistPage:
        """One page of tasks with the counts beside it."""
        with self._link() as link:
            return worklist.page(link, actor, query)

    def task(self, task_id: str, actor: Actor) -> TaskView:
        """An open task with its form; raises NotFound for whoever may not see the case, TaskNotOpen when it is over."""
        with self._link() as link:
            row = worklist.one(link, task_id)
            if row is None or not self.sees(link, row.instance_id, actor):
                raise NotFound(task=task_id)
            if row.state != "open":
                raise TaskNotOpen(task=task_id, instance=row.instance_id)
            definition, state = link.one("SELECT definition_id, state FROM instance WHERE id = ?", row.instance_id)
            procedure = self.kernel.definitions.get(link, definition)
            element = procedure.models[row.process_id].elements[row.element]
            machine = Machine.load(decode(bytes(state)), _blind(procedure))
            token = machine.tokens[row.token]
            values = View(Store.load(link, row.instance_id), machine.scopes, machine.scopes[token.scope]).flat()
            draft = link.one("SELECT draft FROM task WHERE id = ?", task_id)[0]
            holds = tasks.holds_post(link, task_id, actor) or row.assignee_id == actor.person_id
            why = self._not_by(link, row, element, actor) if holds else ""
            mine = row.assignee_id == actor.person_id
            return TaskView(
                row, element, procedure.form(element), values, orjson.loads(draft) if draft else None,
                may_claim=holds and row.assignee_id is None, may_complete=holds and (mine or row.assignee_id is None) and not why,
                refused_because=why,
            )  # fmt: skip

    @staticmethod
    def _not_by(link: Link, row: TaskRow, element: Element, actor: Actor) -> str:
        for other in element.not_by:
            done = link.one(
                "SELECT name FROM history WHERE instance_id = ? AND kind = 'completed_task' AND element = ? AND person_id = ? LIMIT 1",
                row.instance_id, other, actor.person_id,
            )  # fmt: skip
            if done is not None:
                return str(done[0])
        return ""

    # --- cases -------------------------------------------------------------------------------------------------------------

    def header(self, instance_id: str, actor: Actor) -> CaseHeader:
        """The head of a case."""
        with self._link() as link:
            self._require(link, instance_id, actor)
            return self._header(link, instance_id)

    def _header(self, link: Link, instance_id: str) -> CaseHeader:
        row = link.one(f"SELECT {_HEADER} FROM instance WHERE id = ?", instance_id)
        if row is None:
            raise NotFound(instance=instance_id)
        return self._as_header(link, row)

    def _as_header(self, link: Link, row: tuple[Any, ...]) -> CaseHeader:
        procedure = self.kernel.definitions.get(link, row[15])
        model = procedure.models[row[4]]
        started = link.as_moment(row[10])
        assert started is not None
        return CaseHeader(
            row[0], row[1], row[2], row[3], procedure.name, procedure.name_en, row[4], model.name,
            model.properties.get("name_en", "") or model.name, row[5], row[6], row[7], link.as_day(row[8]), row[9], started, row[11],
            link.as_moment(row[12]), row[13], row[14],
        )  # fmt: skip

    def case(self, instance_id: str, actor: Actor) -> CaseView:
        """Everything that a case page shows."""
        with self._link() as link:
            self._require(link, instance_id, actor)
            header = self._header(link, instance_id)
            definition = link.one("SELECT definition_id FROM instance WHERE id = ?", instance_id)[0]
            procedure = self.kernel.definitions.get(link, definition)
            variables = _merged(link, instance_id)
            return CaseView(
                header, worklist.of_case(link, instance_id), self._history(link, instance_id), self._incidents(link, instance_id),
                self._comments(link, instance_id), self._attachments(link, instance_id), variables,
                summarise(procedure.summary(header.process_id), variables),
            )  # fmt: skip

    def _history(self, link: Link, instance_id: str) -> list[HistoryRow]:
        rows = link.all(
            "SELECT at, kind, element, name, person_id, person_name, details FROM history WHERE instance_id = ? AND kind <> 'passed' ORDER BY id",
            instance_id,
        )
        return [HistoryRow(*(link.as_moment(r[0]), *r[1:6], orjson.loads(r[6]) if r[6] else {})) for r in rows]

    @staticmethod
    def _incidents(link: Link, instance_id: str) -> list[IncidentRow]:
        rows = link.all(
            "SELECT id, element, reason, created_at, action FROM incident WHERE instance_id = ? AND resolved_at IS NULL ORDER BY id",
            instance_id,
        )
        return [IncidentRow(r[0], r[1], r[2], link.as_moment(r[3]), orjson.loads(r[4])["operation"]) for r in rows]  # type: ignore[arg-type]

    @staticmethod
    def _comments(link: Link, instance_id: str) -> list[dict[str, Any]]:
        rows = link.all("SELECT person_name, at, text FROM comment WHERE instance_id = ? ORDER BY id", instance_id)
        return [{"person_name": r[0], "at": link.as_moment(r[1]), "text": r[2]} for r in rows]

    @staticmethod
    def _attachments(link: Link, instance_id: str) -> list[dict[str, Any]]:
        rows = link.all(
            "SELECT id, filename, size, media_type, person_name, at FROM attachment WHERE instance_id = ? ORDER BY id",
            instance_id,
        )
        names = ("id", "filename", "size", "media_type", "person_name")
        return [{**dict(zip(names, r[:5], strict=True)), "at": link.as_moment(r[5])} for r in rows]

    def attachment(self, attachment_id: str, actor: Actor) -> tuple[str, str, bytes]:
        """(file name, media type, bytes) of an attachment of a case that the reader sees."""
        with self.kernel.database.read() as session:
            link = Link(session)
            row = link.one("SELECT instance_id, filename, media_type, sha256 FROM attachment WHERE id = ?", attachment_id)
            if row is None or not self.sees(link, row[0], actor):
                raise NotFound(attachment=attachment_id)
            content = get_blob(session, row[3])
            assert content is not None
            return row[1], row[2], content

    def cases(
        self,
        actor: Actor,
        *,
        text: str = "",
        status: str = "",
        procedure: str = "",
        process_id: str = "",
        offset: int = 0,
        limit: int = 25,
    ) -> tuple[list[CaseHeader], bool]:
        """Cases of the reader's offices, newest first, and whether there are more."""
        if not actor.scopes:
            return [], False
        with self._link() as link:
            where = ["(" + " OR ".join("scope LIKE ?" for _ in actor.scopes) + ")"]
            values: list[Any] = [f"{scope}%" for scope in actor.scopes]
            for column, wanted in (("status", status), ("procedure", procedure), ("process_id", process_id)):
                if wanted:
                    where.append(f"{column} = ?")
                    values.append(wanted)
            if text:
                where.append("(title LIKE ? OR business_key LIKE ?)")
                values += [f"%{text}%", f"%{text}%"]
            sql = f"SELECT {_HEADER} FROM instance WHERE {' AND '.join(where)} ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?"
            rows = link.all(sql, *values, limit + 1, offset)
            return [self._as_header(link, row) for row in rows[:limit]], len(rows) > limit

    def diagram(self, instance_id: str, actor: Actor) -> Diagram:
        """The process of a case with the way that it went."""
        with self._link() as link:
            self._require(link, instance_id, actor)
            definition, process_id, state, status = link.one(
                "SELECT definition_id, process_id, state, status FROM instance WHERE id = ?", instance_id
            )
            procedure = self.kernel.definitions.get(link, definition)
            done: dict[str, None] = {}
            flows: dict[str, None] = {}
            for row in link.all("SELECT details FROM history WHERE instance_id = ? AND kind = 'passed' ORDER BY id", instance_id):
                passed = orjson.loads(row[0])
                done.update(dict.fromkeys(passed["elements"]))
                flows.update(dict.fromkeys(passed["flows"]))
            live = Machine.load(decode(bytes(state)), _blind(procedure)).live() if status == "active" else []
            faults = [i.element for i in self._incidents(link, instance_id) if i.element]
            xml = procedure.gate.xml[process_id].decode()
            return Diagram(xml, process_id, list(done), list(flows), [t.element for t in live if not t.role], faults)

    # --- procedures --------------------------------------------------------------------------------------------------------

    def procedures(self) -> list[Procedure]:
        """The newest version of each procedure."""
        with self._link() as link:
            return list(self.kernel.definitions.newest(link).values())

    def startable(self, actor: Actor) -> list[StartView]:
        """Processes with a none start event whose starter roles the person holds (all, where none is named)."""
        found = []
        for procedure in self.procedures():
            for model in procedure.models.values():
                roles = {starter.partition("@")[0] for starter in model.starters}
                starts = [e for e in model.children.get("", ()) if e.kind == "startEvent" and e.trigger.kind == "none"]
                if starts and roles & actor.roles:
                    found.append(StartView(procedure, model, procedure.form(starts[0]), starts[0]))
        return found


def summarise(rows: list[dict[str, Any]], variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The head of a case by procedure.yaml: label, value, format; rows without a value are left out."""
    from engine.feel import compile_expression  # noqa: PLC0415

    found = []
    for row in rows:
        value = compile_expression(str(row["value"])).evaluate(variables)
        if value is not None and value != "":
            found.append(
                {
                    "label": row["label"],
                    "label_en": row.get("label_en", row["label"]),
                    "value": value,
                    "format": row.get("format", "text"),
                }
            )
    return found


def _merged(link: Link, instance_id: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    store = Store.load(link, instance_id)
    for scope in sorted(store.contents, reverse=True):
        merged.update(store.contents[scope])
    return merged


class _Blind:
    """Hooks for a machine that is only looked at."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    def model(self, process_id: str) -> ProcessModel:
        return self.procedure.models[process_id]


def _blind(procedure: Procedure) -> Any:
    return _Blind(procedure)


__all__ = [
    "Case",
    "CaseHeader",
    "CaseView",
    "Diagram",
    "HistoryRow",
    "IncidentRow",
    "Reads",
    "StartView",
    "TaskView",
    "WorklistQuery",
]
