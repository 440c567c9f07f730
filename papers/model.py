"""Tables of papers and their numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, JsonText, Moment


class PaperCounter(Base):
    """The last number of a series in a year; its row is locked while a number is taken, so that none is lost or used twice."""

    __tablename__ = "paper_counter"

    series: Mapped[str] = mapped_column(String(64), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Paper(Base):
    """An issued paper: its data are frozen with its number, its bytes are stored once."""

    __tablename__ = "paper"
    __table_args__ = (UniqueConstraint("key"), UniqueConstraint("number", "template"), Index("ix_paper_subject", "subject_id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    procedure: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(Id)
    data: Mapped[dict[str, Any]] = mapped_column(JsonText)
    copies: Mapped[list[str]] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(16))  # rendering, issued
    issued_by: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    sha256: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(Text, default="")


_ISSUED = ("id", "key", "procedure", "template", "title", "number", "subject_id", "data", "copies", "issued_by", "issued_at")
guard(Paper.__table__, "paper_is_fixed", columns=_ISSUED)
guard(Paper.__table__, "paper_bytes_are_fixed", columns=("sha256",), when="{old}.sha256 IS NOT NULL", deletes=False)
evidence(Paper.__table__, "paper", _ISSUED, moment="issued_at")
evidence(Paper.__table__, "paper_made", ("id", "sha256"), set_by="sha256")


class PaperDelivery(Base):
    """A paper of one subject lies with another too: the letter in the case of the authority that was asked."""

    __tablename__ = "paper_delivery"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    paper_id: Mapped[str] = mapped_column(Id, ForeignKey("paper.id"), primary_key=True)
    delivered_at: Mapped[datetime] = mapped_column(Moment)
