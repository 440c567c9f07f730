"""Devices under the role that `app.py harden` makes: everything that the books do is allowed, nothing that they keep can be changed, and a sight shows its own area."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from db.session import Database
from db.sight import seeing
from engine.people import Actor
from engine.sight import sight_of
from records.devices import store
from records.devices.model import Device, DevicePosting, HandUpSheet, SavedData, StopEntry
from records.devices.store import saved, sheets, stops, totals
from records.faults.store import matters
from records.invoices import store as invoices
from records.invoices import unused
from records.invoices.model import InvoiceSale
from records.registration.renumbering import renumber
from records.taxpayers import limits
from records.taxpayers.model import Enrolment, TaxpayerLimit
from tests.factories.hardened import hardened
from tests.unit.records.xian import HAN, HANCHENG, LU, QINLING, TIAN, TODAY, UNIT, Xian, collected, furnish, in_use

SHOWN = (Device, DevicePosting, StopEntry, HandUpSheet, SavedData, InvoiceSale, Enrolment, TaxpayerLimit)


def play(database: Database, xian: Xian) -> None:
    """Something of every table that the books change after it was made, all of it in Yanta."""
    with database.write() as session:
        limits.enrol(session, TIAN, QINLING, TODAY)
        limits.grant(session, TIAN, QINLING, "ten_thousand", Decimal("100000.00"), 25, decided_level="district", decided_on=TODAY)
        row = in_use(session, xian)
        entry = stops.put_on(session, HAN, row, "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"])
        store.move(session, HAN, row, "find", TODAY, to=UNIT)
        store.move(session, HAN, row, "clear", TODAY)
        stops.take_off(session, HAN, entry, "找回", TODAY)
        data = saved.save(session, HAN, row, "", TODAY, "disk", count=0, undeclared_count=0, amount=Decimal(0), tax=Decimal(0), rows=[])
        saved.checked(session, TIAN, data, TODAY)
        saved.stub_file(session, TIAN, data, TODAY)
        invoices.sell(session, HAN, QINLING, "6100012140", "00000001", "00000005", TODAY, ic_serial="I1")
        sheet = sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], [collected(session, xian, "J2")], TODAY, "交〔2026〕1号")
        sheets.decline(session, LU, sheet, "不符", TODAY)
        unused.hand_in(session, HAN, QINLING, [("6100012140", "00000004", "00000005", 1)], TODAY)
        invoices.cancel_old(session, LU, invoices.hand_in_old(session, HAN, QINLING, "handwritten", "6100012141", "00000001", "00000002", TODAY), TODAY)
        totals.report(session, HAN, totals.make(session, HAN, xian.offices["yt"], "2026-02", TODAY), xian.offices["xa"], TODAY)
        matter = matters.open_matter(session, HAN, title="数据丢失", side="tax", found_on=TODAY, office_name="雁塔", scope="sn/xa/yt/")
        matters.fill_matter(session, HAN, matter.id, effect="database", facts="x", measures="x", request="x", level="city")
        matters.move_matter(session, HAN, matter.id, "report", number="1号", reported_on=TODAY)
        matters.move_matter(session, TIAN, matter.id, "settle", decision="x", decided_by="tian", decided_by_name="田野", decided_on=TODAY)
        matters.move_matter(session, HAN, matter.id, "close", result="x", closed_on=TODAY)
        key = matters.report_key_change(
            session, HAN, number="2号", key="both", serials="1", lost_on=TODAY, reported_on=TODAY, reason="x", superior_name="市局", office_name="雁塔", scope="sn/xa/yt/")
        matters.move_key_change(session, TIAN, key.id, "agree", decision="x", prepared_by_name="田野", decided_by="tian", decided_by_name="田野", decided_on=TODAY)
        matters.move_key_change(session, HAN, key.id, "change", changed_on=TODAY, changed_by_name="韩雪", witnessed_by_name="路遥")
        stops.put_on(session, HAN, in_use(session, xian, "J9"), "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"])
        stops.put_on_unknown(
            session, HAN, "tax_card", "OLD7", "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"], holder=xian.enterprise())
        renumber(session, HAN, QINLING, "610113220000109", TODAY)


def counted(database: Database, actor: Actor) -> dict[str, int]:
    with seeing(sight_of(actor)), database.read() as session:
        return {table.__tablename__: session.execute(select(func.count()).select_from(table)).scalar_one() for table in SHOWN}


def test_the_books_work_for_the_role_and_keep_what_they_keep(postgres: Database) -> None:
    with postgres.write() as session:
        xian = furnish(session)
    with hardened(postgres) as address:
        database = Database(address)
        play(database, xian)
        for statement in ("UPDATE device_posting SET note = ''", "UPDATE taxpayer_limit SET monthly_quantity = 1", "UPDATE stop_entry SET lost_on = lost_on", "DELETE FROM saved_data",
                          "UPDATE hand_up_line SET serial = ''", "UPDATE loss_total SET tax_cards = 1", "UPDATE key_change SET serials = ''"):  # fmt: skip
            with pytest.raises(DBAPIError, match="permission denied"), database.write() as session:
                session.execute(text(statement))
        every = counted(database, Actor("sheng", "省局", frozenset(), ("sn/",)))
        own = counted(database, Actor("han", "韩雪", frozenset(), ("sn/xa/yt/",)))
        beside = counted(database, Actor("lei", "雷婷", frozenset(), ("sn/xa/lh/",)))
        party = counted(database, Actor("ent", "秦岭", frozenset(), (), party="enterprise:610113220000109"))
        stranger = counted(database, Actor("other", "汉城", frozenset(), (), party=f"enterprise:{HANCHENG}"))
        database.dispose()

    assert all(every.values())
    assert own == every
    assert not any(beside.values())
    assert not any(stranger.values())
    wanted = {"device": 2, "stop_entry": 3, "invoice_sale": 1, "enrolment": 1, "taxpayer_limit": 1}
    assert {name: party[name] for name in wanted} == wanted, "what it lost under its former number is its own still"
