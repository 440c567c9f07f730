"""The tables of the engine. The running engine speaks to them through `engine.link` in fixed SQL; this declares them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.followed import followed
from db.guards import guard
from db.types import Id, JsonText, Moment


def _index_where(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that are still alive: closed ones cost nothing and are never read past."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# Narrow tables are kept in the order of their key: one tree to write per row instead of two or three.
_CLUSTERED = {"sqlite_with_rowid": False}


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


guard(Definition.__table__, "definition_is_fixed")
evidence(
    Definition.__table__, "definition",
    ("id", "procedure", "version", "content_hash", "files", "message", "deployed_at", "deployed_by"), moment="deployed_at", at_once=20,
)  # fmt: skip


class EntryPoint(Base):
    """What can be begun by its name, and the version that is begun: a process, or a message that starts one. A name means one procedure."""

    __tablename__ = "entry_point"
    __table_args__ = (_CLUSTERED,)

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    procedure: Mapped[str] = mapped_column(String(64), index=True)
    definition_id: Mapped[str] = mapped_column(Id, ForeignKey("definition.id"))


class Instance(Base):
    """A case: its header, and the state of its tokens as bytes with version and HMAC."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_scope_started", "scope", "started_at"),
        Index("ix_instance_started", "started_at", "id"),
        Index("ix_instance_words", "title", "business_key", "id"),
        Index("ix_instance_number", "business_key"),
        Index("ix_instance_parent", "parent_id"),
        _index_where("ix_instance_board", "scope", "process_id", "due_on", where="status = 'active'"),
        _index_where("ix_instance_ended", "ended_at", "id", "scope", "process_id", "timeliness", where="status = 'completed'"),
        _index_where("ix_instance_uncounted", "id", where="status = 'completed' AND timeliness = 0"),
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
    incidents: Mapped[int] = mapped_column(Integer, server_default="0")  # how many are open
    timeliness: Mapped[int] = mapped_column(Integer, server_default="0")  # of one that is completed, once counted (engine/board/verdict.py)


class Variable(Base):
    """A variable of one scope of a case, typed; those of scopes that have ended are gone."""

    __tablename__ = "variable"
    __table_args__ = (_CLUSTERED,)

    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"), primary_key=True)
    scope_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer)  # of the case, when it was last written
    element: Mapped[str] = mapped_column(String(128), server_default="")  # which wrote it


class Task(Base):
    """Work for a person, with everything that a worklist row shows."""

    __tablename__ = "task"
    __table_args__ = (
        _index_where("ix_task_open_case", "instance_id", where="state = 'open'"),
        _index_where("ix_task_mine", "assignee_id", "due_on", "id", where="state = 'open' AND assignee_id IS NOT NULL"),
        _index_where("ix_task_words", "title", "business_key", "id", where="state = 'open'"),
        _index_where("ix_task_done", "instance_id", "element", "closed_by", where="state = 'completed'"),
        _index_where("ix_task_closed", "closed_by", "instance_id", where="state = 'completed'"),
        _index_where("ix_task_draft", "due_on", "id", where="state = 'open' AND draft IS NOT NULL"),
        _index_where("ix_task_again", "due_on", "id", where="state = 'open' AND again = 1"),
        _index_where("ix_task_own_due", "due_on", "instance_id", where="state = 'open' AND own_due = 1"),
        _index_where("ix_task_board", "scope", "process_id", "element", "due_on", "opened_at", "assignee_id", where="state = 'open'"),
        _index_where("ix_task_closed_by", "closed_by", "closed_at", "id", "scope", "process_id", "timeliness", where="state = 'completed'"),
        _index_where("ix_task_closed_step", "process_id", "element", "closed_at", "id", "scope", "timeliness", where="state = 'completed'"),
        _index_where("ix_task_uncounted", "id", where="state = 'completed' AND timeliness = 0"),
    )

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
    own_due: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: from the model, not from the case
    again: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: the step had been done before in this run of its process
    attended: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: others were asked beside the holder (table task_party)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str | None] = mapped_column(String(64))
    returned: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: opened by a return (table task_return)
    closed_for: Mapped[str] = mapped_column(String(64), server_default="")  # in whose stead; empty for nobody
    draft: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    timeliness: Mapped[int] = mapped_column(Integer, server_default="0")  # of one that is completed, once counted (engine/board/verdict.py)


class TaskCandidate(Base):
    """A post that may claim an open task; the index is the worklist of a post: by process, then by remaining term."""

    __tablename__ = "task_candidate"
    __table_args__ = (
        _index_where("ix_candidate_list", "post_id", "process_id", "due_on", "task_id", where="claimable = 1"),
        _index_where("ix_candidate_held", "post_id", "task_id", where="claimable = 0"),
        _CLUSTERED,
    )

    task_id: Mapped[str] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    post_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    process_id: Mapped[str] = mapped_column(String(128))
    claimable: Mapped[int] = mapped_column(Integer)  # 1 while nobody has claimed the task
    due_on: Mapped[date] = mapped_column(Date)


class TaskOffice(Base):
    """An open task seen from one office on its path: the key is the worklist of the office and all beneath it."""

    __tablename__ = "task_office"
    __table_args__ = (_CLUSTERED,)

    scope: Mapped[str] = mapped_column(String(255), primary_key=True)
    process_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    task_id: Mapped[str] = mapped_column(Id, primary_key=True)


