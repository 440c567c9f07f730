"""Tables of faults and what was done about them, of major matters, changes of keys and authorisations. Offices are kept by identifier, name and path."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, JsonText, Moment, OfficePath


class FaultReport(Base):
    """A fault of the tax-control system (故障登记表), and where it is now. Source: Xi'an 2002-119, 三(二)6, 三(三)5(1)."""

    __tablename__ = "fault_report"
    __table_args__ = (Index("ix_fault_report_register", "scope", "noticed_on"), Index("ix_fault_report_state", "state", "level"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    side: Mapped[str] = mapped_column(String(12))
    grade: Mapped[str] = mapped_column(String(12), default="")
    state: Mapped[str] = mapped_column(String(12))
    summary: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(Text, default="")
    subsystem: Mapped[str] = mapped_column(String(20), default="")
    noticed_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date | None] = mapped_column(Date)
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    level: Mapped[str] = mapped_column(String(10), default="")
    level_since: Mapped[date | None] = mapped_column(Date)
    service_unit: Mapped[str] = mapped_column(String(20), default="")
    service_unit_name: Mapped[str] = mapped_column(String(100), default="")
    taxpayer_number: Mapped[str] = mapped_column(String(20), default="")
    enterprise_name: Mapped[str] = mapped_column(String(100), default="")
    filled_by: Mapped[str] = mapped_column(Id, default="")
    filled_by_name: Mapped[str] = mapped_column(String(60), default="")
    concerned_id: Mapped[str] = mapped_column(Id, default="")
    concerned_name: Mapped[str] = mapped_column(String(100), default="")
    duplicate_of: Mapped[str] = mapped_column(String(60), default="")
    closed_on: Mapped[date | None] = mapped_column(Date)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


class FaultStep(Base):
    """What was done about a fault, at which level, by whom. Rows are only ever added. Source: Xi'an 2002-119, 三(三)5(4)."""

    __tablename__ = "fault_step"
    __table_args__ = (UniqueConstraint("report_id", "place"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    report_id: Mapped[str] = mapped_column(Id, ForeignKey("fault_report.id"))
    place: Mapped[int] = mapped_column(Integer)
    act: Mapped[str] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(10))
    grade: Mapped[str] = mapped_column(String(12))
    office_name: Mapped[str] = mapped_column(String(100))
    words: Mapped[str] = mapped_column(Text)
    authorisation_number: Mapped[str] = mapped_column(String(60), default="")
    day: Mapped[date] = mapped_column(Date)
    by_id: Mapped[str] = mapped_column(Id)
    by_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Moment)


guard(FaultStep.__table__, "fault_step_is_fixed")
evidence(FaultStep.__table__, "fault_step", tuple(c.name for c in FaultStep.__table__.columns), moment="at")


class MajorMatter(Base):
    """What touches the audit database or the five rates, and what the superior decided. Source: Xi'an 2002-119, 四5."""

    __tablename__ = "major_matter"
    __table_args__ = (Index("ix_major_matter_register", "scope", "found_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    side: Mapped[str] = mapped_column(String(12))
    effect: Mapped[str] = mapped_column(String(12), default="")
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(100))
    facts: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    request: Mapped[str] = mapped_column(Text, default="")
    found_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date | None] = mapped_column(Date)
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    level: Mapped[str] = mapped_column(String(10), default="")
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(Id, default="")
    decided_by_name: Mapped[str] = mapped_column(String(60), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    result: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None] = mapped_column(Date)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


MATTER_FIXED = (
    "id", "number", "side", "effect", "title", "facts", "measures", "request", "found_on", "reported_on", "office_name", "case_id",
)  # fmt: skip
MATTER_CLOSED = ("state", "level", "decision", "decided_by", "decided_by_name", "decided_on", "result", "closed_on")
guard(MajorMatter.__table__, "major_matter_is_fixed", columns=MATTER_FIXED, when="{old}.reported_on IS NOT NULL")
guard(MajorMatter.__table__, "major_matter_is_decided", columns=MATTER_CLOSED[2:6], when="{old}.state = 'decided'", deletes=False)
guard(MajorMatter.__table__, "major_matter_is_closed", columns=MATTER_CLOSED, when="{old}.state IN ('settled', 'not_major')", deletes=False)
evidence(MajorMatter.__table__, "major_matter", MATTER_FIXED, set_by="reported_on")
evidence(MajorMatter.__table__, "major_matter_closed", ("id", *MATTER_CLOSED), set_by="closed_on")


class KeyChange(Base):
    """A change of keys after a loss, as the next higher authority decided it. Source: Xi'an 2002-119, 三(三)5(3)."""

    __tablename__ = "key_change"
    __table_args__ = (Index("ix_key_change_register", "scope", "reported_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    key: Mapped[str] = mapped_column(String(12))
    serials: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(12))
    lost_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    superior_name: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(Text, default="")
    prepared_by_name: Mapped[str] = mapped_column(String(60), default="")
    decided_by: Mapped[str] = mapped_column(Id, default="")
    decided_by_name: Mapped[str] = mapped_column(String(60), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    changed_on: Mapped[date | None] = mapped_column(Date)
    changed_by_name: Mapped[str] = mapped_column(String(60), default="")
    witnessed_by_name: Mapped[str] = mapped_column(String(60), default="")
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


KEY_FIXED = (
    "id", "number", "key", "serials", "lost_on", "reported_on", "reason", "office_name", "superior_name", "case_id",
)  # fmt: skip
KEY_DECIDED = ("decision", "prepared_by_name", "decided_by", "decided_by_name", "decided_on")
KEY_CHANGED = ("state", "changed_on", "changed_by_name", "witnessed_by_name")
guard(KeyChange.__table__, "key_change_is_fixed", columns=KEY_FIXED)
guard(KeyChange.__table__, "key_change_is_decided_once", columns=KEY_DECIDED, when="{old}.decided_on IS NOT NULL", deletes=False)
guard(KeyChange.__table__, "key_change_is_made_once", columns=KEY_CHANGED, when="{old}.state IN ('refused', 'changed')", deletes=False)
evidence(KeyChange.__table__, "key_change", KEY_FIXED)
evidence(KeyChange.__table__, "key_decided", ("id", *KEY_DECIDED), set_by="decided_on")


class Authorisation(Base):
    """What the city authorised a service unit to maintain of the tax side (授权委托书), and for how long. Source: Xi'an 2002-119, 三(二)1, annex 8."""

    __tablename__ = "authorisation"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_until", name="term"),
        Index("ix_authorisation_register", "scope", "valid_until"),
        Index("ix_authorisation_unit", "service_unit", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    service_unit: Mapped[str] = mapped_column(String(20))
    service_unit_name: Mapped[str] = mapped_column(String(100))
    subsystems: Mapped[Any] = mapped_column(JsonText)
    tasks: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    extends: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[str] = mapped_column(String(12))
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    signed_by: Mapped[str] = mapped_column(Id, default="")
    signed_by_name: Mapped[str] = mapped_column(String(60), default="")
    signed_on: Mapped[date | None] = mapped_column(Date)
    revoked_on: Mapped[date | None] = mapped_column(Date)
    revoked_because: Mapped[str] = mapped_column(Text, default="")
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


AUTHORISATION_FIXED = (
    "id", "number", "service_unit", "service_unit_name", "subsystems", "tasks", "valid_from", "valid_until", "extends", "office_name", "signed_by",
    "signed_by_name", "signed_on", "case_id",
)  # fmt: skip
guard(Authorisation.__table__, "authorisation_is_fixed", columns=AUTHORISATION_FIXED, when="{old}.state <> 'draft'")
