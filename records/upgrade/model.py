"""Tables of visits to the upgrade hall, of the volumes that left and came back, and of what was handed over each day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, JsonText, Moment, OfficePath

_OPEN = text("state IN ('ready', 'signed_in')")


class UpgradeVisit(Base):
    """An enterprise that is ready, then in the hall, then gone; a line of the sign-in book (签到簿) once it is signed in. Source: Xicheng, 二, 三(一)1, 三(八)."""

    __tablename__ = "upgrade_visit"
    __table_args__ = (
        UniqueConstraint("office_code", "day", "ticket"),
        Index("ix_upgrade_visit_open", "taxpayer_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_upgrade_visit_book", "scope", "day"),
        Index("ix_upgrade_visit_state", "scope", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    office_code: Mapped[str] = mapped_column(String(20))  # the district in whose hall it is
    scope: Mapped[str] = mapped_column(OfficePath(200))
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"))
    taxpayer_number: Mapped[str] = mapped_column(String(20), index=True)
    enterprise_name: Mapped[str] = mapped_column(String(100))
    tax_office: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    ready_on: Mapped[date] = mapped_column(Date)
    prepared: Mapped[Any] = mapped_column(JsonText)
    preparation_case: Mapped[str] = mapped_column(Id, default="", index=True)
    day: Mapped[date | None] = mapped_column(Date)
    ticket: Mapped[int | None] = mapped_column(Integer)
    person_name: Mapped[str] = mapped_column(String(60), default="")
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_because: Mapped[str] = mapped_column(Text, default="")
    sheets: Mapped[int] = mapped_column(Integer, default=0)
    sheets_because: Mapped[str] = mapped_column(Text, default="")
    day_case: Mapped[str] = mapped_column(Id, default="", index=True)  # the case that gathers its sheets
    hand_over_id: Mapped[str | None] = mapped_column(Id, ForeignKey("upgrade_hand_over.id"), index=True)


PREPARED = ("id", "office_code", "taxpayer_id", "tax_office", "ready_on", "preparation_case")
SIGNED = ("day", "ticket", "person_name", "signed_in_at", "case_id", "prepared")
ENDED = ("state", "left_at", "ended_because")
GATHERED = ("sheets", "sheets_because", "hand_over_id", "day_case")
guard(UpgradeVisit.__table__, "upgrade_visit_is_fixed", columns=PREPARED)
guard(UpgradeVisit.__table__, "upgrade_visit_is_signed_once", columns=SIGNED, when="{old}.signed_in_at IS NOT NULL", deletes=False)
guard(UpgradeVisit.__table__, "upgrade_visit_ends_once", columns=ENDED, when="{old}.left_at IS NOT NULL", deletes=False)
guard(UpgradeVisit.__table__, "upgrade_visit_is_handed_over_once", columns=GATHERED, when="{old}.hand_over_id IS NOT NULL", deletes=False)
evidence(UpgradeVisit.__table__, "upgrade_signed_in", (*PREPARED, *SIGNED), set_by="signed_in_at")
evidence(UpgradeVisit.__table__, "upgrade_ended", ("id", *ENDED), set_by="left_at")
evidence(UpgradeVisit.__table__, "upgrade_gathered", ("id", *GATHERED), set_by="hand_over_id")


class UpgradeVolume(Base):
    """Invoices of a volume that left an enterprise's card (退票), came back (回购) or stayed at the office. Rows are only ever added. Source: Xicheng, 三(三), 三(七)."""

    __tablename__ = "upgrade_volume"
    __table_args__ = (UniqueConstraint("visit_id", "place"), Index("ix_upgrade_volume_code", "code", "number_from"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    visit_id: Mapped[str] = mapped_column(Id, ForeignKey("upgrade_visit.id"))
    place: Mapped[int] = mapped_column(Integer)
    direction: Mapped[str] = mapped_column(String(10))  # refund | buy_back | kept
    code: Mapped[str] = mapped_column(String(12))
    number_from: Mapped[str] = mapped_column(String(8))
    number_to: Mapped[str] = mapped_column(String(8))
    count: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(Id)
    by_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Moment)


guard(UpgradeVolume.__table__, "upgrade_volume_is_fixed")
evidence(UpgradeVolume.__table__, "upgrade_volume", tuple(c.name for c in UpgradeVolume.__table__.columns), moment="at")


class UpgradeHandOver(Base):
    """The sign-in book of a day and the sheets with it, as the competent department received them; once for a hall and day. Source: Xicheng, 三(九)."""

    __tablename__ = "upgrade_hand_over"
    __table_args__ = (UniqueConstraint("office_code", "day"), Index("ix_upgrade_hand_over_register", "scope", "day"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    office_code: Mapped[str] = mapped_column(String(20))
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    day: Mapped[date] = mapped_column(Date)
    enterprises: Mapped[int] = mapped_column(Integer)
    sheets: Mapped[int] = mapped_column(Integer)
    missing: Mapped[Any] = mapped_column(JsonText)  # [{number, name, missing, because}]
    handed_by: Mapped[str] = mapped_column(Id)
    handed_by_name: Mapped[str] = mapped_column(String(60))
    received_by: Mapped[str] = mapped_column(Id)
    received_by_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Moment)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


HANDED_OVER = tuple(c.name for c in UpgradeHandOver.__table__.columns if c.name != "scope")
guard(UpgradeHandOver.__table__, "upgrade_hand_over_is_fixed", columns=HANDED_OVER)
evidence(UpgradeHandOver.__table__, "upgrade_hand_over", HANDED_OVER, moment="at")
