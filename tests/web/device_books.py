"""Books of devices for the tests of their registers, and what a page or a workbook lists."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
from sqlalchemy.orm import Session

from records.audit import Who
from records.devices import holders, store
from records.devices.model import Device
from records.devices.store import stops
from records.invoices import store as invoices
from records.offices import parties
from records.offices import store as offices
from records.offices.organisation import load_organisation
from records.taxpayers import limits
from records.taxpayers import store as taxpayers
from tests.web.browsing import Page, Person
from tests.web.office import OPENED, PASSWORD

FIRM, OTHER = "330203000000019", "330212000000000"
WHO, TODAY = Who("tian", "田野", OPENED), date(2026, 3, 2)
HEAD = 4
KEEPERS = (("jin.wei", "金伟", "nb"), ("jin.lan", "金岚", "hs"))


def furnish(session: Session) -> dict[str, Device]:
    """Two enterprises with a limit, a device in use, one lost, one in stock of the service unit; who keeps the stock."""
    load_organisation(session, {"people": [
        {"login": login, "name": name, "name_en": name, "password": PASSWORD, "posts": [{"role": "golden_tax_office", "office": office}]} for login, name, office in KEEPERS
    ]})  # fmt: skip
    hs, yz, nb = (offices.office_by_code(session, code) for code in ("hs", "yz", "nb"))
    assert hs and yz and nb
    parties.register(session, WHO, "service_unit", "NBHX", "宁波航信技术服务有限公司", "Ningbo Hangxin", nb)
    unit = holders.service_unit("NBHX", "宁波航信技术服务有限公司")
    for number, name, office in ((FIRM, "宁波甲机械有限公司", hs), (OTHER, "宁波乙商贸有限公司", yz)):
        taxpayers.register(session, WHO, number, name, today=date(2025, 1, 1), office_id=office.id)
        limits.enrol(session, WHO, number, TODAY, service_unit="NBHX")
        limits.grant(session, WHO, number, "ten_thousand", Decimal("100000.00"), 25, decided_level="district", decided_on=TODAY, document_number="甬限〔2026〕1号")
    limits.grant(session, WHO, FIRM, "hundred_thousand", Decimal("1000000.00"), 50, decided_level="city", decided_on=TODAY, kind="change")
    found = {}
    for serial, kind, number in (("J1", "tax_card", FIRM), ("I1", "ic_card", FIRM), ("J2", "tax_card", OTHER), ("J3", "tax_card", "")):
        row = found[serial] = store.take_in(session, WHO, kind, serial, unit, "nb/", TODAY, version="V6.13")
        if number:
            store.move(session, WHO, row, "sell", TODAY, to=holders.enterprise(number, taxpayers.taxpayer(session, number).name))
            store.move(session, WHO, row, "issue", TODAY, note="两卡初始发行")
    stops.put_on(session, WHO, found["I1"], "stolen", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=hs)
    invoices.sell(session, WHO, FIRM, "3300012140", "00000001", "00000010", TODAY, ic_serial="I9")
    return found


def rows(page: Page) -> list[str]:
    return [" ".join(" ".join(row.itertext()).split()) for row in page.tree.xpath("//tr[@data-row]")]


def sheet(person: Person, address: str) -> list[tuple[object, ...]]:
    """The heading and the lines of a workbook, beneath the lines that say whose it is."""
    return whole_sheet(person, address)[HEAD:]


def whole_sheet(person: Person, address: str) -> list[tuple[object, ...]]:
    found = openpyxl.load_workbook(io.BytesIO(person.client.get(address).get_data())).active
    assert found is not None
    return list(found.iter_rows(values_only=True))
