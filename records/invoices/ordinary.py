"""Blank ordinary invoices (空白普通发票) of a taxpayer that is upgraded: handed in and cancelled at once, each number once.

Source of all: Xicheng, 二(一)1, 三(一)3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.invoices import rules
from records.invoices.errors import ReturnRefused
from records.invoices.model import InvoiceSale, OldInvoiceReturn
from records.invoices.store import hold_code, scope_of
from records.taxpayers.model import Taxpayer
from records.taxpayers.store import taxpayer


def cancel(session: Session, who: Who, number: str, ranges: Sequence[tuple[str, str, str]], today: date, *, case_id: str = "") -> list[OldInvoiceReturn]:
    """A taxpayer hands in blank ordinary invoices (code, from, to), and the post cancels them (缴销). Raises ReturnRefused for numbers that came back
    before, or are special invoices. Source: Xicheng, 三(一)3.
    """
    owner = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    made = []
    for code, first, last in sorted(ranges):
        if (refusal := rules.range_refusal(code, first, last)) is not None:
            raise ReturnRefused(*refusal)
        hold_code(session, code)
        _require_new(session, code, first, last)
        row = OldInvoiceReturn(
            id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, scope=scope_of(session, owner), kind=rules.ORDINARY, code=code, number_from=first, number_to=last,
            count=rules.count_of(first, last), spoiled=0, handed_in_on=today, received_by=who.person_id, received_by_name=who.name, cancelled_on=today,
            cancelled_by=who.person_id, cancelled_by_name=who.name, case_id=case_id or who.case_id,
        )  # fmt: skip
        session.add(row)
        session.flush()  # so that a second range sees this one
        audit.note(session, who, "invoices:ordinary:cancelled", "taxpayer", owner.id, new={"code": code, "from": first, "to": last})
        made.append(row)
    return made


def cancelled_by(session: Session, case_id: str) -> list[OldInvoiceReturn]:
    """The blank ordinary invoices that a case has cancelled, by code and number."""
    found = select(OldInvoiceReturn).where(OldInvoiceReturn.case_id == case_id, OldInvoiceReturn.kind == rules.ORDINARY, OldInvoiceReturn.cancelled_on.is_not(None))
    return list(session.scalars(found.order_by(OldInvoiceReturn.code, OldInvoiceReturn.number_from)))


def _require_new(session: Session, code: str, first: str, last: str) -> None:
    back = select(OldInvoiceReturn).where(OldInvoiceReturn.code == code, OldInvoiceReturn.number_from <= last, OldInvoiceReturn.number_to >= first)
    if (there := session.scalars(back.order_by(OldInvoiceReturn.number_from).limit(1)).one_or_none()) is not None:
        low, high = max(there.number_from, first), min(there.number_to, last)
        raise ReturnRefused(
            f"发票 {code} 的号码 {low} 至 {high} 已由纳税人 {there.taxpayer_number} 于 {there.handed_in_on} 缴回，不能再次缴销（西城局流程三(一)3）",
            f"{low} to {high} of {code} were handed in by {there.taxpayer_number} on {there.handed_in_on} and are not cancelled twice (Xicheng, 三(一)3)",
        )  # fmt: skip
    sold = select(InvoiceSale.id).where(InvoiceSale.code == code, InvoiceSale.number_from <= last, InvoiceSale.number_to >= first).limit(1)
    if session.scalars(sold).first() is not None:
        raise ReturnRefused(f"发票 {code} 的号码 {first} 至 {last} 是防伪税控专用发票，不在此缴销（西城局流程三(一)3）", f"{first} to {last} of {code} are special invoices (Xicheng, 三(一)3)")
