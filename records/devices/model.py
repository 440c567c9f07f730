"""Tables of devices: what each is and who holds it, every posting, the stop list, hand-up sheets, saved data, totals of losses.

Whoever held a device is kept by number and by the name of that day. `scope` is the area in which a row is looked after: that of the enterprise's
tax office, of the office, or of the office that keeps the service unit.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, JsonText, Moment, Money, OfficePath


class Device(Base):
    """A card or reader under its serial, as the last of its postings left it; `steps` counts them."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("kind", "serial"),
        Index("ix_device_holder", "holder_kind", "holder_number"),
        Index("ix_device_register", "scope", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    serial: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40), default="")
    is_replacement: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(20))
    holder_kind: Mapped[str] = mapped_column(String(20))
    holder_number: Mapped[str] = mapped_column(String(20))
    holder_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    state_before: Mapped[str] = mapped_column(String(20), default="")
    held_before_kind: Mapped[str] = mapped_column(String(20), default="")
    held_before_number: Mapped[str] = mapped_column(String(20), default="")
    held_before_name: Mapped[str] = mapped_column(String(100), default="")
    taken_in_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    steps: Mapped[int] = mapped_column(Integer, default=1)


class DevicePosting(Base):
    """One event of a device's life, with who held it before and after; rows are only ever added."""

    __tablename__ = "device_posting"
    __table_args__ = (UniqueConstraint("device_id", "step"), Index("ix_device_posting_day", "day"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"))
    step: Mapped[int] = mapped_column(Integer)
    event: Mapped[str] = mapped_column(String(24))
    day: Mapped[date] = mapped_column(Date)
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20))
    from_kind: Mapped[str] = mapped_column(String(20), default="")
    from_number: Mapped[str] = mapped_column(String(20), default="")
    from_name: Mapped[str] = mapped_column(String(100), default="")
    to_kind: Mapped[str] = mapped_column(String(20))
    to_number: Mapped[str] = mapped_column(String(20))
    to_name: Mapped[str] = mapped_column(String(100))
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[str] = mapped_column(Id)
    by_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Moment)


guard(DevicePosting.__table__, "device_posting_is_fixed")
evidence(DevicePosting.__table__, "device_posting", tuple(c.name for c in DevicePosting.__table__.columns), moment="at")


