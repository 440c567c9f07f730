"""Receipts: what an authority received, passed down, had investigated, prolonged and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from db.ids import new_id
from db.session import take_time
from records import audit
from records.audit import Who
from records.coinvestigation import rules
from records.coinvestigation.errors import ExtensionRefused, FacesNotFree
from records.coinvestigation.model import Extension, InvoiceFace, Receipt, ReceiptInvoice
from records.coinvestigation.states import EXTENSION, RECEIPT
from records.coinvestigation.store.chunks import MANY, chunks
from records.coinvestigation.store.delegations import OfficeRef, delegation
from records.coinvestigation.store.moving import find, move, revise


def receipt(session: Session, receipt_id: str) -> Receipt:
    """The receipt with this identifier; raises RecordUnknown."""
    return find(session, Receipt, "receipt", receipt_id)


def receipt_of_case(session: Session, case_id: str) -> Receipt | None:
    """The receipt that a case of the procedure handles, or None."""
    return session.scalars(select(Receipt).where(Receipt.case_id == case_id)).one_or_none()


def open_receipt(
    session: Session,
    who: Who,
    *,
    delegation_id: str,
    office: OfficeRef,
    received_on: date,
    parent_id: str | None = None,
    face_ids: Sequence[str] | None = None,
    **values: Any,
) -> Receipt:
    """A delegation arrives at an office, whole or (`face_ids`) the part that the level above passed down.

    Raises: FacesNotFree when an invoice named is not in the delegation.
    """
    given = delegation(session, delegation_id)
    sender = receipt(session, parent_id).office_id if parent_id else given.from_office_id
    row = Receipt(
        id=new_id(), delegation_id=delegation_id, parent_id=parent_id, office_id=office.id, scope=office.scope, from_office_id=sender,
        nature=given.nature, invoice_count=0, amount=Decimal(0), tax=Decimal(0), state="received", received_on=received_on,
        received_by=who.person_id, **values,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if given.invoice_count > MANY:
        take_time(session)
    _cover(session, row, face_ids)
    audit.note(
        session, who, "coinvestigation:receipt:opened", "receipt", row.id, new={"delegation": delegation_id, "office": office.id}
    )
    return row


def _cover(session: Session, row: Receipt, face_ids: Sequence[str] | None) -> None:
    standing = InvoiceFace.delegation_id == row.delegation_id
    unique = None if face_ids is None else list(dict.fromkeys(face_ids))
    chosen = [standing] if unique is None else [standing & InvoiceFace.id.in_(some) for some in chunks(unique)]
    for which in chosen:
        named = select(literal(row.id, ReceiptInvoice.receipt_id.type), InvoiceFace.id).where(which)
        session.execute(insert(ReceiptInvoice).from_select(["receipt_id", "face_id"], named))
        # By the same condition, not by a join with what was just written: PostgreSQL has no statistics of it and then compares each with each.
        sums = select(func.count(), func.coalesce(func.sum(InvoiceFace.amount), Decimal(0)), func.coalesce(func.sum(InvoiceFace.tax), Decimal(0)))
        count, amount, tax = session.execute(sums.where(which)).one()
        row.invoice_count, row.amount, row.tax = row.invoice_count + count, row.amount + amount, row.tax + tax
    if unique is not None and row.invoice_count != len(unique):
        raise FacesNotFree(len(unique), row.invoice_count)
    session.flush()


def receipts_of(session: Session, delegation_id: str) -> Sequence[Receipt]:
    """All receipts of a delegation, the first receiver's before those it passed down."""
    return session.scalars(select(Receipt).where(Receipt.delegation_id == delegation_id).order_by(Receipt.id)).all()


def passed_down_from(session: Session, receipt_id: str) -> Sequence[Receipt]:
    """What lower levels received of it, the first first; what one of them gave back is among it."""
    return session.scalars(select(Receipt).where(Receipt.parent_id == receipt_id).order_by(Receipt.id)).all()


def received_by(session: Session, delegation_id: str, office_id: str) -> Receipt | None:
    """What an office has received of a delegation, or None; it receives one once."""
    wanted = select(Receipt).where(Receipt.delegation_id == delegation_id, Receipt.office_id == office_id)
    return session.scalars(wanted).one_or_none()


