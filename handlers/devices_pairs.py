"""Which card goes with a card of a case: what the books show for its machine, never the card of another machine or one that cannot be used any more.

Source of all: Xi'an 2002-119, 二(一)6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.devices import kinds
from records.devices.model import Device, DevicePosting
from records.devices.pairs import partners
from records.devices.store import devices
from records.taxpayers import enrolments

OTHER = {"tax_card": "ic_card", "ic_card": "tax_card"}
OUT = ("report_loss", "report_damage")  # a card left its machine
IN_ITS_PLACE = ("sell", "lend")  # another came to it, in the same case
GONE = frozenset(("lost", "found", "scrapped", "collected", "sent_up", "listed", "destroyed"))


def usual_partner(session: Session, kind: str, card: Device | None, number: str, usable_in: Collection[str]) -> Device | None:
    """The card of the other kind that lies in the reader with the one that comes in the place of `card` (None for one that the books do not know).

    It is the partner that the books show, or what was sold or lent in the place of that one; of an enterprise with one machine also the only one that
    can be used. None where the books do not show it: then the clerk looks.
    """
    if not kinds.is_card(kind):
        return None
    usable = {one.id: one for one in devices.held_by(session, "enterprise", number, [OTHER[kind]]) if one.state in usable_in}
    shown = _pairs(session, card, number)
    mine = shown.get(card.id) if card is not None else None
    if mine is not None:
        found = [usable[one] for one in (mine.id, *_in_place_of(session, mine)) if one in usable]
        if found:
            return found[0]
    free = [one for one in usable.values() if not is_anothers(shown, one, card)]
    return free[0] if len(free) == 1 and not has_several(session, number) else None


def of_another_machine(session: Session, one: Device, card: Device | None, number: str) -> Device | None:
    """The card with which the books show `one` to lie in the reader, where that is another than `card` and is still there; else None."""
    shown = _pairs(session, card, number)
    return shown[one.id] if is_anothers(shown, one, card) else None


def is_anothers(shown: Mapping[str, Device], one: Device, card: Device | None) -> bool:
    """Whether a card is the partner of another one than `card`, which is still there."""
    mate = shown.get(one.id)
    return mate is not None and (card is None or mate.id != card.id) and mate.state not in GONE


def has_several(session: Session, number: str) -> bool:
    """Whether the enterprise has more billing machines than one, by its enrolment."""
    row = enrolments.running(session, number)
    return row is not None and row.machines > 1


def _pairs(session: Session, card: Device | None, number: str) -> Mapping[str, Device]:
    theirs = {one.id: one for one in (*devices.held_by(session, "enterprise", number), *devices.lost_by(session, "enterprise", number))}
    return partners(session, list((theirs | ({card.id: card} if card is not None else {})).values()))


def _in_place_of(session: Session, mine: Device) -> list[str]:
    """What was sold or lent in the cases in which a card was reported as lost or damaged, the last first."""
    cases = select(DevicePosting.case_id).where(DevicePosting.device_id == mine.id, DevicePosting.event.in_(OUT), DevicePosting.case_id != "")
    wanted = select(DevicePosting.device_id).where(DevicePosting.event.in_(IN_ITS_PLACE), DevicePosting.case_id.in_(cases), DevicePosting.device_id != mine.id)
    return list(session.scalars(wanted.order_by(DevicePosting.id.desc())))