class StopEntry(Base):
    """A serial on the stop list; it keeps whose it was and in which area at the report. Source: Xi'an 2002-119, 二(五)."""

    __tablename__ = "stop_entry"
    __table_args__ = (
        Index("ix_stop_entry_listed", "kind", "serial", unique=True, sqlite_where=text("state = 'listed'"), postgresql_where=text("state = 'listed'")),
        Index("ix_stop_entry_register", "scope", "reported_on"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    serial: Mapped[str] = mapped_column(String(40))
    device_id: Mapped[str | None] = mapped_column(Id, ForeignKey("device.id"), index=True)
    because: Mapped[str] = mapped_column(String(10))
    lost_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date] = mapped_column(Date)
    holder_kind: Mapped[str] = mapped_column(String(20))
    taxpayer_number: Mapped[str] = mapped_column(String(20))
    taxpayer_name: Mapped[str] = mapped_column(String(100))
    office_code: Mapped[str] = mapped_column(String(20))
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    state: Mapped[str] = mapped_column(String(10), default="listed")
    put_on_by: Mapped[str] = mapped_column(Id)
    put_on_at: Mapped[datetime] = mapped_column(Moment)
    lifted_on: Mapped[date | None] = mapped_column(Date)
    lifted_because: Mapped[str] = mapped_column(Text, default="")
    lifted_by: Mapped[str] = mapped_column(Id, default="")


STOP_FIXED = (
    "id", "kind", "serial", "device_id", "because", "lost_on", "reported_on", "holder_kind", "taxpayer_number", "taxpayer_name", "office_code", "office_name",
    "case_id", "put_on_by", "put_on_at",
)  # fmt: skip
guard(StopEntry.__table__, "stop_entry_is_fixed", columns=STOP_FIXED)
guard(StopEntry.__table__, "stop_entry_is_lifted_once", columns=("state", "lifted_on", "lifted_because", "lifted_by"), when="{old}.state = 'lifted'", deletes=False)
evidence(StopEntry.__table__, "stop_entry", STOP_FIXED, moment="put_on_at")


class HandUpSheet(Base):
    """Devices on their way to the office above, or a list of those that the province destroys. Source: Xi'an 2002-119, 四4."""

    __tablename__ = "hand_up_sheet"
    __table_args__ = (
        Index("ix_hand_up_sheet_open", "from_office_code", unique=True, sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("ix_hand_up_sheet_to", "to_office_code", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    purpose: Mapped[str] = mapped_column(String(12))
    from_office_code: Mapped[str] = mapped_column(String(20))
    from_office_name: Mapped[str] = mapped_column(String(100))
    from_scope: Mapped[str] = mapped_column(OfficePath(200))
    to_office_code: Mapped[str] = mapped_column(String(20), default="")
    to_office_name: Mapped[str] = mapped_column(String(100), default="")
    count: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    opened_on: Mapped[date] = mapped_column(Date)
    opened_by: Mapped[str] = mapped_column(Id)
    opened_by_name: Mapped[str] = mapped_column(String(60))
    closed_on: Mapped[date | None] = mapped_column(Date)
    closed_by: Mapped[str] = mapped_column(Id, default="")
    closed_by_name: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text, default="")


SHEET_FIXED = (
    "id", "number", "purpose", "from_office_code", "from_office_name", "to_office_code", "to_office_name", "count", "case_id", "opened_on", "opened_by",
    "opened_by_name",
)  # fmt: skip
SHEET_CLOSED = ("state", "closed_on", "closed_by", "closed_by_name", "reason")
guard(HandUpSheet.__table__, "hand_up_sheet_is_fixed", columns=SHEET_FIXED)
guard(HandUpSheet.__table__, "hand_up_sheet_is_closed_once", columns=SHEET_CLOSED, when="{old}.closed_on IS NOT NULL", deletes=False)
evidence(HandUpSheet.__table__, "hand_up_sheet", SHEET_FIXED)
evidence(HandUpSheet.__table__, "hand_up_closed", ("id", *SHEET_CLOSED), set_by="closed_on")


def _line_id(context: Any) -> str:
    row = context.get_current_parameters()
    return f"{row['sheet_id']}/{row['place']}"


class HandUpLine(Base):
    """A device on a sheet, as it was when the sheet was opened; `id` is sheet and place in one, by which the chain names it."""

    __tablename__ = "hand_up_line"
    __table_args__ = (Index("ix_hand_up_line_id", "id", unique=True),)

    id: Mapped[str] = mapped_column(String(44), default=_line_id)
    sheet_id: Mapped[str] = mapped_column(Id, ForeignKey("hand_up_sheet.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    serial: Mapped[str] = mapped_column(String(40))


guard(HandUpLine.__table__, "hand_up_line_is_fixed")
evidence(HandUpLine.__table__, "hand_up_line", ("id", "sheet_id", "place", "device_id", "kind", "serial"), key="id")


class SavedData(Base):
    """What a card held before it was repaired or changed, saved to disk or captured by hand. Source: Xi'an 2002-119, 三(一)11, 三(三)4(2)."""

    __tablename__ = "saved_data"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id, ForeignKey("device.id"), index=True)
    taxpayer_number: Mapped[str] = mapped_column(String(20))
    taxpayer_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    how: Mapped[str] = mapped_column(String(10))
    saved_on: Mapped[date] = mapped_column(Date)
    saved_by: Mapped[str] = mapped_column(Id)
    saved_by_name: Mapped[str] = mapped_column(String(60))
    saved_at: Mapped[datetime] = mapped_column(Moment)
    number_first: Mapped[str] = mapped_column(String(8), default="")
    number_last: Mapped[str] = mapped_column(String(8), default="")
    count: Mapped[int] = mapped_column(Integer)
    undeclared_count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    rows: Mapped[Any] = mapped_column(JsonText)
    checked_by: Mapped[str] = mapped_column(Id, default="")
    checked_by_name: Mapped[str] = mapped_column(String(60), default="")
    checked_on: Mapped[date | None] = mapped_column(Date)


SAVED_FIXED = (
    "id", "device_id", "taxpayer_number", "taxpayer_name", "case_id", "how", "saved_on", "saved_by", "saved_by_name", "saved_at", "number_first",
    "number_last", "count", "undeclared_count", "amount", "tax", "rows",
)  # fmt: skip
guard(SavedData.__table__, "saved_data_is_fixed", columns=SAVED_FIXED)
evidence(SavedData.__table__, "saved_data", SAVED_FIXED, moment="saved_at")


class StubFile(Base):
    """The stub data of saved invoices as they went to the audit system (稽核), once. Source: Xi'an 2002-119, 三(三)4(2)."""

    __tablename__ = "stub_file"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    saved_id: Mapped[str] = mapped_column(Id, ForeignKey("saved_data.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    count: Mapped[int] = mapped_column(Integer)
    made_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_by_name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(Moment)


guard(StubFile.__table__, "stub_file_is_fixed")
evidence(StubFile.__table__, "stub_file", tuple(c.name for c in StubFile.__table__.columns), moment="made_at")


class LossTotal(Base):
    """What an office reported of a month's losses to the office above. Source: Xi'an 2002-119, 四3."""

    __tablename__ = "loss_total"
    __table_args__ = (UniqueConstraint("office_code", "month"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    office_code: Mapped[str] = mapped_column(String(20))
    office_name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    month: Mapped[str] = mapped_column(String(7))
    tax_cards: Mapped[int] = mapped_column(Integer)
    ic_cards: Mapped[int] = mapped_column(Integer)
    readers: Mapped[int] = mapped_column(Integer)
    rows: Mapped[Any] = mapped_column(JsonText)
    to_office_code: Mapped[str] = mapped_column(String(20), default="")
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)
    made_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_by_name: Mapped[str] = mapped_column(String(60))
    reported_on: Mapped[date | None] = mapped_column(Date)


TOTAL_FIXED = (
    "id", "office_code", "office_name", "month", "tax_cards", "ic_cards", "readers", "rows", "case_id", "made_on", "made_by", "made_by_name",
)  # fmt: skip
guard(LossTotal.__table__, "loss_total_is_fixed", columns=TOTAL_FIXED)
guard(LossTotal.__table__, "loss_total_is_reported_once", columns=("to_office_code", "reported_on"), when="{old}.reported_on IS NOT NULL", deletes=False)
evidence(LossTotal.__table__, "loss_total", TOTAL_FIXED)
