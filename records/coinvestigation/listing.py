"""The invoices of a case, page by page: those of its delegation, or those that its receipt covers, with what was found about each.

Written for 100,000 of them: a page without words or order reads its own rows only, totals stand with the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.orm import Session

from records.coinvestigation.model import Delegation, Finding, InvoiceFace, Receipt, ReceiptInvoice
from records.coinvestigation.store.receipts import receipt_of_case

ANSWERED = frozenset({"replied", "archived"})  # before that, what the other side found is its own
ORDERS = {"amount": InvoiceFace.amount, "tax": InvoiceFace.tax, "issued": InvoiceFace.issued_on}


@dataclass(frozen=True)
class Subject:
    """Of what the invoices are: a delegation, or a receipt of one. `found_for` are the subjects whose findings may be seen with it."""

    id: str
    is_receipt: bool
    invoice_count: int
    amount: Decimal
    tax: Decimal
    found_for: tuple[str, ...]


@dataclass(frozen=True)
class FaceQuery:
    """Words that stand in code, number, or name or number of a party; the column to order by, `-` before it: from the top."""

    text: str = ""
    order: str = ""


@dataclass(frozen=True)
class FacePage:
    """Invoices with what was found about them, and the totals of all that the query finds."""

    rows: list[tuple[InvoiceFace, Finding | None]]
    total: int
    amount: Decimal
    tax: Decimal


def subject_of_case(session: Session, case_id: str, receipt_id: str = "", delegation_id: str = "") -> Subject | None:
    """Of what a case is about; None for one without invoices. A case that has no record of its own (an application for an extension, a
    report to the city) names that of another.
    """
    receipt = receipt_of_case(session, case_id)
    given = None if receipt else session.scalars(select(Delegation).where(Delegation.case_id == case_id)).one_or_none()
    if receipt is None and given is None:
        receipt = session.get(Receipt, receipt_id) if receipt_id else None
        given = session.get(Delegation, delegation_id) if delegation_id and receipt is None else None
    if receipt is not None:
        return Subject(receipt.id, True, receipt.invoice_count, receipt.amount, receipt.tax, _with_those_below(session, receipt.id))
    if given is None or not given.invoice_count or given.state == "withdrawn":  # whose invoices are free again
        return None
    others = session.scalars(select(Receipt.id).where(Receipt.delegation_id == given.id)) if given.state in ANSWERED else ()
    return Subject(given.id, False, given.invoice_count, given.amount, given.tax, (given.id, *others))


def _with_those_below(session: Session, receipt_id: str) -> tuple[str, ...]:
    """A receipt and all those to which parts of it were passed down."""
    below = select(Receipt.id).where(Receipt.id == receipt_id).cte("below", recursive=True)
    below = below.union_all(select(Receipt.id).where(Receipt.parent_id == below.c.id))
    return tuple(session.scalars(select(below.c.id)))


def has_findings(session: Session, subject: Subject) -> bool:
    """Whether anything has been found yet."""
    return session.scalars(select(Finding.face_id).where(Finding.subject_id.in_(subject.found_for)).limit(1)).first() is not None


def faces(session: Session, subject: Subject, query: FaceQuery, *, offset: int = 0, limit: int = 50) -> FacePage:
    """A page of the invoices, in the order in which they came, or as the query wants."""
    wanted, came = _of(session, subject)
    total, amount, tax = subject.invoice_count, subject.amount, subject.tax
    if query.text:
        wanted = wanted.where(*(_mentions(word) for word in query.text.split()))
        sums = wanted.with_only_columns(func.count(), func.sum(InvoiceFace.amount), func.sum(InvoiceFace.tax), maintain_column_froms=True)
        total, amount, tax = session.execute(sums).one()
    # What is sorted is narrow: identifiers first, then the rows of this page.
    ids = wanted.with_only_columns(InvoiceFace.id, maintain_column_froms=True).order_by(*_ordered(query.order), came).offset(offset).limit(limit)
    chosen = session.scalars(ids).all()
    rows = {face.id: face for face in session.scalars(select(InvoiceFace).where(InvoiceFace.id.in_(chosen)))}
    found = [rows[face_id] for face_id in chosen]
    findings = _findings(session, subject, found)
    return FacePage([(face, findings.get(face.id)) for face in found], total, amount or Decimal(0), tax or Decimal(0))


def _of(session: Session, subject: Subject) -> tuple[Select[Any], Any]:
    """The invoices, and the column that says in which order they came; identifiers are given in the order of birth."""
    if subject.is_receipt:
        covered = select(InvoiceFace).join(ReceiptInvoice, ReceiptInvoice.face_id == InvoiceFace.id)
        return covered.where(ReceiptInvoice.receipt_id == subject.id), ReceiptInvoice.face_id
    wanted = select(InvoiceFace).where(InvoiceFace.delegation_id == subject.id)
    if session.get_bind().dialect.name == "sqlite":
        return wanted, literal_column("invoice_face.rowid")  # in which the index on the delegation stands: nothing is sorted
    return wanted, InvoiceFace.id.collate("C")  # not as the key is sorted: PostgreSQL would walk the keys of all offices until it met enough


def _mentions(word: str) -> ColumnElement[bool]:
    columns = (
        InvoiceFace.invoice_code, InvoiceFace.invoice_number, InvoiceFace.seller_id, InvoiceFace.seller_name, InvoiceFace.buyer_id,
        InvoiceFace.buyer_name,
    )  # fmt: skip
    if word.isascii() and not word.isdecimal():
        return or_(*(column.icontains(word, autoescape=True) for column in columns))
    return or_(*(column.contains(word, autoescape=True) for column in columns))  # digits and Chinese have no case, and folding it costs most


def _ordered(order: str) -> list[ColumnElement[Any]]:
    column = ORDERS.get(order.removeprefix("-"))
    return [] if column is None else [column.desc() if order.startswith("-") else column.asc()]


def _findings(session: Session, subject: Subject, found: Sequence[InvoiceFace]) -> dict[str, Finding]:
    """What was found about each; where several offices found something, what was found last."""
    about = select(Finding).where(Finding.subject_id.in_(subject.found_for), Finding.face_id.in_([face.id for face in found]))
    return {finding.face_id: finding for finding in session.scalars(about.order_by(Finding.found_at))}
