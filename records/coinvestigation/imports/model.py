"""Tables of an import: the batch with its progress, the rows while they wait for the flip, and what is wrong with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, JsonText, Moment, Money, OfficePath


class ImportBatch(Base):
    """One uploaded list. `runner` and `beat_at` say who is reading it and when that was last heard of."""

    __tablename__ = "import_batch"
    __table_args__ = (UniqueConstraint("office_id", "serial"), Index("ix_import_batch_state", "state", "uploaded_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    serial: Mapped[int] = mapped_column(Integer)  # of the imported lists of its office, from 1; below 0 for one that is not imported
    office_id: Mapped[str] = mapped_column(Id)
    scope: Mapped[str] = mapped_column(OfficePath(200))
    source: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    file_size: Mapped[int] = mapped_column(Integer)
    uploaded_by: Mapped[str] = mapped_column(Id)
    uploaded_by_name: Mapped[str] = mapped_column(String(60))
    uploaded_on: Mapped[date] = mapped_column(Date)
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(20))
    read_as: Mapped[str] = mapped_column(String(80), default="")
    rows_expected: Mapped[int] = mapped_column(Integer, default=0)  # an estimate for the bar; 0 = not known yet
    rows_read: Mapped[int] = mapped_column(Integer, default=0)  # also: where to go on after an interruption
    rows_bad: Mapped[int] = mapped_column(Integer, default=0)
    errors_found: Mapped[int] = mapped_column(Integer, default=0)
    failure_code: Mapped[str] = mapped_column(String(40), default="")  # why the file as a whole was refused
    failure_details: Mapped[Any] = mapped_column(JsonText, nullable=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    runner: Mapped[str] = mapped_column(Id, default="")
    beat_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    delegated_at: Mapped[datetime | None] = mapped_column(Moment)


class ImportRow(Base):
    """A row that is right, while the rest of its file is still being read. Columns as in `invoice_face`."""

    __tablename__ = "import_row"

    batch_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(Id)
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


class ImportFault(Base):
    """One thing that is wrong with one cell; `code` and `details` make the sentence (records.sentences)."""

    __tablename__ = "import_fault"

    batch_id: Mapped[str] = mapped_column(Id, ForeignKey("import_batch.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    line: Mapped[int] = mapped_column(Integer)
    column: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(40))
    details: Mapped[Any] = mapped_column(JsonText)
