"""What a taxpayer may issue on one invoice and buy in a month: a history of decisions, the last in force.

Source of all: Xi'an 2002-119, 二(一)1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.taxpayers.enrolments import apply, end_enrolment, enrol, put_in_use, running
from records.taxpayers.errors import LimitRefused
from records.taxpayers.model import Taxpayer, TaxpayerLimit
from records.taxpayers.store import taxpayer

VERSIONS: dict[str, tuple[str, str]] = {
    "thousand": ("千元版", "thousand-yuan version"),
    "ten_thousand": ("万元版", "ten-thousand-yuan version"),
    "hundred_thousand": ("十万元版", "hundred-thousand-yuan version"),
    "million": ("百万元版", "million-yuan version"),
}
KINDS: dict[str, tuple[str, str]] = {"first": ("首次核定", "first"), "change": ("变更", "change"), "lowered": ("降低", "lowered")}
LEVELS = ("district", "city", "province")
__all__ = [
    "KINDS", "VERSIONS", "apply", "current", "end_enrolment", "enrol", "grant", "history", "put_in_use", "running",
]  # fmt: skip


def grant(
    session: Session, who: Who, number: str, version: str, per_invoice: Decimal, monthly_quantity: int, *, decided_level: str, decided_on: date,
    document_number: str = "", kind: str = "first", case_id: str = "",
) -> TaxpayerLimit:  # fmt: skip
    """A decision on the limit of a taxpayer. A first one where there is none, a change or lowering where there is.

    Raises: LimitRefused, TaxpayerUnknown. Source: Xi'an 2002-119, 二(一)1.
    """
    owner = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    before = current(session, number)
    if version not in VERSIONS or kind not in KINDS or decided_level not in LEVELS:
        raise ValueError(f"expected a version, kind and level, but got {version!r}, {kind!r}, {decided_level!r}")
    if per_invoice <= 0 or monthly_quantity < 1:
        raise LimitRefused(
            f"单张最高限额和每月份数应大于零，但填写的是 {per_invoice} 元、{monthly_quantity} 份", f"the limit and the quantity must be above zero, but are {per_invoice} and {monthly_quantity}",
        )  # fmt: skip
    if before is None and kind == "change":
        raise LimitRefused(f"“{owner.name}”尚未核定最高开票限额，不能变更（二(二)）", f"{owner.name} has no limit that could be changed (二(二))")
    if before is not None and kind == "first" and running(session, number) is not None and before.decided_on >= _since(session, number):
        raise LimitRefused(f"“{owner.name}”已于 {before.decided_on} 核定最高开票限额，应按变更办理（二(二)）", f"{owner.name} has had a limit since {before.decided_on}: it is changed (二(二))")
    if before is not None and decided_on < before.decided_on:
        raise LimitRefused(f"核定日期 {decided_on} 早于上一次核定 {before.decided_on}", f"the decision, {decided_on}, lies before the last one, {before.decided_on}")
    row = TaxpayerLimit(
        id=new_id(), taxpayer_id=owner.id, taxpayer_number=owner.number, version=version, per_invoice=per_invoice, monthly_quantity=monthly_quantity,
        kind=kind, decided_level=decided_level, decided_on=decided_on, document_number=document_number, case_id=case_id or who.case_id,
        by_id=who.person_id, by_name=who.name, at=who.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(
        session, who, "taxpayers:limit:granted", "taxpayer", owner.id, old={"version": before.version, "quantity": before.monthly_quantity} if before else None,
        new={"version": version, "per_invoice": str(per_invoice), "quantity": monthly_quantity, "kind": kind, "document": document_number},
    )  # fmt: skip
    return row


def _since(session: Session, number: str) -> date:
    row = running(session, number)
    assert row is not None, "asked of a taxpayer whose enrolment runs"
    return row.applied_on or row.enrolled_on or date.max


def current(session: Session, number: str) -> TaxpayerLimit | None:
    """The limit in force, None before the first decision; kept under the taxpayer, so that a new number changes nothing."""
    wanted = select(TaxpayerLimit).join(Taxpayer, Taxpayer.id == TaxpayerLimit.taxpayer_id).where(Taxpayer.number == number)
    return session.scalars(wanted.order_by(TaxpayerLimit.id.desc()).limit(1)).one_or_none()


def history(session: Session, number: str) -> Sequence[TaxpayerLimit]:
    """Every decision, the first first."""
    wanted = select(TaxpayerLimit).join(Taxpayer, Taxpayer.id == TaxpayerLimit.taxpayer_id).where(Taxpayer.number == number)
    return session.scalars(wanted.order_by(TaxpayerLimit.id)).all()
