"""Cards as sheets, lists and receipts print them: from whom each came, how, and which office handed it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.registry import StepContext
from records.devices import kinds
from records.devices.model import Device, DevicePosting, HandUpLine, HandUpSheet


def rows_of(ctx: StepContext, cards: Sequence[Device]) -> dict[str, Any]:
    """The cards as sheets and lists print them: from whom, how they came to the authority, which office handed them up."""
    came, offices = previous_holders(ctx.session, cards), handed_up_by(ctx.session, cards)
    rows = [
        {"kind": kinds.name(one.kind), "serial": one.serial, "held_by": came[one.id][0], "source": came[one.id][1], "handed_up_by": offices.get(one.id, "")}
        for one in cards
    ]  # fmt: skip
    return {"cards": rows, **card_counts(cards), "date": ctx.clock.today().isoformat()}


def card_counts(found: Sequence[Any]) -> dict[str, int]:
    """How many of each kind, as papers print it."""
    return {plural: sum(one.kind == kind for one in found) for kind, plural in (("tax_card", "tax_cards"), ("ic_card", "ic_cards"), ("reader", "readers"))}


def previous_holders(session: Session, cards: Sequence[Device]) -> dict[str, tuple[str, str]]:
    """(from whom a device came to the authority, and how: 收缴 or 报废) by device, out of the postings of all in one query."""
    found = {one.id: (one.holder_name, "收缴") for one in cards}
    wanted = select(DevicePosting).where(DevicePosting.device_id.in_(found), DevicePosting.event.in_(("write_off", "collect")))
    for row in session.scalars(wanted.order_by(DevicePosting.device_id, DevicePosting.step)):
        if row.event == "write_off":
            found[row.device_id] = row.from_name, "报废"
        elif row.from_kind != "office" and row.from_state != "scrapped":
            found[row.device_id] = row.from_name, "收缴"
    return found


def handed_up_by(session: Session, cards: Sequence[Device]) -> dict[str, str]:
    """The office from which a device came up last, by device; none for one that was collected here."""
    wanted = select(HandUpLine.device_id, HandUpSheet.from_office_name).join(HandUpSheet, HandUpLine.sheet_id == HandUpSheet.id).where(
        HandUpLine.device_id.in_([one.id for one in cards]), HandUpSheet.state == "confirmed")  # fmt: skip
    return {device_id: name for device_id, name in session.execute(wanted.order_by(HandUpSheet.id))}  # noqa: C416 -- rows, not tuples
