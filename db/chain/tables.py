"""Tables of the chain: what waits to be sealed, the seals, where their heads were anchored, and what verifications found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import db.blobs  # noqa: F401 -- it declares evidence
from db.base import Base
from db.evidence import QUEUE, evidence
from db.guards import guard
from db.types import JsonText, Moment


class Unsealed(Base):
    """A row that has become evidence and is in no seal yet; written by a trigger, taken away by the sealer alone."""

    __tablename__ = QUEUE

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    evidence: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(160))


class Seal(Base):
    """One link of the chain. `drained`: nothing was left waiting when it was made, so that an older row in a later seal came late."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Moment)
    previous: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int] = mapped_column(Integer)
    drained: Mapped[int] = mapped_column(Integer)
    root: Mapped[str] = mapped_column(String(64))
    members: Mapped[bytes] = mapped_column(LargeBinary)


guard(Seal.__table__, "seal_is_append_only")


class Anchor(Base):
    """A place outside, and the newest head that it has taken; `since` the moment from which on it takes none."""

    __tablename__ = "anchor"

    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    head: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    since: Mapped[datetime | None] = mapped_column(Moment)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(Text, default="")


class Verification(Base):
    """What a verification saw: up to which seal, how many rows, and what deviated; kept like any other evidence."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    seals: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    waiting: Mapped[int] = mapped_column(Integer)
    deviations: Mapped[int] = mapped_column(Integer)
    told: Mapped[Any] = mapped_column(JsonText)


guard(Verification.__table__, "verification_is_append_only")
evidence(Verification.__table__, "verification", ("id", "at", "seals", "rows", "waiting", "deviations", "told"), moment="at")
