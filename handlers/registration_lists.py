"""What an office holds, as forms of handing up and destruction offer it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from engine.forms import Option
from handlers.registration_tools import key_of, to_read
from records.devices.kinds import CARDS
from records.devices.model import Device
from records.offices.model import Office

AT_MOST = 500  # options of one form; what is left comes on the next sheet


def cards_to_hand_up(session: Session, own: Office) -> list[Option]:
    """Collected and scrapped cards that the office holds, those that a service unit of its keeping has written off and hands in, and the
    office's own in stock, for whichever of them is damaged; readers are none.

    Source: Xi'an 2002-119, 四4.
    """
    held = and_(Device.holder_kind == "office", Device.holder_number == own.code, Device.state.in_(("collected", "scrapped", "in_stock")))
    kept = and_(Device.holder_kind == "service_unit", Device.state == "scrapped", Device.scope == own.scope)
    return _offered(session, and_(Device.kind.in_(CARDS), or_(held, kept)))


def cards_to_destroy(session: Session, own: Office) -> list[Option]:
    """Collected cards that the province holds, and its own in stock, for whichever of them is damaged. Source: Xi'an 2002-119, 四4."""
    return _offered(session, and_(Device.kind.in_(CARDS), Device.holder_kind == "office", Device.holder_number == own.code, Device.state.in_(("collected", "in_stock"))))


def _offered(session: Session, where: ColumnElement[bool]) -> list[Option]:
    found = session.scalars(select(Device).where(where).order_by(Device.kind, Device.serial).limit(AT_MOST))
    return [Option(key_of(one), to_read(one), to_read(one, "en")) for one in found]
