"""Tables of co-investigation: invoice faces, delegations, what the other side received and found, and what was signed.

Offices are referred to by identifier and scope, people by identifier and the name they had when they acted.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Id, Moment, Money, OfficePath


class Delegation(Base):
    """A delegation (委托协查) of one authority to another; own-district verification is one that is never sent."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index("ix_delegation_register", "from_scope", "created_on"),
        Index("ix_delegation_to", "to_office_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_generated: Mapped[bool]
    source: Mapped[str] = mapped_column(String(20))
    nature: Mapped[str] = mapped_column(String(20))
    organiser: Mapped[str] = mapped_column(String(10), default="own")
    from_office_id: Mapped[str] = mapped_column(Id)
    from_scope: Mapped[str] = mapped_column(OfficePath(200))
    to_office_id: Mapped[str | None] = mapped_column(Id)
    to_scope: Mapped[str] = mapped_column(OfficePath(200), default="")
    enterprise_id: Mapped[str] = mapped_column(String(20), default="")
    enterprise_name: Mapped[str] = mapped_column(String(100), default="")
    enterprise_facts: Mapped[str] = mapped_column(Text, default="")
    invoice_facts: Mapped[str] = mapped_column(Text, default="")
    falsification_facts: Mapped[str] = mapped_column(Text, default="")
    demands: Mapped[str] = mapped_column(Text, default="")
    invoice_count: Mapped[int] = mapped_column(Integer, default=0)
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    state: Mapped[str] = mapped_column(String(20))
    created_by: Mapped[str] = mapped_column(Id)
    created_by_name: Mapped[str] = mapped_column(String(60))
    created_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_on: Mapped[date | None] = mapped_column(Date)
    received_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    replied_on: Mapped[date | None] = mapped_column(Date)
    archived_on: Mapped[date | None] = mapped_column(Date)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)

    @property
    def total(self) -> Decimal:
        """价税合计, in yuan."""
        return self.amount + self.tax


# Annex 1, art. 6: a generated name is changed by neither party; and nobody turns one into a typed one to change it then.
guard(
    Delegation.__table__,
    "generated_name_is_fixed",
    columns=("name", "name_generated"),
    when="{old}.name_generated",
    deletes=False,
)


