"""Searching the trail as whoever audits it does: by person, case, period and event, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from records.audit.tables import TrailEntry


@dataclass(frozen=True)
class TrailQuery:
    """What is looked for; what is empty is not asked. `cases`: identifiers, or None for any; `before`: only older entries than this one."""

    person: str = ""
    event: str = ""
    cases: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int = 0


def search(session: Session, query: TrailQuery, limit: int) -> Sequence[TrailEntry]:
    """At most so many entries; `until` is the first moment that is too late."""
    wanted: Select[Any] = _narrowed(select(TrailEntry), query)
    return session.scalars(wanted.order_by(TrailEntry.sequence.desc()).limit(limit)).all()


def _narrowed(wanted: Select[Any], query: TrailQuery) -> Select[Any]:
    if query.person:
        wanted = wanted.where(or_(TrailEntry.person_name.contains(query.person, autoescape=True), TrailEntry.person_id == query.person, (
            TrailEntry.subject_kind == "login") & (TrailEntry.subject_id == query.person)))  # fmt: skip
    if query.event:
        wanted = wanted.where(TrailEntry.event.contains(query.event, autoescape=True))
    if query.cases is not None:
        wanted = wanted.where(or_(TrailEntry.case_id.in_(query.cases), TrailEntry.subject_id.in_(query.cases)))
    if query.since:
        wanted = wanted.where(TrailEntry.at >= query.since)
    if query.until:
        wanted = wanted.where(TrailEntry.at < query.until)
    return wanted.where(TrailEntry.sequence < query.before) if query.before else wanted
