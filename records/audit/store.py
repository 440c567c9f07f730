"""Adding to the trail and reading it; there is no third thing to do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from records.audit.tables import TrailEntry


@dataclass(frozen=True)
class Who:
    """The person who acts, when, and within which case and task (empty outside one)."""

    person_id: str
    name: str
    at: datetime
    case_id: str = ""
    task_id: str = ""


def note(
    session: Session,
    who: Who,
    event: str,
    subject_kind: str,
    subject_id: str,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    """Adds one row in the caller's transaction, so that an act and its trail stand or fall together.

    `event` in three parts, e.g. `coinvestigation:delegation:sent`.
    """
    session.add(
        TrailEntry(
            at=who.at, person_id=who.person_id, person_name=who.name, event=event, subject_kind=subject_kind, subject_id=subject_id,
            case_id=who.case_id, task_id=who.task_id, old=old, new=new,
        )
    )  # fmt: skip


def note_all(session: Session, who: Who, event: str, subject_kind: str, news: Mapping[str, Mapping[str, Any]]) -> None:
    """As `note` for the same act on many new records, in one statement; shape of `news`: subject → what is new."""
    of_all = {
        "at": who.at, "person_id": who.person_id, "person_name": who.name, "event": event, "subject_kind": subject_kind, "case_id": who.case_id,
        "task_id": who.task_id, "old": None,
    }  # fmt: skip
    session.flush()
    session.execute(insert(TrailEntry), [{**of_all, "subject_id": subject, "new": new} for subject, new in news.items()])


def trail_of(session: Session, subject_kind: str, subject_id: str) -> Sequence[TrailEntry]:
    """All acts on one record, in their order."""
    return session.scalars(
        select(TrailEntry)
        .where(TrailEntry.subject_kind == subject_kind, TrailEntry.subject_id == subject_id)
        .order_by(TrailEntry.sequence)
    ).all()


def moment_of_latest(session: Session, subject_kind: str, subject_id: str, nth: int) -> datetime | None:
    """When the nth act on a record happened, counted back from the last; None where there were fewer. Reads n entries of the index."""
    return session.scalars(
        select(TrailEntry.at)
        .where(TrailEntry.subject_kind == subject_kind, TrailEntry.subject_id == subject_id)
        .order_by(TrailEntry.sequence.desc())
        .offset(nth - 1)
        .limit(1)
    ).one_or_none()
