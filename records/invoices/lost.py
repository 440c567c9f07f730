"""Ranges of invoices that were reported lost: noted once, asked by whoever sells or takes invoices in, struck when they are found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.invoices import rules
from records.invoices.errors import LossRefused
from records.invoices.model import LostInvoices
from records.offices.model import Office
from records.taxpayers.store import taxpayer


def report(
    session: Session, who: Who, number: str, code: str, number_from: str, number_to: str, because: str, *, lost_on: date, today: date, office: Office, case_id: str,
) -> LostInvoices:  # fmt: skip
    """Notes a lost range of a taxpayer. Raises LossRefused for numbers that were reported before. Source: Xi'an 2002-119, 二(五)3."""
    if (refusal := rules.range_refusal(code, number_from, number_to)) is not None:
        raise LossRefused(*refusal)
    require_not_lost(session, code, number_from, number_to)
    owner = taxpayer(session, number)
    row = LostInvoices(
        id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, scope=office.scope, code=code, number_from=number_from, number_to=number_to,
        count=rules.count_of(number_from, number_to), because=because, lost_on=lost_on, reported_on=today, reported_by=who.person_id,
        reported_by_name=who.name, case_id=case_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "invoices:lost:reported", "taxpayer", owner.id, new={"code": code, "from": number_from, "to": number_to, "because": because})
    return row


def require_not_lost(session: Session, code: str, number_from: str, number_to: str) -> None:
    """Raises LossRefused where one of the numbers was reported lost and has not been found. Source: Xi'an 2002-119, 二(五)3, 三(三)3 (1)."""
    wanted = select(LostInvoices).where(
        LostInvoices.code == code, LostInvoices.number_from <= number_to, LostInvoices.number_to >= number_from, LostInvoices.found_on.is_(None),
    ).order_by(LostInvoices.number_from).limit(1)  # fmt: skip
    if (there := session.scalars(wanted).one_or_none()) is not None:
        first, last = max(there.number_from, number_from), min(there.number_to, number_to)
        raise LossRefused(
            f"发票 {code} 的号码 {first} 至 {last} 已由{there.taxpayer_number}于 {there.reported_on} 报告丢失被盗，尚未找回（二(五)3）",
            f"the numbers {first} to {last} of {code} were reported lost by {there.taxpayer_number} on {there.reported_on} and have not been found (二(五)3)",
        )


def of_case(session: Session, case_id: str) -> Sequence[LostInvoices]:
    """What a case has reported lost."""
    return session.scalars(select(LostInvoices).where(LostInvoices.case_id == case_id).order_by(LostInvoices.id)).all()


def found(session: Session, who: Who, row: LostInvoices, day: date) -> None:
    """The invoices are back: nothing stands against their numbers any more. Source: Xi'an 2002-119, 二(五)."""
    row.found_on = day
    audit.note(session, who, "invoices:lost:found", "taxpayer", row.taxpayer_id, new={"code": row.code, "from": row.number_from, "to": row.number_to})
    session.flush()
