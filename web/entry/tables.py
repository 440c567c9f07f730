"""Sign-ins that are on their way through a provider of identities."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Moment


class WebOutsideAttempt(Base):
    """What one browser must bring back, once: the state, tied to its cookie, with the nonce and the verifier that belong to it."""

    __tablename__ = "web_outside_attempt"

    state_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_sha256: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    next: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
