"""Tables of this family: taxpayers, what each may issue at most, and since when each is in the anti-forgery system."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, Moment, Money, OfficePath


class Taxpayer(Base):
    """A taxpayer under its number; `region` is where it is registered, `office_id` the competent authority if it is one of ours."""

    __tablename__ = "taxpayer"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    region: Mapped[str] = mapped_column(String(6), index=True)
    office_id: Mapped[str | None] = mapped_column(Id)
    registered_on: Mapped[date] = mapped_column(Date)
    deregistered_on: Mapped[date | None] = mapped_column(Date)


class TaxpayerLimit(Base):
    """What a taxpayer may issue on one invoice and buy in a month, since a decision; the last row is in force, and rows are only ever added."""

    __tablename__ = "taxpayer_limit"
    __table_args__ = (Index("ix_taxpayer_limit_history", "taxpayer_id", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"))
    taxpayer_number: Mapped[str] = mapped_column(String(20))  # as it was at the decision
    version: Mapped[str] = mapped_column(String(20))
    per_invoice: Mapped[Decimal] = mapped_column(Money)
    monthly_quantity: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    decided_level: Mapped[str] = mapped_column(String(12))
    decided_on: Mapped[date] = mapped_column(Date)
    document_number: Mapped[str] = mapped_column(String(60), default="")
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    by_id: Mapped[str] = mapped_column(Id)
    by_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Moment)


guard(TaxpayerLimit.__table__, "taxpayer_limit_is_fixed")
evidence(TaxpayerLimit.__table__, "taxpayer_limit", tuple(c.name for c in TaxpayerLimit.__table__.columns), moment="at")


class Enrolment(Base):
    """A taxpayer in the anti-forgery system (纳入防伪税控系统), from the application to the end; at most one that has not ended."""

    __tablename__ = "enrolment"
    __table_args__ = (
        Index("ix_enrolment_running", "taxpayer_id", unique=True, sqlite_where=text("state <> 'ended'"), postgresql_where=text("state <> 'ended'")),
        Index("ix_enrolment_register", "scope", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"))
    taxpayer_number: Mapped[str] = mapped_column(String(20), index=True)
    taxpayer_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    service_unit: Mapped[str] = mapped_column(String(20), default="")
    machines: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(10))
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    applied_on: Mapped[date | None] = mapped_column(Date)
    enrolled_on: Mapped[date | None] = mapped_column(Date)
    in_use_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_because: Mapped[str] = mapped_column(String(200), default="")
