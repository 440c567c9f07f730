"""A taxpayer gets another number (税号变更): everything that is kept under the number of today follows; what was printed or decided keeps its own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records import audit
from records.audit import Who
from records.devices.store.devices import renumber_holder
from records.invoices.model import InvoiceSale, LostInvoices, OldInvoiceReturn
from records.offices.model import Party
from records.sentences import Refusal, ValueRefused
from records.taxpayers.errors import RenumberRefused
from records.taxpayers.model import Enrolment, Taxpayer
from records.taxpayers.store import taxpayer
from records.upgrade.model import UpgradeVisit
from records.values import TaxpayerId


def renumber(session: Session, who: Who, old: str, new: str, today: date) -> Taxpayer:
    """The taxpayer, its account, enrolments, devices and invoices bear the new number; limits and postings keep the number of their day.

    That no case of it runs is asked before. Raises: RenumberRefused, TaxpayerUnknown. Source: Xi'an 2002-119, 二(二).
    """
    row = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, old).id).with_for_update()).one()
    new = new.strip().upper()
    if row.deregistered_on is not None:
        raise RenumberRefused(f"“{row.name}”已于 {row.deregistered_on} 注销税务登记，不能变更税号", f"{row.name} was deregistered on {row.deregistered_on}")
    if (refused := refusal(session, new)) is not None:
        raise RenumberRefused(*refused)
    row.number, row.region = new, TaxpayerId(new).region
    session.flush()
    followed = [
        update(Party).where(Party.kind == "enterprise", Party.number == old).values(number=new),
        update(Enrolment).where(Enrolment.taxpayer_id == row.id).values(taxpayer_number=new),
        update(InvoiceSale).where(InvoiceSale.taxpayer_id == row.id).values(taxpayer_number=new),
        update(LostInvoices).where(LostInvoices.taxpayer_id == row.id).values(taxpayer_number=new),
        update(OldInvoiceReturn).where(OldInvoiceReturn.taxpayer_id == row.id).values(taxpayer_number=new),
        update(UpgradeVisit).where(UpgradeVisit.taxpayer_id == row.id).values(taxpayer_number=new),
    ]
    for statement in followed:
        session.execute(statement, execution_options={"synchronize_session": False})
    renumber_holder(session, who, old, new, today)
    session.expire_all()
    audit.note(session, who, "taxpayers:taxpayer:renumbered", "taxpayer", row.id, old={"number": old}, new={"number": new, "on": str(today)})
    return row


def refusal(session: Session, new: str) -> tuple[str, str] | None:
    """Why a number cannot become the new one of a taxpayer: none that can be, or borne by another taxpayer or account. None where it can.

    Source: Xi'an 2002-119, 二(二).
    """
    number = new.strip().upper()
    try:
        fits = TaxpayerId(number).check_fits
    except ValueRefused as refused:
        return refused.refusal.say(), refused.refusal.say("en")
    if fits is False:
        wrong = Refusal("taxpayer_check", {"value": number})
        return wrong.say(), wrong.say("en")
    if (there := session.scalars(select(Taxpayer).where(Taxpayer.number == number)).one_or_none()) is not None:
        return f"税号 {number} 已登记为“{there.name}”，不能重复使用（二(二)）", f"{number} is registered to {there.name} (二(二))"
    if (party := session.scalars(select(Party).where(Party.kind == "enterprise", Party.number == number)).one_or_none()) is not None:
        return f"税号 {number} 已是“{party.name}”的账户（二(二)）", f"{number} is the account of {party.name} (二(二))"
    return None
