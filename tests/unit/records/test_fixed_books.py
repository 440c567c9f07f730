"""What is listed, totalled, handed in, reported and decided is changed by nobody afterwards: the database itself refuses, and all of it is evidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.session import Database
from records.devices.store import sheets, stops, totals
from records.faults.store import matters
from records.invoices import store as invoices
from records.taxpayers import limits
from tests.unit.records.xian import HAN, LU, QINLING, TIAN, TODAY, collected, furnish, in_use

YT = {"office_name": "雁塔区国家税务局", "scope": "sn/xa/yt/"}
REFUSED = (  # by the guard that stands before it
    ("hand_up_sheet_is_fixed", "UPDATE hand_up_sheet SET number = 'x' WHERE state = 'open'"), ("hand_up_sheet_is_fixed", "DELETE FROM hand_up_sheet"),
    ("hand_up_sheet_is_closed_once", "UPDATE hand_up_sheet SET reason = 'x'"), ("hand_up_line_is_fixed", "UPDATE hand_up_line SET serial = 'x'"),
    ("hand_up_line_is_fixed", "DELETE FROM hand_up_line WHERE place = 2"), ("loss_total_is_fixed", "UPDATE loss_total SET tax_cards = 0"),
    ("loss_total_is_fixed", "DELETE FROM loss_total"), ("loss_total_is_reported_once", "UPDATE loss_total SET reported_on = '2026-01-01'"),
    ("old_invoice_return_is_fixed", "UPDATE old_invoice_return SET number_to = '00000009'"), ("old_invoice_return_is_fixed", "DELETE FROM old_invoice_return"),
    ("old_invoice_return_is_cancelled_once", "UPDATE old_invoice_return SET cancelled_by = 'x'"),
    ("major_matter_is_fixed", "UPDATE major_matter SET facts = 'x'"), ("major_matter_is_fixed", "DELETE FROM major_matter"),
    ("major_matter_is_decided", "UPDATE major_matter SET decision = 'x'"), ("key_change_is_fixed", "UPDATE key_change SET serials = 'x'"),
    ("key_change_is_fixed", "DELETE FROM key_change"), ("key_change_is_decided_once", "UPDATE key_change SET decision = 'x'"),
    ("key_change_is_made_once", "UPDATE key_change SET state = 'changed'"),
)  # fmt: skip


def play(database: Database) -> None:
    """One row of each kind: of sheets one that is under way and one that was declined."""
    with database.write() as session:
        xian = furnish(session)
        lost = in_use(session, xian, "J9")
        stops.put_on(session, HAN, lost, "lost", lost_on=date(2026, 2, 27), reported_on=date(2026, 2, 27), today=TODAY, office=xian.offices["yt1"])
        totals.report(session, HAN, totals.make(session, HAN, xian.offices["yt"], "2026-02", TODAY), xian.offices["xa"], TODAY)
        declined = sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], [collected(session, xian, "J1"), collected(session, xian, "J2")], TODAY, "1号")
        sheets.decline(session, LU, declined, "不符", TODAY)
        sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], [collected(session, xian, "J3")], TODAY, "2号")
        limits.grant(session, TIAN, QINLING, "ten_thousand", Decimal("100000.00"), 25, decided_level="district", decided_on=TODAY)
        invoices.cancel_old(session, LU, invoices.hand_in_old(session, HAN, QINLING, "handwritten", "6100012140", "00000001", "00000010", TODAY), TODAY)
        matter = matters.open_matter(session, HAN, title="数据丢失", side="tax", found_on=TODAY, **YT)
        matters.fill_matter(session, HAN, matter.id, facts="数据库不能打开", request="请协同")
        matters.move_matter(session, HAN, matter.id, "report", number="雁重1号", reported_on=TODAY)
        matters.move_matter(session, TIAN, matter.id, "settle", decision="恢复备份", decided_by="tian", decided_on=TODAY)
        change = matters.report_key_change(session, HAN, number="雁钥1号", key="both", serials="1", lost_on=TODAY, reported_on=TODAY, reason="被盗", superior_name="市局", **YT)
        matters.move_key_change(session, TIAN, change.id, "refuse", decision="已寻回", decided_on=TODAY)


def test_what_is_listed_decided_and_handed_in_is_changed_by_nobody(any_database: Database) -> None:
    play(any_database)
    for guard, statement in REFUSED:
        with pytest.raises(IntegrityError, match=guard), any_database.write() as session:
            session.execute(text(statement))


def test_what_is_listed_decided_and_handed_in_is_evidence(database: Database) -> None:
    play(database)
    with database.read() as session:
        waiting = {name: count for name, count in session.execute(text("SELECT evidence, count(*) FROM unsealed GROUP BY evidence"))}  # noqa: C416 -- rows, not tuples

    wanted = {
        "hand_up_sheet": 2, "hand_up_closed": 1, "hand_up_line": 3, "loss_total": 1, "old_invoice_return": 1, "major_matter": 1, "key_change": 1, "key_decided": 1,
    }  # fmt: skip
    assert {name: waiting.get(name) for name in wanted} == wanted
