"""Pages that answered a posted form, until their person's session would have ended anyway."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.row_security import ME, secured
from db.types import Id, Moment


class WebReturned(Base):
    """One page as it was drawn, compressed; only the person who posted the form reads it."""

    __tablename__ = "web_returned"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id)
    status: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)


secured(WebReturned.__tablename__, f"person_id = {ME}")
