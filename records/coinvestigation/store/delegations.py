"""Delegations: opening one, the invoices in it, its way through the states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, func, select, update
from sqlalchemy.orm import Session

from db.clock import legal_date
from db.ids import new_id
from db.types import Money
from records import audit
from records.audit import Who
from records.coinvestigation.errors import FacesNotFree, TransitionRefused
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation, InvoiceFace
from records.coinvestigation.rules import PROBLEMS_OF
from records.coinvestigation.states import DELEGATION
from records.coinvestigation.store.chunks import chunks
from records.coinvestigation.store.moving import find, move, revise


@dataclass(frozen=True)
class OfficeRef:
    """An office as this family sees one: identifier, scope, and the name for generated case names."""

    id: str
    scope: str
    name: str = ""


def delegation(session: Session, delegation_id: str) -> Delegation:
    """The delegation with this identifier; raises RecordUnknown."""
    return find(session, Delegation, "delegation", delegation_id)


def delegation_of_case(session: Session, case_id: str) -> Delegation | None:
    """The delegation that a case of the procedure handles, or None."""
    return session.scalars(select(Delegation).where(Delegation.case_id == case_id)).one_or_none()


def largest_mismatch(session: Session, delegation_id: str) -> Decimal:
    """The largest amount of a certified mismatch in it, red ones by their size, in yuan; 0 where there is none.

    Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
    """
    certified = [problem.value for problem in PROBLEMS_OF[Source.CERTIFICATION]]
    largest = session.scalar(
        select(func.max(func.abs(InvoiceFace.amount, type_=Money()))).where(
            InvoiceFace.delegation_id == delegation_id, InvoiceFace.problem.in_(certified)
        )
    )
    return largest or Decimal(0)


def received_on(session: Session, delegation_id: str) -> date:
    """The day on which its first invoice came in: by a list, which may have lain before a case was made of it, or typed in.

    Source: Ningbo 2001-19, annex 1, art. 10 (1).
    """
    first = session.scalars(select(func.min(InvoiceFace.entered_at)).where(InvoiceFace.delegation_id == delegation_id)).one()
    return legal_date(first)


def open_delegation(
    session: Session,
    who: Who,
    *,
    office: OfficeRef,
    to: OfficeRef | None,
    source: Source,
    nature: Nature,
    name: str,
    today: date,
    **contents: Any,
) -> Delegation:
    """A new draft. Its name is fixed from the start when the invoices come from certification or audit.

    `contents`: further columns (enterprise_id, enterprise_name, enterprise_facts, invoice_facts, falsification_facts, demands, case_id …).
    Source: Ningbo 2001-19, annex 1, arts. 6 and 8.
    """
    row = Delegation(
        id=new_id(), name=name, name_generated=source is not Source.MANUAL, source=source, nature=nature,
        from_office_id=office.id, from_scope=office.scope, to_office_id=to.id if to else None, to_scope=to.scope if to else "",
        state="draft", created_by=who.person_id, created_by_name=who.name, created_on=today, created_at=who.at, **contents,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "coinvestigation:delegation:opened", "delegation", row.id, new={"name": name, "source": source})
    return row


def assign_faces(session: Session, who: Who, delegation_id: str, face_ids: Sequence[str]) -> Delegation:
    """Puts free invoices of the delegating office into a draft and totals it anew.

    Raises: FacesNotFree when one of them is unknown, belongs to another office or source, or stands in a delegation already.
    """
    row = _draft(session, delegation_id, "assign invoices")
    unique = list(dict.fromkeys(face_ids))
    moved = sum(_assign(session, row, InvoiceFace.id.in_(some)) for some in chunks(unique))
    if moved != len(unique):
        raise FacesNotFree(len(unique), moved)
    audit.note(session, who, "coinvestigation:delegation:assigned", "delegation", row.id, new={"count": moved})
    return retotal(session, row)


def assign_where(session: Session, who: Who, row: Delegation, *alternatives: ColumnElement[bool]) -> int:
    """Puts all free invoices that meet one of the conditions into a draft, a statement for each; returns how many. For whole lists."""
    moved = sum(_assign(session, row, condition) for condition in alternatives)
    audit.note(session, who, "coinvestigation:delegation:assigned", "delegation", row.id, new={"count": moved})
    retotal(session, row)
    return moved


def release_faces(session: Session, who: Who, delegation_id: str, face_ids: Sequence[str] | None = None) -> Delegation:
    """Frees invoices of a draft or of a withdrawn delegation: those named, or all."""
    row = delegation(session, delegation_id)
    if row.state not in {"draft", "withdrawn"}:
        raise TransitionRefused("delegation", row.state, "release invoices")
    standing = InvoiceFace.delegation_id == row.id
    chosen = [standing] if face_ids is None else [standing & InvoiceFace.id.in_(some) for some in chunks(face_ids)]
    freed = [session.execute(update(InvoiceFace).where(which).values(delegation_id=None)) for which in chosen]
    count = sum(cast("CursorResult[Any]", done).rowcount for done in freed)
    audit.note(session, who, "coinvestigation:delegation:released", "delegation", row.id, new={"count": count})
    return row if row.state == "withdrawn" else retotal(session, row)


def faces_of(session: Session, delegation_id: str, *, offset: int = 0, limit: int | None = None) -> Sequence[InvoiceFace]:
    """The invoices of a delegation in the order of the list from which they came, then of code and number."""
    wanted = (
        select(InvoiceFace)
        .where(InvoiceFace.delegation_id == delegation_id)
        .order_by(InvoiceFace.batch_id, InvoiceFace.line, InvoiceFace.invoice_code, InvoiceFace.invoice_number, InvoiceFace.id)
    )
    return session.scalars(wanted.offset(offset).limit(limit)).all()


def move_delegation(session: Session, who: Who, delegation_id: str, event: str, **values: Any) -> Delegation:
    """One step of states.DELEGATION with the columns that change with it (number, sent_on, due_on, replied_on …).

    Raises: TransitionRefused, ChangedMeanwhile, RecordUnknown.
    """
    row = delegation(session, delegation_id)
    move(session, who, row, "delegation", DELEGATION, event, values)
    return row


def revise_delegation(session: Session, who: Who, delegation_id: str, **values: Any) -> Delegation:
    """Changes contents (facts, demands, number, due_on, case_id …) and keeps the old ones in the trail."""
    row = delegation(session, delegation_id)
    revise(session, who, row, "delegation", values)
    return row


def retotal(session: Session, row: Delegation) -> Delegation:
    """Sets count, amount and tax from the invoices; a delegation of one enterprise takes its name from them too."""
    count, amount, tax = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(InvoiceFace.amount), Decimal(0)),
            func.coalesce(func.sum(InvoiceFace.tax), Decimal(0)),
        ).where(InvoiceFace.delegation_id == row.id)
    ).one()
    row.invoice_count, row.amount, row.tax = count, amount, tax
    session.flush()
    return row


def _assign(session: Session, row: Delegation, condition: ColumnElement[bool]) -> int:
    done = session.execute(
        update(InvoiceFace)
        .where(
            InvoiceFace.delegation_id.is_(None),
            InvoiceFace.office_id == row.from_office_id,
            InvoiceFace.source == row.source,
            condition,
        )
        .values(delegation_id=row.id),
        execution_options={"synchronize_session": False},
    )
    return cast("CursorResult[Any]", done).rowcount


def _draft(session: Session, delegation_id: str, what: str) -> Delegation:
    row = delegation(session, delegation_id)
    if row.state != "draft":
        raise TransitionRefused("delegation", row.state, what)
    return row
