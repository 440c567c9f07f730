"""Entries of both trails as one kind of line, for the page and for the files to take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine import acts
from engine.acts import ActQuery
from records.audit import search
from records.audit.search import TrailQuery
from records.spreadsheets import Cell, Column
from web.audit import words
from web.audit.choice import HISTORY, Choice
from web.names import both_names, person_name, signed_name

SLICE = 2_000


@dataclass(frozen=True)
class Line:
    """One act: `number` is its place in its trail; `event` its code, `name` what that is called; `about` what it concerns; `old` and `new` as JSON."""

    number: int
    at: datetime
    person_id: str
    person: str
    event: str
    name: str
    about: str
    case: str
    old: str
    new: str


def lines(session: Session, choice: Choice, limit: int, before: int = 0) -> list[Line]:
    """At most so many, the newest first, older than the entry `before`."""
    cases = acts.cases_called(session, choice.case) or [choice.case] if choice.case else None
    given = {"person": choice.person, "event": choice.event, "cases": cases, "since": choice.since, "until": choice.until, "before": before or choice.before}
    if choice.source == HISTORY:
        return [
            Line(
                row.id, row.at, row.person_id, both_names(person_name(row.person_id, row.person_name), person_name(row.for_id, row.for_name)), row.kind, words.kind_name(row.kind),
                " · ".join(filter(None, (row.element, row.name))), row.business_key or row.instance_id, "", row.details,
            )
            for row in acts.search(session, ActQuery(**given), limit)  # type: ignore[arg-type]
        ]  # fmt: skip
    return [
        Line(
            row.sequence, row.at, row.person_id, signed_name(row.person_id, row.person_name), row.event, words.event_name(row.event),
            words.about(row.subject_kind, row.subject_id), row.case_id, _json(row.old), _json(row.new),
        )
        for row in search.search(session, TrailQuery(**given), limit)  # type: ignore[arg-type]
    ]  # fmt: skip


def every(session: Session, choice: Choice, at_most: int) -> Iterator[Line]:
    """All that the filters find, slice by slice."""
    before, left = 0, at_most
    while left > 0 and (found := lines(session, choice, min(SLICE, left), before)):
        yield from found
        before, left = found[-1].number, left - len(found)
        session.expunge_all()


def columns() -> list[Column]:
    """The heading of a file."""
    return [
        Column(_("序号"), 10), Column(_("时间"), 20), Column(_("人员"), 12), Column(_("人员编号"), 34), Column(_("事件"), 34), Column(_("事件名称"), 24),
        Column(_("对象"), 44), Column(_("案件"), 34), Column(_("变更前"), 40), Column(_("变更后"), 60),
    ]  # fmt: skip


def cells(line: Line) -> tuple[Cell, ...]:
    """A line of a file; the moment to the second, in Shanghai."""
    at = line.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return (line.number, at, line.person, line.person_id, line.event, line.name, line.about, line.case, line.old, line.new)


def _json(value: object) -> str:
    return "" if value is None else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
