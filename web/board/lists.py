"""The cases and tasks behind the figures: each overdue one with the reason of its date, and with what was urged and answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from deadlines.model import Deadline, Urging
from engine import standstill
from engine.board.listing import CaseLine, TaskLine
from engine.board.verdict import IN_TIME, LATE
from engine.parties.transferring import MAY_TRANSFER
from web import terms
from web.board.choice import Choice
from web.board.reach import Reach, people_names
from web.board.words import Vocabulary
from web.cases.citation import cited_in_english
from web.languages import is_english, named
from web.names import person_name, signed_name
from web.services import services


@dataclass(frozen=True)
class Urged:
    """The latest urging of a case: who, when, in what words, and what was answered to this one."""

    by_name: str
    text: str
    at: datetime
    answered_by: str
    answer: str
    answered_at: datetime | None
    count: int
    is_of_today: bool


@dataclass(frozen=True)
class CaseRow:
    """A case as a list of the board shows it. `why` says how its date came about."""

    id: str
    title: str
    business_key: str
    process: str
    office: str
    steps: str
    holders: str
    due_on: date | None
    term: terms.Term
    why: str
    started_at: datetime | None
    ended_at: datetime | None
    kept: int
    urged: Urged | None = None


@dataclass(frozen=True)
class TaskRow:
    """A task as a list of the board shows it. `why` says how its date came about."""

    id: str
    instance_id: str
    title: str
    business_key: str
    process: str
    step: str
    office: str
    person: str
    due_on: date | None
    term: terms.Term
    opened_at: datetime | None
    closed_at: datetime | None
    kept: int
    may_pick: bool
    why: str


def open_cases(choice: Choice, reach: Reach, vocabulary: Vocabulary, limit: int) -> list[CaseRow]:
    """Open cases with explanation and urgings, the latest first."""
    lines = services().engine.board.list_open(choice.sight(reach), choice.term, waiting=choice.waiting, month=choice.due, limit=limit, offset=choice.offset)
    return explained(lines, reach, vocabulary)


def explained(lines: Sequence[CaseLine], reach: Reach, vocabulary: Vocabulary) -> list[CaseRow]:
    """Cases with the terms that run in them."""
    deps, ids = services(), [line.id for line in lines]
    with deps.database.read() as session:
        running, urgings = deps.deadlines.open_among(session, ids), deps.deadlines.urgings_among(session, ids)
    stopped = terms.stopped_among((line.id, line.due_on) for line in lines)
    return [_case(line, reach, vocabulary, running.get(line.id, ()), urgings.get(line.id, ()), stopped.get(line.id)) for line in lines]


def finished_cases(choice: Choice, reach: Reach, vocabulary: Vocabulary, limit: int) -> list[CaseRow]:
    """Finished cases, the latest first."""
    lines = services().engine.board.list_finished(choice.sight(reach), choice.kept, limit=limit, offset=choice.offset)
    return [_case(line, reach, vocabulary, (), ()) for line in lines]


def tasks(choice: Choice, reach: Reach, vocabulary: Vocabulary, limit: int) -> list[TaskRow]:
    """Open or finished tasks."""
    board, sight = services().engine.board, choice.sight(reach)
    if choice.state == "done":
        found = board.list_done(sight, person=choice.person, element=choice.element, kept=choice.kept, limit=limit, offset=choice.offset)
    else:
        person = "" if choice.unclaimed else choice.person or None
        found = board.list_tasks(sight, person=person, element=choice.element, term=choice.term, limit=limit, offset=choice.offset)
    names = people_names([line.person_id for line in found])
    with services().database.read() as session:
        ledger = services().deadlines.open_among(session, list({line.instance_id for line in found}), met=choice.state == "done")
    return [_task(line, reach, vocabulary, names, ledger.get(line.instance_id, ())) for line in found]


def _case(
    line: CaseLine, reach: Reach, vocabulary: Vocabulary, running: Sequence[Deadline], urgings: Sequence[Urging], stopped: terms.Term | None = None
) -> CaseRow:  # fmt: skip
    stands, term = standstill.stands(line.due_on), _term_behind(line.due_on, running)
    place = reach.by_scope.get(line.scope)
    return CaseRow(
        line.id, line.title, line.business_key, vocabulary.process(line.process_id), place.name if place else line.scope,
        _joined(named(step[0], step[1]) for step in line.steps),
        _joined(person_name(step[2], step[3]) if step[2] else str(_("待认领")) for step in line.steps),
        None if stands else line.due_on, _chip(line, term, stopped) if line.ended_at is None else terms.NO_TERM,
        _why(line, term), line.started_at, line.ended_at, line.kept, _urged(urgings) if urgings else None,
    )  # fmt: skip


def _chip(line: CaseLine, term: Deadline | None, stopped: terms.Term | None) -> terms.Term:
    return stopped or terms.term_of(line.due_on, provisional=bool(term and term.provisional))


def _term_behind(due_on: date | None, terms_: Sequence[Deadline]) -> Deadline | None:
    """The term of the ledger that gives a date, or that stands where the date does."""
    stands = standstill.stands(due_on)
    return next((one for one in terms_ if (one.state == "stopped" if stands else one.due_on == due_on)), None)


def _why(line: CaseLine | TaskLine, term: Deadline | None) -> str:
    """How the date came about: what the ledger says, or whence else it is."""
    if term is not None:
        return named(term.explanation, cited_in_english(term.explanation_en))
    if line.own_due:
        return terms.why_own()
    return line.due_label if line.due_on else ""


def _urged(urgings: Sequence[Urging]) -> Urged:
    last, today = urgings[-1], services().clock.today()
    return Urged(
        signed_name(last.by_id, last.by_name), last.text, last.at, last.answered_by, last.answer, last.answered_at, len(urgings),
        any(one.key is not None and one.key.endswith(today.isoformat()) for one in urgings),
    )  # fmt: skip


def _task(line: TaskLine, reach: Reach, vocabulary: Vocabulary, names: dict[str, str], ledger: Sequence[Deadline]) -> TaskRow:
    place, is_open = reach.by_scope.get(line.scope), line.closed_at is None
    stands = standstill.stands(line.due_on)
    return TaskRow(
        line.id, line.instance_id, line.title, line.business_key, vocabulary.process(line.process_id), named(line.name, line.name_en),
        place.name if place else line.scope, names.get(line.person_id, line.person_name), None if stands else line.due_on,
        terms.term_of(line.due_on) if is_open else kept_term(line.kept, line.due_on), line.opened_at, line.closed_at, line.kept,
        is_open and bool(vocabulary.property(line.process_id, MAY_TRANSFER)), _why(line, _term_behind(line.due_on, ledger)),
    )  # fmt: skip


def kept_term(kept: int, due_on: date | None) -> terms.Term:
    """The chip of something finished."""
    if kept == LATE:
        return terms.Term("overdue", _("逾期办结"), due_on)
    return terms.Term("met", _("按期办结"), due_on) if kept == IN_TIME else terms.NO_TERM


def _joined(parts: Iterable[str]) -> str:
    return (", " if is_english() else "、").join(dict.fromkeys(parts))