def faces_received(session: Session, receipt_id: str) -> Sequence[InvoiceFace]:
    """The invoices that a receipt covers, by code and number."""
    return session.scalars(
        select(InvoiceFace)
        .join(ReceiptInvoice, ReceiptInvoice.face_id == InvoiceFace.id)
        .where(ReceiptInvoice.receipt_id == receipt_id)
        .order_by(InvoiceFace.invoice_code, InvoiceFace.invoice_number, InvoiceFace.id)
    ).all()


def move_receipt(session: Session, who: Who, receipt_id: str, event: str, **values: Any) -> Receipt:
    """One step of states.RECEIPT with the columns that change with it.

    Raises: TransitionRefused, ChangedMeanwhile, RecordUnknown.
    """
    row = receipt(session, receipt_id)
    move(session, who, row, "receipt", RECEIPT, event, values)
    return row


def revise_receipt(session: Session, who: Who, receipt_id: str, **values: Any) -> Receipt:
    """Changes columns (number, due_on, case_id, inspector …) and keeps the old ones in the trail."""
    row = receipt(session, receipt_id)
    revise(session, who, row, "receipt", values)
    return row


def move_terms(session: Session, who: Who, before: date, due_on: date) -> None:
    """A published calendar moved the term of a case: its receipt, and the delegation that awaits the reply, carry the new day."""
    row = receipt_of_case(session, who.case_id)
    columns = [name for name in ("due_on", "extended_to") if row is not None and getattr(row, name) == before]
    if row is None or not columns:
        return
    revise(session, who, row, "receipt", dict.fromkeys(columns, due_on))
    asked = delegation(session, row.delegation_id)
    if row.parent_id is None and asked.due_on == before:
        revise(session, who, asked, "delegation", {"due_on": due_on})


def apply_for_extension(
    session: Session, who: Who, receipt_id: str, *, due_on: date, wanted: date, today: date, reason: str
) -> Extension:
    """An application to the city. Raises ExtensionRefused with a Chinese sentence.

    Source: Ningbo 2001-19, annex 2, art. 13.
    """
    refusal = rules.extension_refusal(due_on, wanted, today, reason)
    if refusal is not None:
        raise ExtensionRefused(*refusal)
    row = Extension(
        id=new_id(), receipt_id=receipt(session, receipt_id).id, reason=reason.strip(), due_on=due_on, wanted=wanted,
        applied_by=who.person_id, applied_on=today, state="applied",
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(
        session, who, "coinvestigation:extension:applied", "receipt", receipt_id, new={"wanted": str(wanted), "reason": reason}
    )
    return row


def decide_extension(
    session: Session, who: Who, extension_id: str, event: str, *, today: date, granted: date | None, opinion: str
) -> Extension:
    """The city approves (`granted` may be earlier than wanted) or refuses; an approval moves the receipt's term.

    Raises: ExtensionRefused when the applicant decides or the day granted is no extension; TransitionRefused when it was decided before.
    """
    row = find(session, Extension, "extension", extension_id)
    if row.applied_by == who.person_id:
        raise ExtensionRefused("申请人不能审批自己的延期申请", "whoever applied does not decide")
    if event == "approve" and (granted is None or granted <= row.due_on):
        raise ExtensionRefused(
            f"批准的日期应晚于原期限 {row.due_on}，但填写的是 {granted}", f"the day must be later than {row.due_on}, but {granted} was entered"
        )
    values = {
        "decided_by": who.person_id, "decided_on": today, "opinion": opinion, "granted": granted if event == "approve" else None,
    }  # fmt: skip
    move(session, who, row, "extension", EXTENSION, event, values)
    if row.granted is not None:
        revise_receipt(session, who, row.receipt_id, extended_to=row.granted)
    return row


def settle_extension(session: Session, who: Who, extension_id: str, today: date) -> None:
    """The reply was sent before the city decided: the application has no object any more (annex 2, arts. 12 and 13)."""
    row = find(session, Extension, "extension", extension_id)
    move(session, who, row, "extension", EXTENSION, "settle", {"decided_on": today})


def tell_extension(session: Session, extension_id: str, today: date) -> None:
    """Notes the day on which the delegating party was told (annex 2, art. 13)."""
    find(session, Extension, "extension", extension_id).told_on = today
    session.flush()


def extensions_of(session: Session, receipt_id: str) -> Sequence[Extension]:
    """Every application for this receipt, the oldest first."""
    return session.scalars(select(Extension).where(Extension.receipt_id == receipt_id).order_by(Extension.id)).all()
