"""Invoices of the system that are left over when a registration ends: what was sold and has not come back, handed in and cancelled together.

Source of all: Xi'an 2002-119, 二(二), 二(一)8, 二(五)3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.invoices import rules
from records.invoices.errors import ReturnRefused
from records.invoices.lost import require_not_lost
from records.invoices.model import InvoiceSale, LostInvoices, OldInvoiceReturn
from records.invoices.store import hold_code, scope_of
from records.taxpayers.model import Taxpayer
from records.taxpayers.store import taxpayer

Range = tuple[str, str, str]  # code, first, last


def outstanding(session: Session, number: str) -> list[Range]:
    """What was sold to a taxpayer and was neither handed in nor is lost, by code: what it has used, and what it must still have."""
    owner = taxpayer(session, number)
    sold = session.execute(select(InvoiceSale.code, InvoiceSale.number_from, InvoiceSale.number_to).where(InvoiceSale.taxpayer_id == owner.id)).all()
    codes = {code for code, _first, _last in sold}
    gone = [
        *session.execute(select(OldInvoiceReturn.code, OldInvoiceReturn.number_from, OldInvoiceReturn.number_to).where(OldInvoiceReturn.code.in_(codes))),
        *session.execute(select(LostInvoices.code, LostInvoices.number_from, LostInvoices.number_to).where(LostInvoices.code.in_(codes), LostInvoices.found_on.is_(None))),
    ]
    return [one for code in sorted(codes) for one in _without(code, _spans(sold, code), _spans(gone, code))]


def hand_in(session: Session, who: Who, number: str, ranges: Sequence[tuple[str, str, str, int]], today: date, *, case_id: str = "") -> list[OldInvoiceReturn]:
    """A taxpayer hands in what it has not used, each range with how many of it are spoiled; the post that takes it cancels it at once.

    Raises ReturnRefused for numbers that were handed in before, were sold to somebody else or, where the books know sales of the code to this one,
    were not sold to it; LossRefused for lost ones.
    """
    owner = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    made = []
    for code, first, last, spoiled in sorted(ranges):
        if (refusal := rules.range_refusal(code, first, last) or rules.spoiled_refusal(rules.count_of(first, last), spoiled)) is not None:
            raise ReturnRefused(*refusal)
        hold_code(session, code)
        require_not_lost(session, code, first, last)
        _require_own(session, owner, code, first, last)
        row = OldInvoiceReturn(
            id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, scope=scope_of(session, owner), kind=rules.UNUSED, code=code, number_from=first,
            number_to=last, count=rules.count_of(first, last), spoiled=spoiled, handed_in_on=today, received_by=who.person_id, received_by_name=who.name,
            cancelled_on=today, cancelled_by=who.person_id, cancelled_by_name=who.name, case_id=case_id or who.case_id,
        )  # fmt: skip
        session.add(row)
        session.flush()  # so that a second range sees this one
        audit.note(session, who, "invoices:unused:handed_in", "taxpayer", owner.id, new={"code": code, "from": first, "to": last})
        made.append(row)
    return made


def returns_of(session: Session, number: str) -> Sequence[OldInvoiceReturn]:
    """Whatever a taxpayer has handed in, the first first."""
    wanted = select(OldInvoiceReturn).join(Taxpayer, Taxpayer.id == OldInvoiceReturn.taxpayer_id).where(Taxpayer.number == number)
    return session.scalars(wanted.order_by(OldInvoiceReturn.id)).all()


def _require_own(session: Session, owner: Taxpayer, code: str, first: str, last: str) -> None:
    before = select(OldInvoiceReturn.number_from, OldInvoiceReturn.number_to).where(
        OldInvoiceReturn.code == code, OldInvoiceReturn.number_from <= last, OldInvoiceReturn.number_to >= first).order_by(OldInvoiceReturn.number_from).limit(1)  # fmt: skip
    if (there := session.execute(before).one_or_none()) is not None:
        low, high = max(there[0], first), min(there[1], last)
        raise ReturnRefused(f"发票 {code} 的号码 {low} 至 {high} 已缴回，不能再次缴销（二(二)）", f"the numbers {low} to {high} of {code} were handed in before (二(二))")
    sold = session.execute(select(InvoiceSale.taxpayer_id, InvoiceSale.number_from, InvoiceSale.number_to).where(InvoiceSale.code == code)).all()
    own = [(low, high) for whose, low, high in sold if whose == owner.id]
    strange = any(whose != owner.id and low <= last and first <= high for whose, low, high in sold)
    if strange or (own and _without(code, [(first, last)], own)):
        raise ReturnRefused(
            f"发票 {code} 的号码 {first} 至 {last} 不在售给该企业的号码之内，请核对（二(二)、三(三)2）", f"{first} to {last} of {code} were not sold to this taxpayer (二(二), 三(三)2)",
        )  # fmt: skip


def _spans(rows: Iterable[Sequence[str]], code: str) -> list[tuple[str, str]]:
    return [(first, last) for one, first, last in rows if one == code]


def _without(code: str, spans: Sequence[tuple[str, str]], gone: Sequence[tuple[str, str]]) -> list[Range]:
    """Spans, neighbours joined, less what is gone."""
    left: list[list[int]] = []
    for first, last in sorted((int(low), int(high)) for low, high in spans):
        if left and first <= left[-1][1] + 1:
            left[-1][1] = max(left[-1][1], last)
        else:
            left.append([first, last])
    for low, high in ((int(first), int(last)) for first, last in gone):
        left = [part for first, last in left for part in ([first, min(last, low - 1)], [max(first, high + 1), last]) if part[0] <= part[1]]
    return [(code, f"{first:08d}", f"{last:08d}") for first, last in left]
