"""The page of a device with its whole life, from the warehouse to its destruction, and that of an enterprise with its limits and their history."""

from __future__ import annotations

from flask import Blueprint, abort
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.devices import kinds, states, store
from records.devices.errors import DeviceUnknown
from records.devices.model import Device, StopEntry
from records.devices.pairs import partners
from records.devices.store.stopped import entry_of
from records.faults.states import NAMES as KEY_STATES
from records.faults.store import matters
from records.invoices import store as invoices
from records.invoices import unused
from records.invoices.rules import RETURN_KINDS
from records.offices import store as offices
from records.offices.model import Office
from records.taxpayers import enrolments, limits
from records.taxpayers.enrolments import STANDINGS, standing
from records.taxpayers.model import Taxpayer
from web import identity, requests
from web.devices.columns import COLOURS
from web.devices.names import spoken
from web.devices.words import level_name, two
from web.languages import named
from web.services import services


def install(blueprint: Blueprint) -> None:
    """The two pages of the family."""
    blueprint.add_url_rule("/device/<device_id>", "life", life, methods=["GET"])
    blueprint.add_url_rule("/enterprise/<taxpayer_id>", "enterprise", enterprise, methods=["GET"])


def life(device_id: str) -> BaseResponse:
    """A device: what it is, who holds it, every posting, the latest first."""
    with services().database.read() as session:
        row = _device(session, device_id)
        found, stopped = store.postings(session, row.id), entry_of(session, row.kind, row.serial)
        stops = session.scalars(select(StopEntry).where(StopEntry.device_id == row.id).order_by(StopEntry.id)).all()
        keys = matters.key_changes_of(session, row.serial) if stops else ()
        (spoken_row,), events = spoken(session, [row]), spoken(session, found)
        office = session.scalars(select(Office).where(Office.scope == row.scope)).one_or_none()
    cases = services().engine.headers({one.case_id for one in found if one.case_id} | {one.case_id for one in keys}, identity.staff().actor)
    shown = [(one, two(states.EVENTS, one.event), two(states.NAMES["device"], one.to_state), cases.get(one.case_id)) for one in reversed(events)]
    return requests.page(
        "devices/device.html", row=spoken_row, events=shown, kind=two(kinds.NAMES, row.kind), state=two(states.NAMES["device"], row.state), colour=COLOURS.get(row.state, ""),
        holder=two(kinds.HOLDERS, row.holder_kind), stopped=stopped, stops=stops,
        keys=[(one.number, two(KEY_STATES["key_change"], one.state), cases.get(one.case_id)) for one in keys], because={key: two(kinds.REASONS, key) for key in kinds.REASONS},
        office=named(office.name, office.name_en) if office else "",
    )  # fmt: skip


def enterprise(taxpayer_id: str) -> BaseResponse:
    """An enterprise: the limit in force and those before, its enrolments, devices and invoices."""
    with services().database.read() as session:
        row = session.get(Taxpayer, taxpayer_id)
        office = offices.office(session, row.office_id) if row is not None and row.office_id else None
        if row is None or office is None or not office.scope.startswith(identity.staff().actor.scopes):
            abort(404)
        history, every = limits.history(session, row.number), enrolments.enrolments(session, row.number)
        held, sold = store.held_by(session, "enterprise", row.number), invoices.sales(session, row.number)
        returned = unused.returns_of(session, row.number)
        lost = store.lost_by(session, "enterprise", row.number)
        pairs = partners(session, [*held, *lost])
        spoken_row, *_more = spoken(session, [row])
        sold = spoken(session, sold)
        month = invoices.sold_in_month(session, row.number, services().clock.today())
    cases = services().engine.headers(set(filter(None, [*(one.case_id for one in history), *(one.case_id for one in every)])), identity.staff().actor)
    return requests.page(
        "devices/enterprise.html", row=spoken_row, office=named(office.name, office.name_en), history=history[::-1], enrolments=every[::-1], devices=[*held, *lost], pairs=pairs, sales=sold[::-1],
        returns=returned[::-1], return_kinds={key: two(RETURN_KINDS, key) for key in RETURN_KINDS},
        month=month, cases=cases, versions={key: two(limits.VERSIONS, key) for key in limits.VERSIONS}, limit_kinds={key: two(limits.KINDS, key) for key in limits.KINDS},
        states={key: two(STANDINGS, key) for key in STANDINGS}, standing=standing, kinds={key: two(kinds.NAMES, key) for key in kinds.NAMES},
        device_states={key: two(states.NAMES["device"], key) for key in states.NAMES["device"]}, levels={key: level_name(key) for key in limits.LEVELS}, colours=COLOURS,
    )  # fmt: skip


def _device(session: Session, device_id: str) -> Device:
    try:
        row = store.device_by_id(session, device_id)
    except DeviceUnknown:
        abort(404)
    if not row.scope.startswith(identity.staff().actor.scopes):
        abort(404)
    return row
