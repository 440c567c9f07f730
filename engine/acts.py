"""The history of all cases as whoever audits it searches it: by person, case, period and kind of event, the newest first. Rights are the caller's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.link import Link, containing

_ACT = (
    "SELECT h.id, h.at, h.kind, h.element, h.name, h.person_id, h.person_name, h.for_id, h.for_name, h.details, h.instance_id, i.business_key"
    " FROM history h LEFT JOIN instance i ON i.id = h.instance_id"
)
CASES_AT_MOST = 200


@dataclass(frozen=True)
class ActQuery:
    """What is looked for; what is empty is not asked. `cases`: identifiers, or None for any; `before`: only older rows than this one."""

    person: str = ""
    event: str = ""
    cases: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int = 0


@dataclass(frozen=True)
class Act:
    """A row of history with the number of its case; `details` as the JSON that was stored."""

    id: int
    at: datetime
    kind: str
    element: str
    name: str
    person_id: str
    person_name: str
    for_id: str  # in whose stead the person did it
    for_name: str
    details: str
    instance_id: str
    business_key: str


def search(session: Session, query: ActQuery, limit: int) -> list[Act]:
    """At most so many rows; `until` is the first moment that is too late."""
    link = Link(session)
    if query.cases is not None and not query.cases:
        return []
    tests = _tests(link, query)
    where = " AND ".join(sql for sql, _values in tests) or "1 = 1"
    values = [value for _sql, some in tests for value in some]
    rows = link.all(f"{_ACT} WHERE {where} ORDER BY h.id DESC LIMIT ?", *values, limit)
    return [Act(row[0], _at(row[1]), *_texts(row[2:12])) for row in rows]


def cases_called(session: Session, text: str) -> list[str]:
    """The cases with this identifier or number."""
    rows = Link(session).all("SELECT id FROM instance WHERE id = ? OR business_key = ? LIMIT ?", text, text, CASES_AT_MOST)
    return [row[0] for row in rows]


def _tests(link: Link, query: ActQuery) -> list[tuple[str, list[Any]]]:
    tests: list[tuple[str, list[Any]]] = []
    if query.person:
        tests.append(("(h.person_id = ? OR h.for_id = ? OR h.person_name LIKE ? ESCAPE '!' OR h.for_name LIKE ? ESCAPE '!')",
                      [query.person, query.person, containing(query.person), containing(query.person)]))
    if query.event:
        tests.append(("(h.kind = ? OR h.element = ? OR h.name LIKE ? ESCAPE '!')", [query.event, query.event, containing(query.event)]))
    if query.cases is not None:
        tests.append((f"h.instance_id IN ({link.places(query.cases)})", list(query.cases)))
    if query.since:
        tests.append(("h.at >= ?", [link.moment(query.since)]))
    if query.until:
        tests.append(("h.at < ?", [link.moment(query.until)]))
    if query.before:
        tests.append(("h.id < ?", [query.before]))
    return tests


def _texts(values: tuple[Any, ...]) -> list[str]:
    return [str(value or "") for value in values]


def _at(value: Any) -> datetime:
    found = Link.as_moment(value)
    assert found is not None
    return found
