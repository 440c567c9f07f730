"""The one table of the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, JsonText, Moment


class TrailEntry(Base):
    """One act. `sequence` gives the order; `case_id` and `task_id` are the engine's, empty for acts outside a case."""

    __tablename__ = "trail_entry"
    __table_args__ = (Index("ix_trail_entry_subject", "subject_kind", "subject_id", "sequence"),)

    sequence: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    person_id: Mapped[str] = mapped_column(Id)
    person_name: Mapped[str] = mapped_column(String(60))
    event: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(Id)
    case_id: Mapped[str] = mapped_column(Id, index=True)
    task_id: Mapped[str] = mapped_column(String(128))  # the id of an element, as the engine keeps it
    old: Mapped[Any] = mapped_column(JsonText, nullable=True)
    new: Mapped[Any] = mapped_column(JsonText, nullable=True)


guard(TrailEntry.__table__, "trail_is_append_only")
evidence(
    TrailEntry.__table__, "trail_entry",
    ("sequence", "at", "person_id", "person_name", "event", "subject_kind", "subject_id", "case_id", "task_id", "old", "new"), moment="at",
)  # fmt: skip
