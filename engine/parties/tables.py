"""Who takes part in a task beside its holder: one row for each person or post that was asked, kept for ever with what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.followed import followed
from db.guards import guard
from db.types import Id, JsonText, Moment


def _where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class TaskParty(Base):
    """A seat at a task. Rows of one `round` were asked together and are decided together; `number` is their order.

    A row of a post has no person until somebody of the post acts. `asked_by` is empty where the model asks.
    """

    __tablename__ = "task_party"
    __table_args__ = (
        Index("ix_party_task", "task_id", "number"),
        Index("ix_party_case", "instance_id", "person_id"),
        _where("ix_party_mine", "person_id", "due_on", "task_id", where="state = 'open' AND person_id IS NOT NULL"),
        _where("ix_party_post", "post_id", "due_on", "task_id", where="state = 'open' AND person_id IS NULL"),
        _where("ix_party_copies", "person_id", "state", "id", where="kind = 'copy'"),
        _where("ix_party_copied_once", "instance_id", "person_id", where="kind = 'copy'", unique=True),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    task_id: Mapped[str] = mapped_column(Id, ForeignKey("task.id"))
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"))
    round: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(16), server_default="")
    number: Mapped[int] = mapped_column(Integer)
    weight: Mapped[int] = mapped_column(Integer, server_default="1")
    post_id: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[str | None] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(64), server_default="")
    for_id: Mapped[str] = mapped_column(String(64), server_default="")  # in whose stead the person acted; both names are in `person_name` then
    state: Mapped[str] = mapped_column(String(16))
    blocks: Mapped[int] = mapped_column(Integer, server_default="0")  # 1: the holder cannot complete while it is open
    question: Mapped[str] = mapped_column(Text, server_default="")
    opinion: Mapped[str] = mapped_column(Text, server_default="")
    entered: Mapped[dict[str, Any] | None] = mapped_column(JsonText)  # what a delegate filled in
    because: Mapped[str] = mapped_column(String(16), server_default="")  # of `withdrawn`: decided, removed, forsaken, returned, over
    asked_by: Mapped[str] = mapped_column(String(64), server_default="")
    asked_name: Mapped[str] = mapped_column(String(64), server_default="")
    asked_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)  # that of the task, so that one index is the list of a person


guard(TaskParty.__table__, "party_that_acted_is_fixed", when="{old}.state NOT IN ('waiting', 'open', 'unread')")
evidence(
    TaskParty.__table__, "party_act",
    ("id", "task_id", "instance_id", "round", "kind", "rule", "number", "weight", "post_id", "person_id", "person_name", "for_id", "state", "question",
     "opinion", "entered", "because", "asked_by", "asked_name", "asked_at", "closed_at"), moment="closed_at", set_by="closed_at",
)  # fmt: skip
followed(TaskParty.__table__, "seat", when="NEW.state IN ('open', 'unread')")
followed(
    TaskParty.__table__, "seat", act="UPDATE OF state",
    when="NEW.state <> OLD.state AND NEW.state IN ('open', 'agreed', 'refused', 'answered')",
)  # fmt: skip
