"""Sessions live on the server: signing out, or a person's leaving, ends them with the next request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, Moment


class WebSession(Base):
    """One signed-in browser; the cookie holds the token, the table only its SHA-256."""

    __tablename__ = "web_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))


class WebPreference(Base):
    """What a person chose for the pages, kept from one session to the next."""

    __tablename__ = "web_preference"

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    notices_seen_at: Mapped[datetime | None] = mapped_column(Moment)