class CaseParty(Base):
    """Somebody outside the authority whom a case names; the key is the list of the cases that such a person sees, the latest last."""

    __tablename__ = "case_party"
    __table_args__ = (Index("ix_case_party_case", "instance_id"), _CLUSTERED)

    party: Mapped[str] = mapped_column(String(64), primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"), primary_key=True)


class Timer(Base):
    """A moment at which a token goes on. Never deleted unfired: it is fired, or withdrawn with its token."""

    __tablename__ = "timer"
    __table_args__ = (
        _index_where("ix_timer_due", "due_at", where="done_at IS NULL AND stuck = 0"),
        _index_where("ix_timer_instance", "instance_id", where="done_at IS NULL"),
        UniqueConstraint("instance_id", "token", "occurrence"),
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
    stuck: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: failed too often, waits for a person


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
    opened_at: Mapped[datetime | None] = mapped_column(Moment)  # since when it waits; nothing for one from before this was written down


class Message(Base):
    """A message on its way: written in the sender's step, delivered in a step of the receiver, exactly once."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("key"),
        _index_where("ix_message_due", "due_at", "id", where="state = 'pending'"),
        _index_where("ix_message_parked", "name", "correlation", where="state = 'parked'"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(128))
    correlation: Mapped[str] = mapped_column(String(255))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    sender_id: Mapped[str | None] = mapped_column(Id)
    receiver_id: Mapped[str | None] = mapped_column(Id)
    token: Mapped[int | None] = mapped_column(Integer)  # of the receiver, where a signal names it
    if_awaited: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: unwanted, not parked, where nobody waits for it
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
        _index_where("ix_outbox_due", "external", "due_at", where="state = 'pending'"),
        _index_where("ix_outbox_instance", "instance_id", where="state IN ('pending', 'failed', 'held')"),
        _index_where("ix_outbox_stopped", "state", "due_at", where="state IN ('failed', 'held')"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    topic: Mapped[str] = mapped_column(String(128))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    instance_id: Mapped[str | None] = mapped_column(Id)
    token: Mapped[int | None] = mapped_column(Integer)
    element: Mapped[str] = mapped_column(String(128), default="")
    opened_version: Mapped[int] = mapped_column(Integer, server_default="0")
    external: Mapped[int] = mapped_column(Integer, default=0)  # 1: fetched and locked by a worker elsewhere
    post: Mapped[str] = mapped_column(String(128), server_default="")  # external: whose worker is meant; empty for any
    worker: Mapped[str] = mapped_column(String(128), default="")  # external: who has it until `due_at`
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_error: Mapped[str] = mapped_column(Text, default="")
    progress: Mapped[str] = mapped_column(Text, default="", server_default="")  # external: what the worker said last of all, and what it waits for (engine/progress.py)


class Epoch(Base):
    """A new beginning after a restore: what the outbox had not sent before it waits for a person's word (ADR 11)."""

    __tablename__ = "epoch"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    began_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    mark: Mapped[str] = mapped_column(String(64), server_default="")  # what only an owner of the installation's key can put under it (ADR 17)


guard(Epoch.__table__, "epoch_is_append_only")
evidence(Epoch.__table__, "epoch", ("number", "began_at", "reason", "mark"), moment="began_at")


class Incident(Base):
    """A step that did not succeed: what was tried, where, why; resolved by a retry."""

    __tablename__ = "incident"
    __table_args__ = (
        _index_where("ix_incident_open", "instance_id", where="resolved_at IS NULL"),
        _index_where("ix_incident_same", "fingerprint", where="resolved_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str | None] = mapped_column(Id)
    task_id: Mapped[str | None] = mapped_column(Id)
    element: Mapped[str] = mapped_column(String(128), default="")
    fingerprint: Mapped[str] = mapped_column(String(64))  # the same failed action is one incident, however often tried
    attempts: Mapped[int] = mapped_column(Integer, server_default="1")
    action: Mapped[dict[str, Any]] = mapped_column(JsonText)
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)


followed(Incident.__table__, "incident")


class History(Base):
    """What happened in a case, append-only: who, when, where, what."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_case", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    instance_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(32))
    element: Mapped[str] = mapped_column(String(128), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    person_id: Mapped[str] = mapped_column(String(64), default="")
    person_name: Mapped[str] = mapped_column(String(64), default="")
    for_id: Mapped[str] = mapped_column(String(64), server_default="")  # in whose stead the person did it
    for_name: Mapped[str] = mapped_column(String(64), server_default="")
    details: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    path: Mapped[dict[str, Any] | None] = mapped_column(JsonText)  # elements and flows that the step passed, on its last row
    causes: Mapped[str | None] = mapped_column(Text)  # on the last row: which tokens came of which (engine/tokens/trail.py)


guard(History.__table__, "history_is_append_only")
evidence(
    History.__table__, "history",
    ("id", "instance_id", "at", "kind", "element", "name", "person_id", "person_name", "for_id", "for_name", "details", "path", "causes"),
    moment="at",
)  # fmt: skip


# What a person is told of; everything else stands in the history of the case.
followed(History.__table__, "history", when="NEW.kind IN ('opened', 'transferred', 'released', 'fell_back', 'reassigned', 'back_to_holder')")


class Idempotency(Base):
    """A request that was done, with its answer, stored in the same transaction as what it did."""

    __tablename__ = "idempotency"
    __table_args__ = (_CLUSTERED,)

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)


class Comment(Base):
    """A remark on a case."""

    __tablename__ = "comment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Text)


guard(Comment.__table__, "comment_is_append_only")
evidence(Comment.__table__, "comment", ("id", "instance_id", "person_id", "person_name", "at", "text"), moment="at")


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


guard(Attachment.__table__, "attachment_is_append_only")
evidence(
    Attachment.__table__, "attachment",
    ("id", "instance_id", "person_id", "person_name", "at", "filename", "media_type", "size", "sha256"), moment="at",
)  # fmt: skip
