"""Cards as sheets, lists and receipts print them: from whom each came, how, and which office handed it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.registry import StepContext
from records.devices import kinds
from records.devices.model import Device, HandUpLine, HandUpSheet
from records.devices.store import devices


def rows_of(ctx: StepContext, cards: list[Device]) -> dict[str, Any]:
    """The cards as sheets and lists print them: from whom, how they came to the authority, which office handed them up."""
    rows = []
    for one in cards:
        held_by, source = previous_holder(ctx.session, one)
        rows.append({"kind": kinds.name(one.kind), "serial": one.serial, "held_by": held_by, "source": source, "handed_up_by": handed_up_by(ctx.session, one)})
    return {"cards": rows, **card_counts(cards), "date": ctx.clock.today().isoformat()}


def card_counts(found: Sequence[Any]) -> dict[str, int]:
    """How many of each kind, as papers print it."""
    return {plural: sum(one.kind == kind for one in found) for kind, plural in (("tax_card", "tax_cards"), ("ic_card", "ic_cards"), ("reader", "readers"))}


def previous_holder(session: Session, device: Device) -> tuple[str, str]:
    """(from whom a device came to the authority, and how: 收缴 or 报废), out of its postings."""
    who, how = device.holder_name, "收缴"
    for row in devices.postings(session, device.id):
        if row.event == "write_off":
            who, how = row.from_name, "报废"
        elif row.event == "collect" and row.from_kind != "office" and row.from_state != "scrapped":
            who, how = row.from_name, "收缴"
    return who, how


def handed_up_by(session: Session, device: Device) -> str:
    """The office from which a device came up last; empty for one that was collected here."""
    wanted = select(HandUpSheet.from_office_name).join(HandUpLine, HandUpLine.sheet_id == HandUpSheet.id)
    found = wanted.where(HandUpLine.device_id == device.id, HandUpSheet.state == "confirmed").order_by(HandUpSheet.id.desc()).limit(1)
    return session.scalars(found).first() or ""
