"""What was found about each invoice, and what it adds up to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.coinvestigation import rules
from records.coinvestigation.errors import RecordUnknown
from records.coinvestigation.kinds import Conclusion, Nature
from records.coinvestigation.model import Delegation, Finding, InspectionTransfer, InvoiceFace, Receipt, ReceiptInvoice


@dataclass(frozen=True)
class FindingData:
    """The five points (annex 2, art. 8), the conclusion, and for confirmed cases the money recovered, in yuan."""

    existence: str | None = None
    authenticity: str | None = None
    contents: str | None = None
    trade: str | None = None
    payments: str | None = None
    conclusion: str | None = None
    remark: str = ""
    tax_recovered: Decimal = Decimal(0)
    late_fee: Decimal = Decimal(0)
    fine: Decimal = Decimal(0)


def record_finding(session: Session, who: Who, subject_id: str, face_id: str, data: FindingData) -> Finding:
    """Writes or rewrites what was found about one invoice of a receipt (or of a delegation verified in the own district).

    Raises: RecordUnknown when the subject does not cover this invoice.
    """
    delegation_id = _covering(session, subject_id, face_id)
    row = session.get(Finding, (subject_id, face_id))
    if row is None:
        row = Finding(subject_id=subject_id, face_id=face_id, delegation_id=delegation_id)
        session.add(row)
        old = None
    else:
        old = {key: str(getattr(row, key)) for key in asdict(data)}
    for key, value in asdict(data).items():
        setattr(row, key, value)
    row.found_by, row.found_by_name, row.found_at = who.person_id, who.name, who.at
    session.flush()
    new = {key: str(value) for key, value in asdict(data).items()}
    audit.note(session, who, "coinvestigation:finding:recorded", "invoice_face", face_id, old=old, new=new)
    return row


def _covering(session: Session, subject_id: str, face_id: str) -> str:
    receipt = session.get(Receipt, subject_id)
    if receipt is not None and session.get(ReceiptInvoice, (subject_id, face_id)) is not None:
        return receipt.delegation_id
    face = session.get(InvoiceFace, face_id)
    if face is not None and face.delegation_id == subject_id:
        return subject_id
    raise RecordUnknown("invoice of this receipt", face_id)


def findings_of(session: Session, subject_id: str) -> list[tuple[InvoiceFace, Finding]]:
    """The findings of a receipt with everything passed down from it, or of a delegation, with their invoices."""
    rows = session.execute(
        select(InvoiceFace, Finding)
        .join(Finding, Finding.face_id == InvoiceFace.id)
        .where(_about(session, subject_id) | (Finding.delegation_id == subject_id))
        .order_by(InvoiceFace.invoice_code, InvoiceFace.invoice_number, InvoiceFace.id, Finding.found_at)
    )
    return [(face, finding) for face, finding in rows]


def unanswered_faces(session: Session, subject_id: str, nature: Nature) -> list[tuple[InvoiceFace, list[str]]]:
    """The invoices of a receipt or delegation whose points are still open, with the names of those points.

    Source: Ningbo 2001-19, annex 2, art. 8.
    """
    covered = select(ReceiptInvoice.face_id).where(ReceiptInvoice.receipt_id == subject_id)
    rows = session.execute(
        select(InvoiceFace, Finding)
        .outerjoin(Finding, (Finding.face_id == InvoiceFace.id) & _about(session, subject_id))
        .where(InvoiceFace.id.in_(covered) | (InvoiceFace.delegation_id == subject_id))
        .order_by(InvoiceFace.invoice_code, InvoiceFace.invoice_number)
    )
    points = ((face, rules.open_points(nature, {} if finding is None else vars(finding))) for face, finding in rows)
    return [(face, missing) for face, missing in points if missing]


def _about(session: Session, subject_id: str) -> ColumnElement[bool]:
    """Findings of this subject or, for a receipt, of those to which parts of it were passed down."""
    return Finding.subject_id.in_(_with_those_below(session, subject_id))


def _with_those_below(session: Session, subject_id: str) -> list[str]:
    below = [subject_id]
    for parent in below:  # grows while it is walked
        below += session.scalars(select(Receipt.id).where(Receipt.parent_id == parent)).all()
    return below


@dataclass(frozen=True)
class Outcome:
    """How many invoices came to which conclusion, and the money recovered in yuan."""

    counts: dict[str, int]
    tax_recovered: Decimal
    late_fee: Decimal
    fine: Decimal

    @property
    def has_violation(self) -> bool:
        """Whether the matter moves into inspection proceedings (annex 1, art. 9)."""
        return any(rules.is_violation(conclusion) for conclusion, count in self.counts.items() if count)


def outcome(session: Session, subject_id: str) -> Outcome:
    """Adds up the findings of a receipt with everything passed down from it, or of a delegation, and what stands with the case."""
    about = _about(session, subject_id) | (Finding.delegation_id == subject_id)
    tax, late, fine = session.execute(
        select(func.sum(Finding.tax_recovered), func.sum(Finding.late_fee), func.sum(Finding.fine)).where(about)
    ).one()
    counted = session.execute(select(Finding.conclusion, func.count()).where(about).group_by(Finding.conclusion)).all()
    counts = {kind.value: 0 for kind in Conclusion} | {conclusion: count for conclusion, count in counted if conclusion}
    mine = Receipt.id.in_(_with_those_below(session, subject_id)) | (Receipt.delegation_id == subject_id)
    undivided = session.scalar(select(func.sum(Receipt.tax_recovered)).where(mine))
    return Outcome(counts, (tax or Decimal(0)) + (undivided or Decimal(0)), late or Decimal(0), fine or Decimal(0))


def transfer_to_inspection(
    session: Session, who: Who, subject_id: str, *, reason: str, today: date, number: str = ""
) -> InspectionTransfer:
    """Moves the invoices with violations into inspection proceedings, with their count and totals.

    Source: Ningbo 2001-19, annex 1, art. 9.
    """
    violating = [face for face, finding in findings_of(session, subject_id) if rules.is_violation(finding.conclusion)]
    row = InspectionTransfer(
        id=new_id(), subject_id=subject_id, number=number, reason=reason, invoice_count=len(violating),
        amount=sum((f.amount for f in violating), Decimal(0)), tax=sum((f.tax for f in violating), Decimal(0)),
        transferred_by=who.person_id, transferred_on=today,
    )  # fmt: skip
    session.add(row)
    session.flush()
    kind = "delegation" if session.get(Delegation, subject_id) else "receipt"
    audit.note(
        session, who, "coinvestigation:inspection:transferred", kind, subject_id, new={"count": len(violating), "reason": reason}
    )
    return row
