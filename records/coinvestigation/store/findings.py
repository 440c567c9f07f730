"""What was found about each invoice, and what it adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, bindparam, delete, func, insert, literal, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.ids import new_id
from db.session import take_time
from records import audit
from records.audit import Who
from records.coinvestigation import rules
from records.coinvestigation.errors import RecordUnknown
from records.coinvestigation.kinds import Conclusion, Nature
from records.coinvestigation.model import Delegation, Finding, InspectionTransfer, InvoiceFace, Receipt, ReceiptInvoice
from records.coinvestigation.store.chunks import MANY, chunks
from records.coinvestigation.store.moving import find


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


def record_findings(
    session: Session, who: Who, subject_id: str, overall: FindingData, own: Mapping[str, FindingData], among: Sequence[str] | None = None
) -> int:
    """Writes or rewrites what was found about all invoices of a receipt (or of a delegation verified in the own district): how many.

    `among`: the invoices of the part that is meant, where others of the receipt were passed down or are found already.
    `own`: invoice face → what was found about it alone. The trail has one entry for all, and one for each invoice that differs now
    or differed before: a delegation may have 25,000 invoices. Raises: RecordUnknown when the subject does not cover one of `own`.
    Source: Ningbo 2001-19, annex 2, art. 8.
    """
    given, covered, size = _covered(session, subject_id)
    if size > MANY:
        take_time(session)
    before = _before(session, subject_id, among)
    for some in _those(Finding.face_id, among):
        session.execute(delete(Finding).where(Finding.subject_id == subject_id, some))
    values = {
        "subject_id": subject_id, "delegation_id": given, **asdict(overall),
        "found_by": who.person_id, "found_by_name": who.name, "found_at": who.at,
    }  # fmt: skip
    alike = covered.add_columns(*(literal(value, Finding.__table__.c[name].type) for name, value in values.items()))
    (face_id,) = covered.selected_columns
    count = 0
    for some in _those(face_id, among):
        written = insert(Finding).from_select(["face_id", *values], alike.where(some))
        count += cast("CursorResult[Any]", session.execute(written, execution_options={"preserve_rowcount": True})).rowcount
    _write_own(session, subject_id, own)
    _trail(session, who, subject_id, _Written(count, overall, own, before))
    return count


def _covered(session: Session, subject_id: str) -> tuple[str, Select[str], int]:
    """The delegation, which invoices the subject covers, and how many."""
    receipt = session.get(Receipt, subject_id)
    if receipt is not None:
        return receipt.delegation_id, select(ReceiptInvoice.face_id).where(ReceiptInvoice.receipt_id == subject_id), receipt.invoice_count
    size = find(session, Delegation, "delegation", subject_id).invoice_count
    return subject_id, select(InvoiceFace.id).where(InvoiceFace.delegation_id == subject_id), size


def _those(column: ColumnElement[str] | InstrumentedAttribute[str], among: Sequence[str] | None) -> list[ColumnElement[bool]]:
    """A condition for each statement: one that is always true for all, or as many as the identifiers need."""
    return [true()] if among is None else [column.in_(some) for some in chunks(among)]


def _before(session: Session, subject_id: str, among: Sequence[str] | None) -> dict[str, FindingData]:
    columns = [getattr(Finding, name) for name in FindingData.__dataclass_fields__]
    of_subject = select(Finding.face_id, *columns).where(Finding.subject_id == subject_id)
    rows = [row for some in _those(Finding.face_id, among) for row in session.execute(of_subject.where(some))]
    return {face_id: FindingData(*found) for face_id, *found in rows}


def _write_own(session: Session, subject_id: str, own: Mapping[str, FindingData]) -> None:
    """One statement for all of them. Raises: RecordUnknown for an invoice that is not of the case."""
    if not own:
        return
    one = update(Finding).where(Finding.subject_id == subject_id, Finding.face_id == bindparam("of_face"))
    rows = [{"of_face": face_id, **asdict(data)} for face_id, data in own.items()]
    known = set[str]()
    for some in chunks(list(own)):
        known.update(session.scalars(select(Finding.face_id).where(Finding.subject_id == subject_id, Finding.face_id.in_(some))))
    if unknown := own.keys() - known:
        raise RecordUnknown("invoice of this receipt", min(unknown))
    session.connection().execute(one, rows)


@dataclass(frozen=True)
class _Written:
    count: int
    overall: FindingData
    own: Mapping[str, FindingData]
    before: Mapping[str, FindingData]


def _trail(session: Session, who: Who, subject_id: str, written: _Written) -> None:
    """What most of the invoices had before stands with the entry for all; whoever had something else has an entry."""
    kind = "receipt" if session.get(Receipt, subject_id) is not None else "delegation"
    usual = Counter(written.before.values()).most_common(1)
    old = _texts(usual[0][0]) if usual else None
    audit.note(
        session, who, "coinvestigation:findings:recorded", kind, subject_id,
        old=old, new={"count": written.count, "own": len(written.own), **_texts(written.overall)},
    )  # fmt: skip
    unusual = [face_id for face_id, data in written.before.items() if data != usual[0][0]]
    for face_id in dict.fromkeys([*written.own, *unusual]):
        was = written.before.get(face_id)
        audit.note(
            session, who, "coinvestigation:finding:recorded", "invoice_face", face_id,
            old=_texts(was) if was else None, new=_texts(written.own.get(face_id, written.overall)),
        )  # fmt: skip


def _texts(data: FindingData) -> dict[str, str]:
    return {key: str(value) for key, value in asdict(data).items()}


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
    session: Session, who: Who, subject_id: str, *, reason: str, today: date, number: str = "", among: Sequence[str] | None = None
) -> InspectionTransfer:
    """Moves the invoices with violations (of the part `among`, where one is meant) into inspection proceedings, with their count and totals.

    Source: Ningbo 2001-19, annex 1, art. 9.
    """
    meant = None if among is None else set(among)
    found = [(face, finding) for face, finding in findings_of(session, subject_id) if meant is None or face.id in meant]
    violating = [face for face, finding in found if rules.is_violation(finding.conclusion)]
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
