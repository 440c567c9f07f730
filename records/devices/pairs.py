"""Which tax card goes with which IC card: the two of a machine are written together, so that the books show them in one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.devices.model import Device, DevicePosting

WRITTEN = ("issue", "reissue")


def partners(session: Session, devices: Sequence[Device]) -> Mapping[str, Device]:
    """The other card of each, by the identifier of the card: those that the latest case has written as the only two, else the last two that are left.

    A card whose partner the books do not show has none here. Source: Xi'an 2002-119, 二(一)6.
    """
    cards = {one.id: one for one in devices if one.kind in {"tax_card", "ic_card"}}
    wanted = select(DevicePosting.case_id, DevicePosting.device_id).where(
        DevicePosting.device_id.in_(cards), DevicePosting.event.in_(WRITTEN), DevicePosting.case_id != ""
    )
    together: dict[str, dict[str, None]] = {}
    for case_id, device_id in session.execute(wanted.order_by(DevicePosting.id.desc())):
        together.setdefault(case_id, {})[device_id] = None
    found: dict[str, Device] = {}
    for written in together.values():
        _pair(found, [cards[one] for one in written])
    _pair(found, [one for one in cards.values() if one.id not in found and one.state != "sold"])
    return found


def _pair(found: dict[str, Device], written: Sequence[Device]) -> None:
    """Two cards of both kinds, neither of which has a partner yet, are a pair."""
    if sorted(one.kind for one in written) == ["ic_card", "tax_card"] and not any(one.id in found for one in written):
        first, second = written
        found.update({first.id: second, second.id: first})
