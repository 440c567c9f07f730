"""What the books hold before a scenario or a demonstration begins: enterprises in the system with their cards, and cards that an office keeps.

Entered through the functions of the records, as a take-over of earlier years would be: never into the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from engine.people import SYSTEM
from records.audit import Who
from records.devices import holders
from records.devices.store import devices, stops
from records.invoices import store as invoices
from records.offices import parties
from records.offices import store as offices
from records.offices.model import Office
from records.taxpayers import enrolments, limits
from records.taxpayers import store as taxpayers

if TYPE_CHECKING:
    from app import Application

KINDS = ("tax_card", "ic_card", "reader")


def enter(application: Application, given: Mapping[str, Any]) -> None:
    """Enters `enterprises` (number, name, office, service_unit, machines, version, per_invoice, quantity, in_use_on, cards by kind, `damaged`,
    `lent` replacements, `sold` ranges), `cards` (office, by kind), which that office has scrapped and collected, or keeps for its own use where
    the row says `in_stock`, and `stolen` (office, by kind), its own cards on the stop list.
    """
    if not given:
        return
    with application.database.write() as session:
        who, today = Who(SYSTEM.person_id, SYSTEM.name, application.clock.now()), application.clock.today()
        for row in given.get("enterprises", ()):
            _enterprise(session, who, row, today)
        for row in given.get("cards", ()):
            _kept(session, who, row, _office(session, str(row["office"])), today)
        for row in given.get("stolen", ()):
            _stolen(session, who, row, _office(session, str(row["office"])), today)


def _enterprise(session: Session, who: Who, row: Mapping[str, Any], today: date) -> None:
    number, name, office = str(row["number"]), str(row["name"]), _office(session, str(row["office"]))
    taxpayers.register(session, who, number, name, today=today, office_id=office.id)
    unit = str(row.get("service_unit", "XAHX"))
    enrolments.enrol(session, who, number, today, machines=int(row.get("machines", 1)), service_unit=unit)
    limits.grant(
        session, who, number, str(row.get("version", "ten_thousand")), Decimal(str(row.get("per_invoice", "100000"))), int(row.get("quantity", 25)),
        decided_level="district", decided_on=today,
    )  # fmt: skip
    enrolments.put_in_use(session, who, number, today)
    keeper = parties.known(session, "service_unit", unit)
    if keeper is None:
        raise LookupError(f"没有编号为 {unit} 的技术服务单位")
    stock, owner = holders.service_unit(unit, keeper.name), holders.enterprise(number, name)
    for kind, serial in _serials(row):
        lent = serial in row.get("lent", ())
        one = devices.take_in(session, who, kind, serial, stock, offices.office(session, keeper.office_id).scope, today, is_replacement=lent)
        events: list[tuple[str, Any]] = [("sell", owner), *([("issue", None)] if kind != "reader" else []), ("install", None)]
        if lent:
            devices.move(session, who, one, "lend", today, to=owner)
            continue
        for event, to in events + ([("report_damage", None)] if serial in row.get("damaged", ()) else []):
            devices.move(session, who, one, event, today, to=to)
    for sale in row.get("sold", ()):
        card = str(row["ic_card"][0])
        invoices.sell(session, who, number, str(sale["code"]), str(sale["number_from"]), str(sale["number_to"]), today, ic_serial=card)


def _kept(session: Session, who: Who, row: Mapping[str, Any], office: Office, today: date) -> None:
    for kind, serial in _serials(row):
        one = devices.take_in(session, who, kind, serial, holders.office(office), office.scope, today)
        if row.get("in_stock"):
            continue
        devices.move(session, who, one, "write_off", today)
        devices.move(session, who, one, "collect", today, to=holders.office(office))


def _stolen(session: Session, who: Who, row: Mapping[str, Any], office: Office, today: date) -> None:
    for kind, serial in _serials(row):
        one = devices.take_in(session, who, kind, serial, holders.office(office), office.scope, today)
        stops.put_on(session, who, one, "stolen", lost_on=today, reported_on=today, today=today, office=office)


def _serials(row: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return [(kind, str(serial)) for kind in KINDS for serial in row.get(kind, ())]


def _office(session: Session, code: str) -> Office:
    found = offices.office_by_code(session, code)
    if found is None:
        raise LookupError(f"没有编码为 {code} 的机关")
    return found
