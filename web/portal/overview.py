"""What stands on a party's first page: what it is asked for, what it may apply for, its cases, its papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine.reads import CaseHeader, StartView, WorklistQuery
from engine.worklist import TaskRow
from records.offices import store
from web import identity, terms
from web.cases.citation import cited
from web.cases.papers import PaperLine, papers_of
from web.cases.words import Words
from web.languages import named
from web.portal.places import Place, place_of
from web.services import services
from web.worklist.workplace import process_names, returnable

CASES_SHOWN = 12
PAPERS_SHOWN = 12
TASKS_SHOWN = 25


@dataclass(frozen=True)
class TaskLine:
    """Something that the party is asked for; `came_back`: it was returned to be corrected, for this reason."""

    id: str
    title: str
    number: str
    step: str
    process: str
    is_mine: bool
    came_back: bool
    reason: str
    term: terms.Term


@dataclass(frozen=True)
class Offer:
    """A process that the party may start."""

    id: str
    name: str
    purpose: str
    basis: str


@dataclass(frozen=True)
class CaseLine:
    """A case of the party, where it stands, and when something has to be done in it."""

    id: str
    title: str
    number: str
    process: str
    place: Place
    term: terms.Term
    due_on: date | None
    started_at: datetime


@dataclass(frozen=True)
class PartyPaper:
    """A paper for the party, with the case in which it was issued."""

    case_id: str
    case_title: str
    paper: PaperLine


def tasks() -> list[TaskLine]:
    """Open tasks of the party, what this account has in hand first."""
    deps, actor = services(), identity.staff().actor
    procedures, found = deps.engine.procedures(), dict[str, TaskRow]()
    for scope in ("mine", "claimable"):
        page = deps.engine.worklist(actor, WorklistQuery(deps.clock.today(), scope=scope, limit=TASKS_SHOWN))
        found.update((task.id, task) for task in page.items)
    names, returns = process_names(procedures), returnable(procedures)
    return [_task(task, names, came_back=task.returned or (task.done_before and (task.process_id, task.element) in returns)) for task in found.values()]


def _task(task: TaskRow, names: Mapping[str, str], *, came_back: bool) -> TaskLine:
    engine, actor = services().engine, identity.staff().actor
    returned = engine.moves.returned(engine.task(task.id, actor)) if task.returned else None
    return TaskLine(
        task.id, task.title, task.business_key, named(task.name, task.name_en), names.get(task.process_id, ""), task.assignee_id == actor.person_id,
        came_back, returned.reason if returned else "", terms.term_of(task.due_on),
    )  # fmt: skip


def offers() -> list[Offer]:
    """What the party may apply for now."""
    return [_offer(view) for view in services().engine.of_use(identity.staff().actor)]


def _offer(view: StartView) -> Offer:
    about = view.model.properties
    return Offer(view.model.process_id, named(view.model.name, view.name_en), named(about.get("purpose", ""), about.get("purpose_en")), cited(view.model.documentation))


def cases() -> tuple[list[CaseLine], bool]:
    """The latest cases of the party, and whether there are more."""
    found, more = services().engine.cases(identity.staff().actor, limit=CASES_SHOWN)
    return [case_line(header) for header in found], more


def case_line(header: CaseHeader) -> CaseLine:
    """A case as a line of the list."""
    is_running = header.status == "active"
    return CaseLine(
        header.instance_id, header.title, header.business_key, named(header.process_name, header.process_name_en), place_of(header),
        terms.term_of(header.due_on) if is_running else terms.NO_TERM, header.due_on if is_running else None, header.started_at,
    )  # fmt: skip


def papers(lines: list[CaseLine]) -> list[PartyPaper]:
    """The latest papers that were issued for the party in these cases."""
    engine, actor = services().engine, identity.staff().actor
    headers = engine.headers([line.id for line in lines], actor)
    found = [
        PartyPaper(line.id, line.title, paper)
        for line in lines
        if line.id in headers
        for paper in papers_of(line.id, Words.of(headers[line.id]))
    ]
    return sorted(found, key=lambda one: one.paper.at, reverse=True)[:PAPERS_SHOWN]


def competent_office() -> str:
    """The name of the office that keeps the party."""
    party = identity.staff().party
    if party is None:
        return ""
    with services().database.read() as session:
        office = store.office(session, party.office_id)
        return named(office.name, office.name_en)
