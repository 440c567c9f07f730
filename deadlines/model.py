"""Tables of the ledger of deadlines, and of the calendars that were loaded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.followed import followed
from db.guards import guard
from db.row_security import MY_POSTS, secured
from db.types import Id, JsonText, Moment


class CalendarVersion(Base):
    """A calendar file that was loaded; append-only, each lies on top of those before it."""

    __tablename__ = "calendar_version"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(32), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    loaded_by: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime] = mapped_column(Moment)


guard(CalendarVersion.__table__, "calendar_version_is_append_only")
evidence(CalendarVersion.__table__, "calendar_version", ("number", "version", "content", "loaded_by", "loaded_at"), moment="loaded_at")


class Deadline(Base):
    """A term that runs, with the rule as it was when it began and the reason for its date."""

    __tablename__ = "deadline"
    __table_args__ = (UniqueConstraint("subject_id", "key"), Index("ix_deadline_state_due", "state", "due_on"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    rule: Mapped[dict[str, Any]] = mapped_column(JsonText)
    event_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    explanation: Mapped[str] = mapped_column(Text)
    explanation_en: Mapped[str] = mapped_column(Text)
    provisional: Mapped[int] = mapped_column(Integer)
    calendar_version: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    stopped_on: Mapped[date | None] = mapped_column(Date)
    met_on: Mapped[date | None] = mapped_column(Date)
    owner_posts: Mapped[list[str]] = mapped_column(JsonText)
    next_on: Mapped[date | None] = mapped_column(Date, index=True)  # the day on which something is to be said next
    promised_on: Mapped[date | None] = mapped_column(Date)  # passed, and promised for this day: nothing is said again before


class DeadlineEvent(Base):
    """What happened to a deadline or was said of it; append-only, and each thing is said once."""

    __tablename__ = "deadline_event"
    __table_args__ = (UniqueConstraint("deadline_id", "kind", "step"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    deadline_id: Mapped[str] = mapped_column(Id, ForeignKey("deadline.id"))
    kind: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    details: Mapped[dict[str, Any]] = mapped_column(JsonText)


guard(DeadlineEvent.__table__, "deadline_event_is_append_only")
evidence(DeadlineEvent.__table__, "deadline_event", ("id", "deadline_id", "kind", "step", "at", "details"), moment="at")


class Notice(Base):
    """Something that the holders of posts should know."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_post", "post_id", "at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


followed(Notice.__table__, "notice")
secured("notice", f"post_id = ANY {MY_POSTS}")


class Urging(Base):
    """催办: who urged whom, when, in what words, and what was answered."""

    __tablename__ = "urging"
    __table_args__ = (Index("ix_urging_subject", "subject_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id)
    deadline_id: Mapped[str | None] = mapped_column(Id, ForeignKey("deadline.id"))
    by_id: Mapped[str] = mapped_column(String(64))
    by_name: Mapped[str] = mapped_column(String(64))
    posts: Mapped[list[str]] = mapped_column(JsonText)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of one from the board: subject and day; those of a procedure have none


guard(Urging.__table__, "urging_is_fixed", columns=("id", "subject_id", "deadline_id", "by_id", "by_name", "text", "at", "key"))
guard(
    Urging.__table__, "urging_is_answered_once", columns=("answered_by", "answer", "answered_at"), when="{old}.answered_at IS NOT NULL", deletes=False
)


followed(Urging.__table__, "urging", act="UPDATE OF answered_at", when="OLD.answered_at IS NULL AND NEW.answered_at IS NOT NULL")