class InvoiceFace(Base):
    """The face of one copy of an invoice with the fields of annex 1, art. 7. `identity` tells copies of invoices apart."""

    __tablename__ = "invoice_face"
    __table_args__ = (
        UniqueConstraint("office_id", "source", "identity"),
        Index("ix_invoice_face_batch", "batch_id", "line"),
        CheckConstraint("source = 'manual' OR batch_id IS NOT NULL", name="imported_has_batch"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    office_id: Mapped[str] = mapped_column(Id)
    scope: Mapped[str] = mapped_column(OfficePath(200))
    source: Mapped[str] = mapped_column(String(20))
    batch_id: Mapped[str | None] = mapped_column(Id, ForeignKey("import_batch.id"))
    line: Mapped[int | None] = mapped_column(Integer)
    identity: Mapped[str] = mapped_column(String(120))
    invoice_code: Mapped[str] = mapped_column(String(10))
    invoice_number: Mapped[str] = mapped_column(String(8))
    copy: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    issued_on: Mapped[date] = mapped_column(Date)
    seller_id: Mapped[str] = mapped_column(String(20))
    seller_name: Mapped[str] = mapped_column(String(100))
    seller_region: Mapped[str] = mapped_column(String(6))
    buyer_id: Mapped[str] = mapped_column(String(20))
    buyer_name: Mapped[str] = mapped_column(String(100))
    buyer_region: Mapped[str] = mapped_column(String(6))
    problem: Mapped[str | None] = mapped_column(String(30))
    mismatch: Mapped[str | None] = mapped_column(String(20))
    entered_by: Mapped[str] = mapped_column(Id)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    delegation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("delegation.id"), index=True)


# Annex 1, art. 6: everything but the delegation in which it stands.
FIXED_COLUMNS = tuple(c.name for c in InvoiceFace.__table__.columns if c.name != "delegation_id")
guard(InvoiceFace.__table__, "imported_face_is_fixed", columns=FIXED_COLUMNS, when="{old}.source IN ('certification', 'audit')")


class Receipt(Base):
    """A delegation as an authority received it (受托协查); one passed down names the receipt of the level above."""

    __tablename__ = "delegation_receipt"
    __table_args__ = (
        Index("ix_delegation_receipt_register", "scope", "received_on"),
        UniqueConstraint("delegation_id", "office_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    delegation_id: Mapped[str] = mapped_column(Id, ForeignKey("delegation.id"))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("delegation_receipt.id"), index=True)
    office_id: Mapped[str] = mapped_column(Id)
    scope: Mapped[str] = mapped_column(OfficePath(200))
    from_office_id: Mapped[str] = mapped_column(Id)
    nature: Mapped[str] = mapped_column(String(20))
    invoice_count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    state: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date] = mapped_column(Date)
    received_by: Mapped[str] = mapped_column(Id)
    due_on: Mapped[date | None] = mapped_column(Date)
    extended_to: Mapped[date | None] = mapped_column(Date)
    inspector_id: Mapped[str] = mapped_column(Id, default="")
    inspector_name: Mapped[str] = mapped_column(String(60), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    tax_recovered: Mapped[Decimal] = mapped_column(Money, server_default="0")  # what nobody has divided among the invoices
    reply_number: Mapped[str | None] = mapped_column(String(60), unique=True)
    replied_on: Mapped[date | None] = mapped_column(Date)
    archived_on: Mapped[date | None] = mapped_column(Date)
    case_id: Mapped[str] = mapped_column(Id, default="", index=True)


class ReceiptInvoice(Base):
    """An invoice that a receipt covers: all of the delegation, or the part that was passed down."""

    __tablename__ = "receipt_invoice"

    receipt_id: Mapped[str] = mapped_column(Id, ForeignKey("delegation_receipt.id"), primary_key=True)
    face_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice_face.id"), primary_key=True, index=True)


class Finding(Base):
    """What the inspector found about one invoice: the five points of annex 2, art. 8, the conclusion, the money recovered.

    `subject_id` is the receipt, or the delegation where it is verified in the own district.
    """

    __tablename__ = "receipt_finding"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    face_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice_face.id"), primary_key=True)
    delegation_id: Mapped[str] = mapped_column(Id, ForeignKey("delegation.id"), index=True)
    existence: Mapped[str | None] = mapped_column(String(20))
    authenticity: Mapped[str | None] = mapped_column(String(20))
    contents: Mapped[str | None] = mapped_column(String(20))
    trade: Mapped[str | None] = mapped_column(String(20))
    payments: Mapped[str | None] = mapped_column(String(20))
    conclusion: Mapped[str | None] = mapped_column(String(20))
    remark: Mapped[str] = mapped_column(Text, default="")
    tax_recovered: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    late_fee: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    fine: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    found_by: Mapped[str] = mapped_column(Id)
    found_by_name: Mapped[str] = mapped_column(String(60))
    found_at: Mapped[datetime] = mapped_column(Moment)


class Signature(Base):
    """Somebody signed a paper of a delegation or receipt: role, person, moment, opinion (annex 2, art. 15)."""

    __tablename__ = "delegation_signature"
    __table_args__ = (Index("ix_delegation_signature_subject", "subject_id", "paper"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id)
    paper: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str] = mapped_column(Id)
    person_name: Mapped[str] = mapped_column(String(60))
    post_id: Mapped[str] = mapped_column(Id, default="")
    opinion: Mapped[str] = mapped_column(Text, default="")
    signed_at: Mapped[datetime] = mapped_column(Moment)


guard(Signature.__table__, "signature_is_fixed")
evidence(
    Signature.__table__, "delegation_signature",
    ("id", "subject_id", "paper", "role", "person_id", "person_name", "post_id", "opinion", "signed_at"), moment="signed_at",
)  # fmt: skip


class Extension(Base):
    """An extension of the term, applied for at the city before the term has passed (annex 2, art. 13)."""

    __tablename__ = "receipt_extension"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    receipt_id: Mapped[str] = mapped_column(Id, ForeignKey("delegation_receipt.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(Date)
    wanted: Mapped[date] = mapped_column(Date)
    applied_by: Mapped[str] = mapped_column(Id)
    applied_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    granted: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str] = mapped_column(Id, default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    opinion: Mapped[str] = mapped_column(Text, default="")
    told_on: Mapped[date | None] = mapped_column(Date)  # the day on which the delegating party was told


class InspectionTransfer(Base):
    """Violations were found: the matter moved into inspection proceedings (annex 1, art. 9)."""

    __tablename__ = "inspection_transfer"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    number: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text)
    invoice_count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    transferred_by: Mapped[str] = mapped_column(Id)
    transferred_on: Mapped[date] = mapped_column(Date)


class ImmediateReport(Base):
    """A certified mismatch over the threshold was reported to the city at once (annex 1, art. 10 (1))."""

    __tablename__ = "immediate_report"

    face_id: Mapped[str] = mapped_column(Id, ForeignKey("invoice_face.id"), primary_key=True)
    office_id: Mapped[str] = mapped_column(Id)
    scope: Mapped[str] = mapped_column(OfficePath(200))
    city_office_id: Mapped[str] = mapped_column(Id, index=True)
    reported_at: Mapped[datetime] = mapped_column(Moment)
    acknowledged_by: Mapped[str] = mapped_column(Id, default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    summed_up_in: Mapped[str] = mapped_column(Id, server_default="")  # the case of the summary that reported it to the SAT


class ArchiveEntry(Base):
    """Where the papers of a delegation or receipt lie, and the hash of their electronic copy (annex 2, art. 16)."""

    __tablename__ = "archive_entry"
    __table_args__ = (UniqueConstraint("office_id", "class_code", "location"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, unique=True)
    office_id: Mapped[str] = mapped_column(Id)
    class_code: Mapped[str] = mapped_column(String(20))
    location: Mapped[str] = mapped_column(String(100))
    page_count: Mapped[int] = mapped_column(Integer)
    electronic_sha256: Mapped[str] = mapped_column(String(64))
    archived_by: Mapped[str] = mapped_column(Id)
    archived_on: Mapped[date] = mapped_column(Date)
    keep_until: Mapped[date | None] = mapped_column(Date)


guard(
    ArchiveEntry.__table__,
    "archive_entry_is_fixed",
    columns=("subject_id", "office_id", "electronic_sha256", "archived_by", "archived_on"),
)
evidence(ArchiveEntry.__table__, "archive_entry", ("id", "subject_id", "office_id", "electronic_sha256", "archived_by", "archived_on"))
