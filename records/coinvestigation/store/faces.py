"""Invoice faces one by one: those that are typed in, and that alone may be changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.coinvestigation.errors import ImportedFaceIsFixed
from records.coinvestigation.faces import Face
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store.delegations import OfficeRef
from records.coinvestigation.store.moving import find

_FIELDS = tuple(field.name for field in fields(Face))  # nothing in a face can change, so that no deep copy is needed


def columns_of(face: Face) -> dict[str, Any]:
    """The columns of a row for this face, with what is derived from it."""
    return {
        **{name: getattr(face, name) for name in _FIELDS},
        "identity": face.identity,
        "seller_region": face.seller_id.region,
        "buyer_region": face.buyer_id.region,
    }


def face(session: Session, face_id: str) -> InvoiceFace:
    """The face with this identifier; raises RecordUnknown."""
    return find(session, InvoiceFace, "invoice face", face_id)


def add_face(session: Session, who: Who, office: OfficeRef, given: Face) -> InvoiceFace:
    """A face that was typed in for a case of inspection (annex 1, art. 5 (1)).

    Raises: IntegrityError when this office has typed in the same copy of the same invoice before.
    """
    row = InvoiceFace(
        id=new_id(), office_id=office.id, scope=office.scope, source=Source.MANUAL, batch_id=None, line=None, entered_by=who.person_id,
        entered_at=who.at, delegation_id=None, **columns_of(given),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "coinvestigation:face:entered", "invoice_face", row.id, new={"identity": row.identity})
    return row


def typed_before(session: Session, office_id: str, identities: Collection[str]) -> set[str]:
    """Which of these copies of invoices the office has typed in already."""
    known = select(InvoiceFace.identity).where(InvoiceFace.office_id == office_id, InvoiceFace.source == Source.MANUAL)
    return set(session.scalars(known.where(InvoiceFace.identity.in_(identities))))


def remove_face(session: Session, who: Who, face_id: str) -> None:
    """Takes a typed-in face away that stands in no delegation; raises ImportedFaceIsFixed for any other."""
    row = _typed(session, face_id)
    if row.delegation_id is not None:
        raise ImportedFaceIsFixed(f"expected a face outside of any delegation, but {face_id} stands in {row.delegation_id}")
    audit.note(session, who, "coinvestigation:face:removed", "invoice_face", face_id, old={"identity": row.identity})
    session.delete(row)
    session.flush()


def _typed(session: Session, face_id: str) -> InvoiceFace:
    row = face(session, face_id)
    if row.source != Source.MANUAL:
        raise ImportedFaceIsFixed(f"expected a typed-in face, but {face_id} comes from {row.source}")
    return row
