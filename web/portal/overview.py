"""What stands on a party's first page: what it is asked for, what it may apply for, its cases, its papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.outside import cases_that_name, kind_of
from engine.reads import CaseHeader, StartView, WorklistQuery
from engine.worklist import TaskRow
from records.offices import store
from web import identity, terms
from web.cases.citation import cited
from web.cases.papers import PaperLine, kinds_for, paper_line
from web.cases.words import Words
from web.languages import named
from web.portal.places import Ground, Place, label_of, place_of
from web.services import services
from web.worklist.workplace import process_names, returnable

CASES_SHOWN = 12
PAPERS_SHOWN = 12
TASKS_SHOWN = 25
EVERYTHING = 500  # of either, for whoever asks for all


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
    """A case of the party, where it stands, and when something has to be done in it: `running` are the terms that run, (what, chip, last day)."""

    id: str
    title: str
    number: str
    process: str
    place: Place
    running: tuple[tuple[str, terms.Term, date], ...]
    started_at: datetime


@dataclass(frozen=True)
class PartyPaper:
    """A paper for the party, with the case in which it was issued."""

    case_id: str
    case_title: str
    paper: PaperLine


def tasks(*, everything: bool = False) -> tuple[list[TaskLine], bool]:
    """Open tasks of the party, what this account has in hand first, and whether there are more."""
    deps, actor = services(), identity.staff().actor
    limit = EVERYTHING if everything else TASKS_SHOWN
    procedures, found = deps.engine.procedures(), dict[str, TaskRow]()
    for scope in ("mine", "claimable"):
        page = deps.engine.worklist(actor, WorklistQuery(deps.clock.today(), scope=scope, limit=limit + 1))
        found.update((task.id, task) for task in page.items)
    names, returns, shown = process_names(procedures), returnable(procedures), list(found.values())[:limit]
    lines = [_task(task, names, came_back=task.returned or (task.done_before and (task.process_id, task.element) in returns)) for task in shown]
    return lines, len(found) > limit


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
    return case_lines(found), more


def case_lines(headers: Sequence[CaseHeader]) -> list[CaseLine]:
    """Cases as lines of the list."""
    ground = Ground.of(headers)
    return [_case_line(header, ground) for header in headers]


def case_line(header: CaseHeader) -> CaseLine:
    """One case as such a line."""
    return case_lines([header])[0]


def _case_line(header: CaseHeader, ground: Ground) -> CaseLine:
    is_running, own = header.status == "active", ground.running.get(header.instance_id, [])
    running = [(label_of(row), terms.term_of(row.due_on, provisional=bool(row.provisional)), row.due_on) for row in own]
    if is_running and header.due_on is not None and header.due_on not in {row.due_on for row in own}:
        running.insert(0, ("", terms.term_of(header.due_on), header.due_on))  # of the step in hand
    return CaseLine(
        header.instance_id, header.title, header.business_key, named(header.process_name, header.process_name_en), place_of(header, ground),
        tuple(running), header.started_at,
    )  # fmt: skip


def papers(*, everything: bool = False) -> tuple[list[PartyPaper], bool]:
    """The latest papers that were issued for the party, in whichever of its cases, and whether there are more."""
    deps, actor = services(), identity.staff().actor
    limit, procedures = EVERYTHING if everything else PAPERS_SHOWN, {procedure.key: procedure for procedure in deps.engine.procedures()}
    with deps.database.read() as session:
        rows = deps.papers.latest(session, cases_that_name(actor), kinds_for(kind_of(actor), procedures.values()), limit + 1)
    headers, found = deps.engine.headers({row.subject_id for row in rows}, actor), []
    for row in rows[:limit]:
        if (case := headers.get(row.subject_id)) is not None:
            words = Words(procedures.get(row.procedure), case.process_id, case.office_id)
            found.append(PartyPaper(case.instance_id, case.title, paper_line(row, words, case.instance_id)))
    return found, len(rows) > limit


def competent_office() -> str:
    """The name of the office that keeps the party."""
    party = identity.staff().party
    if party is None:
        return ""
    with services().database.read() as session:
        office = store.office(session, party.office_id)
        return named(office.name, office.name_en)
