"""The tables of the engine. The running engine speaks to them through `engine.link` in fixed SQL; this declares them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, JsonText, Moment


class Definition(Base):
    """One deployed version of a procedure: all of its files, never changed again."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("procedure", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    procedure: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(String(64))
    files: Mapped[dict[str, str]] = mapped_column(JsonText)
    message: Mapped[str] = mapped_column(Text, default="")
    deployed_at: Mapped[datetime] = mapped_column(Moment)
    deployed_by: Mapped[str] = mapped_column(String(64))


class Instance(Base):
    """A case: its header, and the state of its tokens as bytes with version and HMAC."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_scope_started", "scope", "started_at"),
        Index("ix_instance_number", "business_key"),
        Index("ix_instance_parent", "parent_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    definition_id: Mapped[str] = mapped_column(Id, ForeignKey("definition.id"))
    procedure: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(128))
    business_key: Mapped[str] = mapped_column(String(128), default="")
    title: Mapped[str] = mapped_column(String(255))
    office_id: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[str] = mapped_column(String(64))
    due_on: Mapped[date | None] = mapped_column(Date)
    due_label: Mapped[str] = mapped_column(String(255), default="")
    parent_id: Mapped[str | None] = mapped_column(Id)
    started_at: Mapped[datetime] = mapped_column(Moment)
    started_by: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Variables(Base):
    """The variables of one scope of a case, typed; scopes that have ended are gone."""

    __tablename__ = "variables"

    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Task(Base):
    """Work for a person, with everything that a worklist row shows."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_open_case", "instance_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index(
            "ix_task_mine", "assignee_id", "due_on", "id",
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_task_scope", "scope", "due_on", "id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"))
    token: Mapped[int] = mapped_column(Integer)
    element: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(255))
    name_en: Mapped[str] = mapped_column(String(255))
    procedure: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[str] = mapped_column(String(128))
    business_key: Mapped[str] = mapped_column(String(128), default="")
    title: Mapped[str] = mapped_column(String(255))
    scope: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    assignee_id: Mapped[str | None] = mapped_column(String(64))
    assignee_name: Mapped[str] = mapped_column(String(64), default="")
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_version: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)  # 9999-12-31 when there is none, so that an index sorts it last
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(String(64))
    draft: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class TaskCandidate(Base):
    """A post that may claim an open, unclaimed task; sorted as the worklist shows it."""

    __tablename__ = "task_candidate"
    __table_args__ = (Index("ix_candidate_list", "post_id", "claimable", "due_on", "task_id"),)

    task_id: Mapped[str] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    post_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    claimable: Mapped[int] = mapped_column(Integer)  # 1 while the task is open and unassigned
    due_on: Mapped[date] = mapped_column(Date)


class Timer(Base):
    """A moment at which a token goes on. Never deleted unfired: it is fired, or withdrawn with its token."""

    __tablename__ = "timer"
    __table_args__ = (
        Index("ix_timer_due", "due_at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
        Index("ix_timer_instance", "instance_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"))
    token: Mapped[int] = mapped_column(Integer)
    element: Mapped[str] = mapped_column(String(128))
    timer_kind: Mapped[str] = mapped_column(String(16))
    expression: Mapped[str] = mapped_column(Text)
    occurrence: Mapped[int] = mapped_column(Integer, default=1)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str] = mapped_column(String(16), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)


class Subscription(Base):
    """A token that waits for a message or signal."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_name", "kind", "name", "correlation"),
        Index("ix_subscription_instance", "instance_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"))
    token: Mapped[int] = mapped_column(Integer)
    element: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    correlation: Mapped[str] = mapped_column(String(255))


class Message(Base):
    """A message on its way: written in the sender's step, delivered in a step of the receiver, exactly once."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_parked", "name", "correlation", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    correlation: Mapped[str] = mapped_column(String(255))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    sender_id: Mapped[str | None] = mapped_column(Id)
    receiver_id: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_error: Mapped[str] = mapped_column(Text, default="")


class Outbox(Base):
    """An effect to come: written in a step, done after commit, retried with backoff; its answer is a step of its own."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_due", "state", "due_at"),
        Index("ix_outbox_instance", "instance_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    topic: Mapped[str] = mapped_column(String(128))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    instance_id: Mapped[str | None] = mapped_column(Id)
    token: Mapped[int | None] = mapped_column(Integer)
    element: Mapped[str] = mapped_column(String(128), default="")
    external: Mapped[int] = mapped_column(Integer, default=0)  # 1: fetched and locked by a worker elsewhere
    worker: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_error: Mapped[str] = mapped_column(Text, default="")


class Incident(Base):
    """A step that did not succeed: what was tried, where, why; resolved by a retry."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "instance_id", "resolved_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str | None] = mapped_column(Id)
    element: Mapped[str] = mapped_column(String(128), default="")
    action: Mapped[dict[str, Any]] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)


class History(Base):
    """What happened in a case, append-only: who, when, where, what."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_case", "instance_id", "id"), Index("ix_history_person", "person_id", "at"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    instance_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(32))
    element: Mapped[str] = mapped_column(String(128), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    person_id: Mapped[str] = mapped_column(String(64), default="")
    person_name: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class Idempotency(Base):
    """A request that was done, with its answer, stored in the same transaction as what it did."""

    __tablename__ = "idempotency"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class Comment(Base):
    """A remark on a case."""

    __tablename__ = "comment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Text)


class Attachment(Base):
    """A file on a case; its bytes are a blob."""

    __tablename__ = "attachment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
