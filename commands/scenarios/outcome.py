"""What came of a scenario, read from the database, and where it differs from what the scenario expects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from commands.scenarios.model import Expected, Several
from db.base import Base
from deadlines.model import Deadline
from engine import dossiers
from engine.link import Link
from engine.people import SYSTEM
from engine.tables import Instance, Variable
from hardware.simulator import Shelf, volumes_on
from papers.model import Paper

if TYPE_CHECKING:
    from app import Application

_ROWS = re.compile(r"(?P<table>\w+)(\[(?P<of>\w+)=(?P<value>[^\]]*)\])?(\.(?P<column>\w+))?")


@dataclass(frozen=True)
class CaseOutcome:
    """One case: how far it came and which way; `told` says it in words."""

    process: str
    told: str
    ends: Several
    standing: Several
    flows: frozenset[str]


@dataclass(frozen=True)
class DeadlineOutcome:
    """One term; `state` says so where it was missed."""

    key: str
    label: str
    due_on: date
    state: str


@dataclass(frozen=True)
class Outcome:
    """Everything that the database holds after the last step."""

    cases: tuple[CaseOutcome, ...]
    papers: tuple[tuple[str, str], ...]  # template, title
    deadlines: tuple[DeadlineOutcome, ...]
    records: Mapping[str, Several]  # what the scenario names → values of all rows
    variables: Mapping[str, frozenset[str]]  # process → names of all variables of its cases
    cards: Mapping[str, Several]  # serial → volumes


def gather(application: Application, expected: Expected, shelf: Shelf) -> Outcome:
    """Reads cases, papers, terms, the named records and the named cards; the database holds nothing but this scenario."""
    today = application.clock.today()
    with application.database.read() as session:
        cases = [_case(application, session, row) for row in session.scalars(select(Instance).order_by(Instance.id))]
        papers = [(row.template, row.title) for row in session.scalars(select(Paper).order_by(Paper.issued_at, Paper.id))]
        terms = [
            DeadlineOutcome(row.key, row.label, row.due_on, _state(row, today))
            for row in session.scalars(select(Deadline).order_by(Deadline.id))
        ]
        records = {name: _values(session, name) for name in expected.records}
        variables = _variables(session)
    return Outcome(tuple(cases), tuple(papers), tuple(terms), records, variables, {serial: tuple(volumes_on(shelf, serial)) for serial in expected.cards})


def _variables(session: Session) -> dict[str, frozenset[str]]:
    named = select(Instance.process_id, Variable.name).join(Variable, Variable.instance_id == Instance.id).distinct()
    found: dict[str, set[str]] = {}
    for process, name in session.execute(named):
        found.setdefault(process, set()).add(name)
    return {process: frozenset(names) for process, names in found.items()}


def _case(application: Application, session: Session, row: Instance) -> CaseOutcome:
    elements, flows = dossiers.way(Link(session), row.id)
    model = application.engine.kernel.definitions.get(Link(session), row.definition_id).models[row.process_id]
    ends = tuple(sorted(id_ for id_ in elements if model.elements[id_].kind == "endEvent"))
    standing = tuple(sorted(application.engine.diagram(row.id, SYSTEM).current))
    where = "、".join(model.elements[id_].name for id_ in standing or ends)
    return CaseOutcome(row.process_id, f"{model.name} {row.business_key} {where}", ends, standing, frozenset(flows))


def _state(row: Deadline, today: date) -> str:
    missed = (row.met_on or today) > row.due_on and row.state in {"met", "running"}
    return f"overdue-{row.state}" if missed else row.state


def _values(session: Session, name: str) -> Several:
    """Values of `table.column`, or of `table` alone its states; the family's prefix of a table may be left out.

    `table[column=value]` looks at those rows alone, where an office has others beside.
    """
    match = _ROWS.fullmatch(name)
    if match is None:
        return (f"没有登记簿 {name}",)
    table, of, wanted, column = (match[key] or "" for key in ("table", "of", "value", "column"))
    known = Base.metadata.tables
    found = [one for one in known if one == table] or [one for one in known if one.endswith(f"_{table}")]
    if len(found) != 1 or {column or "state", of or "id"} - {*known[found[0]].c.keys(), "id"}:
        return (f"没有登记簿 {name}",)
    columns = known[found[0]].c
    asked = select(columns[column or "state"])
    return tuple(sorted(map(str, session.scalars(asked.where(columns[of] == wanted) if of else asked))))


# --- comparing -------------------------------------------------------------------------------------------------------------


def compare(expected: Expected, outcome: Outcome) -> Iterator[tuple[str, str]]:
    """(place, sentence) of every difference."""
    yield from _differences("expect.ends", expected.ends, _by_process(outcome, "ends"))
    yield from _differences("expect.open", expected.open, _by_process(outcome, "standing"))
    yield from _differences("expect.papers", {"": expected.papers}, {"": tuple(sorted(key for key, _ in outcome.papers))})
    yield from _differences("expect.deadlines", expected.deadlines, _terms(expected, outcome))
    for name, wanted in expected.records.items():
        yield from _differences("expect.records", {name: wanted}, {name: outcome.records[name]})
    yield from _differences("expect.cards", expected.cards, outcome.cards)


def _differences(place: str, wanted: Mapping[str, Several], found: Mapping[str, Several]) -> Iterator[tuple[str, str]]:
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key, ()) != found.get(key, ()):
            yield (f"{place}.{key}" if key else place), f"应为 {_told(wanted.get(key, ()))}，实为 {_told(found.get(key, ()))}"


def _told(values: Several) -> str:
    counted = {value: values.count(value) for value in values}
    return "、".join(f"{value} x{n}" if n > 1 else value for value, n in counted.items()) or "无"


def _by_process(outcome: Outcome, what: str) -> dict[str, Several]:
    found: dict[str, list[str]] = {}
    for case in outcome.cases:
        for element in getattr(case, what):
            found.setdefault(case.process, []).append(element)
    return {process: tuple(sorted(elements)) for process, elements in found.items()}


def _terms(expected: Expected, outcome: Outcome) -> dict[str, Several]:
    """States by key, with the last day for the keys of which a scenario names one."""
    found: dict[str, list[str]] = {}
    for term in outcome.deadlines:
        dated = any(" " in text for text in expected.deadlines.get(term.key, ()))
        found.setdefault(term.key, []).append(f"{term.state} {term.due_on}" if dated else term.state)
    return {key: tuple(sorted(states)) for key, states in found.items()}
