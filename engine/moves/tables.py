"""What was returned: kept with the case for ever, and until it is resubmitted with everything that the direct way needs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, Moment


class TaskReturn(Base):
    """A task that was opened again by a return (`returned`), by whoever took it back (`taken_back`), or by the starter (`withdrawn`)."""

    __tablename__ = "task_return"
    __table_args__ = (Index("ix_task_return_case", "instance_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(Id, ForeignKey("instance.id"))
    kind: Mapped[str] = mapped_column(String(16))
    token: Mapped[int] = mapped_column(Integer)  # that stands on the step again
    element: Mapped[str] = mapped_column(String(128))
    from_element: Mapped[str] = mapped_column(String(128))
    from_name: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[str] = mapped_column(String(64))
    person_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text)
    resubmit: Mapped[str] = mapped_column(String(16))  # the ways that the model leaves: choose, rewalk, direct
    parked: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the direct way puts back; gone when it was resubmitted
    state: Mapped[str] = mapped_column(String(16))


_RETURNED = ("id", "instance_id", "kind", "token", "element", "from_element", "from_name", "person_id", "person_name", "at", "reason", "resubmit")
guard(TaskReturn.__table__, "return_is_fixed", columns=_RETURNED)
evidence(TaskReturn.__table__, "task_return", _RETURNED, moment="at")
