"""Selling numbers of the anti-forgery system to taxpayers, and taking old invoices back to cancel them.

Whoever sells holds the row of the taxpayer and that of the code, in this order: of two sales of the same numbers the second is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.devices.store.stopped import require_not_stopped
from records.invoices import rules
from records.invoices.errors import ReturnRefused, SaleRefused
from records.invoices.lost import require_not_lost
from records.invoices.model import InvoiceCode, InvoiceSale, OldInvoiceReturn
from records.offices.model import Office
from records.rows_made import inserted
from records.taxpayers.limits import current
from records.taxpayers.model import Taxpayer
from records.taxpayers.store import taxpayer

Row = TypeVar("Row", OldInvoiceReturn, InvoiceSale)


def sold_in_month(session: Session, number: str, day: date) -> int:
    """How many invoices a taxpayer has bought in the month of a day."""
    first = day.replace(day=1)
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    wanted = select(func.coalesce(func.sum(InvoiceSale.count), 0)).join(Taxpayer, Taxpayer.id == InvoiceSale.taxpayer_id)
    return int(session.execute(wanted.where(Taxpayer.number == number, InvoiceSale.sold_on >= first, InvoiceSale.sold_on < after)).scalar_one())


def sales(session: Session, number: str) -> Sequence[InvoiceSale]:
    """What was sold to a taxpayer, the first first."""
    wanted = select(InvoiceSale).join(Taxpayer, Taxpayer.id == InvoiceSale.taxpayer_id).where(Taxpayer.number == number)
    return session.scalars(wanted.order_by(InvoiceSale.id)).all()


def require_sellable(
    session: Session, number: str, code: str, number_from: str, number_to: str, today: date, quantity_limit: int | None = None,
) -> int:  # fmt: skip
    """How many invoices the range holds, if it can be sold: nobody has bought or handed in one of them, and the month's quantity is kept.

    `quantity_limit`: of the limit in force, where none is given. Raises SaleRefused, TaxpayerUnknown.
    Source: Xi'an 2002-119, 二(一)1 (4), 二(一)6.
    """
    owner = taxpayer(session, number)
    refusal = rules.range_refusal(code, number_from, number_to)
    if refusal is not None:
        raise SaleRefused(*refusal)
    if owner.deregistered_on is not None:
        raise SaleRefused(f"“{owner.name}”已于 {owner.deregistered_on} 注销税务登记，不能领购发票", f"{owner.name} was deregistered on {owner.deregistered_on}")
    if quantity_limit is None:
        limit = current(session, number)
        if limit is None:
            raise SaleRefused(f"“{owner.name}”尚未核定最高开票限额和月购票量，不能领购发票（二(一)1）", f"{owner.name} has no limit yet and cannot buy invoices (二(一)1)")
        quantity_limit = limit.monthly_quantity
    require_not_lost(session, code, number_from, number_to)
    count = rules.count_of(number_from, number_to)
    if (refusal := rules.quantity_refusal(owner.name, sold_in_month(session, number, today), count, quantity_limit)) is not None:
        raise SaleRefused(*refusal)
    for table, zh, en in ((InvoiceSale, "已售出", "sold"), (OldInvoiceReturn, "已缴销", "handed in")):
        overlapping = select(table.number_from, table.number_to, table.taxpayer_number).where(
            table.code == code, table.number_from <= number_to, table.number_to >= number_from,
        ).order_by(table.number_from).limit(1)  # fmt: skip
        if (there := session.execute(overlapping).one_or_none()) is not None:
            first, last, whose = there
            raise SaleRefused(
                f"发票 {code} 的号码 {max(first, number_from)} 至 {min(last, number_to)} {zh}（{whose}），不能再次发售",
                f"the numbers {max(first, number_from)} to {min(last, number_to)} of {code} were {en} before ({whose}) and cannot be sold again",
            )
    return count


def sell(
    session: Session, who: Who, number: str, code: str, number_from: str, number_to: str, today: date, *, ic_serial: str,
    quantity_limit: int | None = None, case_id: str = "",
) -> InvoiceSale:  # fmt: skip
    """Sells a range, whose numbers are written on the IC card. Raises SaleRefused; DeviceStopped for a card on the stop list.

    Source: Xi'an 2002-119, 二(一)6, 三(三)2.
    """
    ic_serial = ic_serial.strip().upper()
    if not ic_serial:
        raise SaleRefused("发售发票应写明税控IC卡的编号（二(一)6）", "a sale names the IC card on which it is written (二(一)6)")
    require_not_stopped(session, "ic_card", ic_serial)
    owner = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    if rules.range_refusal(code, number_from, number_to) is None:
        hold_code(session, code)
    count = require_sellable(session, number, code, number_from, number_to, today, quantity_limit)
    row = InvoiceSale(
        id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, scope=scope_of(session, owner), code=code, number_from=number_from,
        number_to=number_to, count=count, ic_serial=ic_serial, sold_on=today, sold_by=who.person_id, sold_by_name=who.name, sold_at=who.at,
        case_id=case_id or who.case_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.execute(update(InvoiceCode).where(InvoiceCode.code == code).values(sold=InvoiceCode.sold + count))
    audit.note(
        session, who, "invoices:sale:sold", "taxpayer", owner.id,
        new={"code": code, "from": number_from, "to": number_to, "count": count, "ic_card": ic_serial},
    )  # fmt: skip
    return row


def hold_code(session: Session, code: str) -> None:
    """Whoever sells or takes back numbers of a code holds its row, so that no number is sold or taken twice."""
    inserted(session, InvoiceCode, {"code": code, "sold": 0})
    session.execute(select(InvoiceCode.code).where(InvoiceCode.code == code).with_for_update()).one()


def scope_of(session: Session, owner: Taxpayer) -> str:
    """The path of the office that is competent for a taxpayer; raises SaleRefused where none is registered."""
    office = session.get(Office, owner.office_id) if owner.office_id else None
    if office is None:
        raise SaleRefused(f"“{owner.name}”没有登记主管税务机关", f"no competent office is known of {owner.name}")
    return office.scope


def hand_in_old(
    session: Session, who: Who, number: str, kind: str, code: str, number_from: str, number_to: str, today: date, *, spoiled: int = 0, case_id: str = "",
) -> OldInvoiceReturn:  # fmt: skip
    """A taxpayer hands in old invoices that it has not used up, spoiled ones included. Raises ReturnRefused for numbers handed in before.

    Source: Xi'an 2002-119, 二(一)8.
    """
    owner = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    if kind not in rules.OLD_KINDS:
        raise ReturnRefused(f"种类应为{'或'.join(zh for zh, _en in rules.OLD_KINDS.values())}", "old invoices are handwritten or unencrypted")
    refusal = rules.range_refusal(code, number_from, number_to) or rules.spoiled_refusal(rules.count_of(number_from, number_to), spoiled)
    if refusal is not None:
        raise ReturnRefused(*refusal)
    hold_code(session, code)
    require_not_lost(session, code, number_from, number_to)
    require_not_back(session, code, number_from, number_to, to_office=True)
    row = OldInvoiceReturn(
        id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, scope=scope_of(session, owner), kind=kind, code=code, number_from=number_from,
        number_to=number_to, count=rules.count_of(number_from, number_to), spoiled=spoiled, handed_in_on=today, received_by=who.person_id,
        received_by_name=who.name, case_id=case_id or who.case_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "invoices:old:handed_in", "taxpayer", owner.id, new={"code": code, "from": number_from, "to": number_to, "spoiled": spoiled})
    return row


def require_not_back(session: Session, code: str, number_from: str, number_to: str, *, to_office: bool) -> None:
    """Raises ReturnRefused for old invoices that came back before, or are invoices of the system; an office is told by whom and what to do.

    Source: Xi'an 2002-119, 二(一)8.
    """
    if (back := _overlapping(session, OldInvoiceReturn, code, number_from, number_to)) is not None:
        zh, en = "已缴回，请核对号码", "were handed in before: check the numbers"
        if to_office:
            owner, on, by = back.taxpayer_number, back.handed_in_on, back.received_by_name
            zh = f"已由纳税人 {owner} 于 {on} 缴回（经办 {by}），不能再次缴销；请选“不符”，写明原因退回企业核对"
            en = f"were handed in by taxpayer {owner} on {on} (received by {by}) and are not cancelled twice: return the hand-in as wrong, with the reason"
        raise _returned(code, max(back.number_from, number_from), min(back.number_to, number_to), zh, en)
    if (sold := _overlapping(session, InvoiceSale, code, number_from, number_to)) is not None:
        zh, en = "是已发售的防伪税控发票", "are invoices of the anti-forgery system"
        raise _returned(code, max(sold.number_from, number_from), min(sold.number_to, number_to), zh, en)


def _overlapping(session: Session, table: type[Row], code: str, number_from: str, number_to: str) -> Row | None:
    wanted = select(table).where(table.code == code, table.number_from <= number_to, table.number_to >= number_from)
    return session.scalars(wanted.order_by(table.number_from).limit(1)).one_or_none()


def _returned(code: str, first: str, last: str, zh: str, en: str) -> ReturnRefused:
    return ReturnRefused(f"发票 {code} 的号码 {first} 至 {last} {zh}（二(一)8）", f"the numbers {first} to {last} of {code} {en} (二(一)8)")


def handed_in(session: Session, case_id: str) -> Sequence[OldInvoiceReturn]:
    """What was handed in within a case, the first first."""
    return session.scalars(select(OldInvoiceReturn).where(OldInvoiceReturn.case_id == case_id).order_by(OldInvoiceReturn.id)).all()


def cancel_old(session: Session, who: Who, row: OldInvoiceReturn, today: date) -> OldInvoiceReturn:
    """Old invoices that were handed in are cancelled (缴销), once. Raises ReturnRefused. Source: Xi'an 2002-119, 二(一)8."""
    done = session.execute(
        update(OldInvoiceReturn).where(OldInvoiceReturn.id == row.id, OldInvoiceReturn.cancelled_on.is_(None)).values(
            cancelled_on=today, cancelled_by=who.person_id, cancelled_by_name=who.name),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise ReturnRefused(f"发票 {row.code} 的号码 {row.number_from} 至 {row.number_to} 已经缴销", f"{row.number_from} to {row.number_to} of {row.code} were cancelled before")
    session.refresh(row)
    audit.note(session, who, "invoices:old:cancelled", "taxpayer", row.taxpayer_id, new={"code": row.code, "from": row.number_from, "to": row.number_to})
    return row
