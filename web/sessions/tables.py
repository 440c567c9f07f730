"""Sessions live on the server: signing out, or a person's leaving, ends them with the next request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, false
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, Moment


class WebSession(Base):
    """One signed-in browser; the cookie holds the token, the table only its SHA-256.

    `proved_by` says how its person came in; `must_change` opens nothing but the page on which an own password is chosen.
    """

    __tablename__ = "web_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    agent: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    proved_by: Mapped[str] = mapped_column(String(20), default="", server_default="")
    second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())


class WebHalfway(Base):
    """A sign-in whose first half was right and whose code is awaited: no session, and nothing else can be done with it."""

    __tablename__ = "web_halfway"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    proved_by: Mapped[str] = mapped_column(String(20))
    must_change: Mapped[bool] = mapped_column()


class WebPreference(Base):
    """What a person chose for the pages, kept from one session to the next."""

    __tablename__ = "web_preference"

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
