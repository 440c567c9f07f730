"""Signs of life of the processes on one database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Moment


class Heartbeat(Base):
    """A process that works off what is due, and when it last came to the end of a turn."""

    __tablename__ = "heartbeat"

    node: Mapped[str] = mapped_column(String(128), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    beat_at: Mapped[datetime] = mapped_column(Moment, index=True)
