"""What forms of faults offer: the service units of the city, the authorisations in force today, the people of the own bureau."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import Option
from handlers import devices_tools
from records.devices import holders
from records.devices import kinds as devices_kinds
from records.devices import states as device_states
from records.devices.store import stops
from records.faults import kinds
from records.faults.model import Authorisation
from records.faults.store import authorisations
from records.offices import staff
from records.offices import store as offices
from records.offices.model import Office, Post

ROLES = {  # the posts that work with the system, as a form names them
    "card_issuance": ("发行岗", "card issuance"), "invoice_issuance": ("发票发售岗", "invoice issuance"), "invoice_cancellation": ("发票缴销岗", "invoice cancellation"),
    "tax_reporting": ("抄报税岗", "tax reporting"), "certification": ("认证岗", "certification"), "golden_tax_office": ("金税办", "golden tax office"),
}  # fmt: skip


def service_units(session: Session, own: Office, _on: date) -> list[Option]:
    """The service units that the city above has named.

    Source: Xi'an 2002-119, 三(二)1.
    """
    units = devices_tools.service_units(session, offices.office_at_level(session, own.id, "city"))
    return [Option(unit.number, unit.name, unit.name_en) for unit in units]


def authorisations_in_force(session: Session, own: Office, on: date) -> list[Option]:
    """The authorisations of the city that are in force today, with what they cover and until when.

    Source: Xi'an 2002-119, 三(二)1, annex 8.
    """
    city = offices.office_at_level(session, own.id, "city") or own
    return [_option(row) for row in authorisations.in_force(session, city.scope, on)]


def authorisations_signed(session: Session, own: Office, on: date) -> list[Option]:
    """The authorisations of the city under which work until today was done, those that are over too: work is entered after it was done.

    Source: Xi'an 2002-119, 三(二)1, annex 8.
    """
    city = offices.office_at_level(session, own.id, "city") or own
    return [_option(row) for row in authorisations.signed(session, city.scope, on)]


def own_stopped_cards(session: Session, own: Office, _on: date) -> list[Option]:
    """The office's own cards that were lost or stolen, by kind and serial as the stop list has them.

    Source: Xi'an 2002-119, 三(三)5(2) and (3).
    """
    return [
        Option(
            f"{row.kind}:{row.serial}", f"{devices_kinds.name(row.kind)} {row.serial}（{row.lost_on} {devices_kinds.REASONS[row.because][0]}，{device_states.name('stop', row.state)}）",
            f"{devices_kinds.name(row.kind, 'en')} {row.serial} ({devices_kinds.REASONS[row.because][1]} on {row.lost_on}, {device_states.name('stop', row.state, 'en')})",
        )
        for row in stops.lost_by(session, holders.office(own), sorted(devices_kinds.CARDS))
    ]  # fmt: skip


def people_of_the_bureau(session: Session, own: Office, on: date) -> list[Option]:
    """Who holds a post that works with the system at the own bureau.

    Source: Xi'an 2002-119, 三(三)5(1).
    """
    bureau = offices.office_at_level(session, own.id, "district") or own
    held = session.scalars(select(Post.id).where(Post.office_id == bureau.id, Post.role.in_(ROLES))).all()
    found = staff.holders(session, held, on)
    return [
        Option(one.person_id, f"{one.name}（{'、'.join(ROLES[role][0] for role in one.roles if role in ROLES)}）", f"{one.name_en} ({', '.join(ROLES[role][1] for role in one.roles if role in ROLES)})")
        for one in found
    ]


def _option(row: Authorisation) -> Option:
    return Option(
        row.number or "", f"{row.number}（{row.service_unit_name}，{kinds.names('subsystem', row.subsystems)}，至 {row.valid_until}）",
        f"{row.number} ({row.service_unit}, {', '.join(kinds.name('subsystem', one, 'en') for one in row.subsystems)}, until {row.valid_until})",
    )  # fmt: skip


LISTS: Mapping[str, Callable[[Session, Office, date], Sequence[Option]]] = {
    "service_units": service_units, "authorisations_in_force": authorisations_in_force, "authorisations_signed": authorisations_signed,
    "people_of_the_bureau": people_of_the_bureau, "own_stopped_cards": own_stopped_cards,
}  # fmt: skip
