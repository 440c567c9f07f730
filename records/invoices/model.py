"""Tables of invoices sold: the ranges, a row a code that orders its sales, old invoices that were handed in, and ranges that were lost."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, Moment, OfficePath


class InvoiceCode(Base):
    """A code of which invoices were sold, and how many: whoever sells of it holds this row, so that no number is sold twice."""

    __tablename__ = "invoice_code"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    sold: Mapped[int] = mapped_column(Integer)


class InvoiceSale(Base):
    """A range of numbers sold to a taxpayer, both ends included. Source: Xi'an 2002-119, 二(一)6."""

    __tablename__ = "invoice_sale"
    __table_args__ = (
        Index("ix_invoice_sale_code", "code", "number_from"),
        Index("ix_invoice_sale_month", "taxpayer_id", "sold_on"),
        CheckConstraint("number_from <= number_to AND count > 0", name="range"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"))
    taxpayer_number: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    code: Mapped[str] = mapped_column(String(10), ForeignKey("invoice_code.code"))
    number_from: Mapped[str] = mapped_column(String(8))
    number_to: Mapped[str] = mapped_column(String(8))
    count: Mapped[int] = mapped_column(Integer)
    ic_serial: Mapped[str] = mapped_column(String(40))
    sold_on: Mapped[date] = mapped_column(Date)
    sold_by: Mapped[str] = mapped_column(Id)
    sold_by_name: Mapped[str] = mapped_column(String(60))
    sold_at: Mapped[datetime] = mapped_column(Moment)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


SALE_FIXED = (
    "id", "taxpayer_id", "code", "number_from", "number_to", "count", "ic_serial", "sold_on", "sold_by", "sold_by_name", "sold_at", "case_id",
)  # fmt: skip
guard(InvoiceSale.__table__, "invoice_sale_is_fixed", columns=SALE_FIXED)
evidence(InvoiceSale.__table__, "invoice_sale", SALE_FIXED, moment="sold_at")


class LostInvoices(Base):
    """A range of invoices that a taxpayer has lost; `found_on` once they are back. Source: Xi'an 2002-119, 二(五)3, 三(三)3 (1)."""

    __tablename__ = "lost_invoices"
    __table_args__ = (Index("ix_lost_invoices_code", "code", "number_from"), CheckConstraint("number_from <= number_to AND count > 0", name="range"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"), index=True)
    taxpayer_number: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    code: Mapped[str] = mapped_column(String(10))
    number_from: Mapped[str] = mapped_column(String(8))
    number_to: Mapped[str] = mapped_column(String(8))
    count: Mapped[int] = mapped_column(Integer)
    because: Mapped[str] = mapped_column(String(10))
    lost_on: Mapped[date] = mapped_column(Date)
    reported_on: Mapped[date] = mapped_column(Date)
    reported_by: Mapped[str] = mapped_column(Id)
    reported_by_name: Mapped[str] = mapped_column(String(60))
    found_on: Mapped[date | None] = mapped_column(Date)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


LOST_FIXED = (
    "id", "taxpayer_id", "code", "number_from", "number_to", "count", "because", "lost_on", "reported_on", "reported_by", "reported_by_name", "case_id",
)  # fmt: skip
guard(LostInvoices.__table__, "lost_invoices_is_fixed", columns=LOST_FIXED)


class OldInvoiceReturn(Base):
    """Invoices that a taxpayer handed in: old ones, unused or spoiled, or those of the system that are left when its registration ends (`unused`).

    Source: Xi'an 2002-119, 二(一)8, 二(二).
    """

    __tablename__ = "old_invoice_return"
    __table_args__ = (CheckConstraint("number_from <= number_to AND count > 0 AND spoiled >= 0 AND spoiled <= count", name="range"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    taxpayer_id: Mapped[str] = mapped_column(Id, ForeignKey("taxpayer.id"), index=True)
    taxpayer_number: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(OfficePath(200))
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[str] = mapped_column(String(10), index=True)
    number_from: Mapped[str] = mapped_column(String(8))
    number_to: Mapped[str] = mapped_column(String(8))
    count: Mapped[int] = mapped_column(Integer)
    spoiled: Mapped[int] = mapped_column(Integer, default=0)
    handed_in_on: Mapped[date] = mapped_column(Date)
    received_by: Mapped[str] = mapped_column(Id)
    received_by_name: Mapped[str] = mapped_column(String(60))
    cancelled_on: Mapped[date | None] = mapped_column(Date)
    cancelled_by: Mapped[str] = mapped_column(Id, default="")
    cancelled_by_name: Mapped[str] = mapped_column(String(60), default="")
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


RETURN_FIXED = (
    "id", "taxpayer_id", "kind", "code", "number_from", "number_to", "count", "spoiled", "handed_in_on", "received_by", "received_by_name", "case_id",
)  # fmt: skip
RETURN_CANCELLED = ("cancelled_on", "cancelled_by", "cancelled_by_name")
guard(OldInvoiceReturn.__table__, "old_invoice_return_is_fixed", columns=RETURN_FIXED)
guard(OldInvoiceReturn.__table__, "old_invoice_return_is_cancelled_once", columns=RETURN_CANCELLED, when="{old}.cancelled_on IS NOT NULL", deletes=False)
evidence(OldInvoiceReturn.__table__, "old_invoice_return", RETURN_FIXED)
