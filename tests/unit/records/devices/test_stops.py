"""The stop list: on it at once, once, with whose it was and where; off it only when the device was found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import trail_of
from records.devices import store
from records.devices.errors import DeviceStopped, StoppedAlready, StopRefused
from records.devices.model import Device, StopEntry
from records.devices.store import sheets, stops
from records.registration.renumbering import renumber
from records.taxpayers import limits
from tests.unit.records.xian import (
    AI,
    HAN,
    HANCHENG,
    HAO,
    QINLING,
    TIAN,
    TODAY,
    TOMORROW,
    UNIT,
    Xian,
    begun,
    collected,
    furnish,
    in_use,
)

DAYS = {"lost_on": TODAY, "reported_on": TODAY, "today": TODAY}


def put_on(session: Session, xian: Xian, row: Device, office: str = "yt1", **more: Any) -> StopEntry:
    return stops.put_on(session, HAN, row, "stolen", office=xian.offices[office], **{**DAYS, **more})


def test_a_report_stops_the_serial_and_the_device_is_lost(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        entry = put_on(session, xian, row, case_id="case")

        assert (row.state, store.postings(session, row.id)[-1].note) == ("lost", "被盗")
        assert (entry.taxpayer_number, entry.taxpayer_name, entry.office_code, entry.scope) == (QINLING, "西安秦岭机械制造有限公司", "yt1", "sn/xa/yt/yt1/")
        assert stops.entry_of(session, "tax_card", "j0001") is entry
        assert stops.entries_of_case(session, "case") == [entry]
        assert [one.event for one in trail_of(session, "stop_entry", entry.id)] == ["devices:stop:put_on"]


def test_a_device_whose_loss_was_posted_first_is_put_on_with_its_last_holder(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian, number=HANCHENG)
        store.move(session, HAN, row, "report_loss", TODAY)
        entry = put_on(session, xian, row, "lh1")

        assert (entry.taxpayer_number, len(store.postings(session, row.id))) == (HANCHENG, 5)


def test_a_device_is_not_reported_lost_twice(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        put_on(session, xian, row)
        with pytest.raises(StoppedAlready, match=r"金税卡“J0001”已于 2026-03-02 报失，在停用名单上，不能重复报失（市国税发〔2002〕119号二\(五\)）"):
            put_on(session, xian, row)


def test_what_was_destroyed_is_not_lost_any_more(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = collected(session, xian, "J9", at="sn")
        listed = sheets.open_destruction(session, AI, xian.offices["sn"], [row], TODAY, "销〔2026〕1号")
        sheets.destroy(session, HAO, listed, TODAY)
        with pytest.raises(StopRefused, match="已于 2026-03-02 销毁，不能再报失"):
            put_on(session, xian, row)


@pytest.mark.parametrize(("days", "sentence"), [
    ({"lost_on": TOMORROW}, "丢失被盗日期 2026-03-03 晚于报告日期"), ({"lost_on": TOMORROW, "reported_on": TOMORROW}, "报告日期 2026-03-03 晚于今天"),
])  # fmt: skip
def test_a_loss_lies_before_its_report_and_neither_ahead(database: Database, days: dict[str, date], sentence: str) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(StopRefused, match=sentence):
            put_on(session, xian, in_use(session, xian), **days)


def test_a_device_is_lost_or_stolen(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(StopRefused, match="应为丢失或被盗"):
            stops.put_on(session, HAN, in_use(session, xian), "sold", office=xian.offices["yt1"], **DAYS)


def test_what_is_not_in_the_books_is_stopped_by_its_serial(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        in_use(session, xian)
        more: dict[str, Any] = {"office": xian.offices["yt1"], "holder": xian.enterprise(), **DAYS}
        with pytest.raises(StopRefused, match="金税卡“J0001”在账上"):
            stops.put_on_unknown(session, HAN, "tax_card", "J0001", "lost", **more)
        entry = stops.put_on_unknown(session, HAN, "tax_card", " old7 ", "lost", **more)
        with pytest.raises(StoppedAlready, match="OLD7"):
            stops.put_on_unknown(session, HAN, "tax_card", "OLD7", "lost", **more)

        assert (entry.serial, entry.device_id) == ("OLD7", None)


def test_a_serial_comes_off_the_list_when_it_was_found_and_only_once(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        entry = put_on(session, xian, row)
        with pytest.raises(StopRefused, match="尚未找回，不能解除停用"):
            stops.take_off(session, HAN, entry, "找回", TODAY)
        store.move(session, HAN, row, "find", TODAY, to=UNIT)
        with pytest.raises(StopRefused, match="应写明原因"):
            stops.take_off(session, HAN, entry, " ", TODAY)
        stops.take_off(session, HAN, entry, "找回", TODAY)
        with pytest.raises(StopRefused, match="已于 2026-03-02 解除停用"):
            stops.take_off(session, HAN, entry, "找回", TODAY)
        store.move(session, HAN, row, "clear", TODAY)
        again = put_on(session, xian, row)

        assert stops.entry_of(session, "tax_card", "J0001") is again
        assert again.id != entry.id


def test_what_an_enterprise_has_lost_is_its_own_under_its_new_number(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        limits.grant(session, TIAN, QINLING, "ten_thousand", Decimal("100000.00"), 25, decided_level="district", decided_on=TODAY)
        put_on(session, xian, in_use(session, xian))
        put_on(session, xian, in_use(session, xian, "J2", number=HANCHENG), "lh1")
        stops.put_on_unknown(session, HAN, "tax_card", "OLD7", "lost", office=xian.offices["yt1"], holder=xian.enterprise(), **DAYS)
        new = renumber(session, HAN, QINLING, "610113220000109", TODAY).number

        assert [(one.serial, one.taxpayer_number) for one in stops.listed_of(session, "enterprise", new)] == [("J0001", QINLING), ("OLD7", QINLING)]


def test_an_entry_keeps_what_was_reported(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        entry = put_on(session, xian, row)
        store.move(session, HAN, row, "find", TODAY, to=UNIT)
        stops.take_off(session, HAN, entry, "找回", TODAY)
    for statement, guard in (
        ("UPDATE stop_entry SET lost_on = '2026-01-01'", "stop_entry_is_fixed"), ("DELETE FROM stop_entry", "stop_entry_is_fixed"),
        ("UPDATE stop_entry SET state = 'listed'", "stop_entry_is_lifted_once"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=guard), any_database.write() as session:
            session.execute(text(statement))


def test_a_month_holds_what_was_reported_in_it_beneath_an_office(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        before = TODAY.replace(day=1) - timedelta(days=1)
        for serial, office, on in (("A1", "yt1", TODAY), ("A2", "lh1", TODAY), ("A3", "yt1", before)):
            stops.put_on_unknown(
                session, HAN, "ic_card", serial, "lost", lost_on=before, reported_on=on, today=TODAY, office=xian.offices[office], holder=xian.enterprise(),
            )  # fmt: skip

        def found(scope: str, month: str, kinds: tuple[str, ...] = ()) -> list[str]:
            return [one.serial for one in stops.month(session, scope, month, kinds)]

        assert (found("sn/xa/", "2026-03"), found("sn/xa/yt/", "2026-03"), found("sn/", "2026-02"), found("sn/", "2025-12")) == (["A1", "A2"], ["A1"], ["A3"], [])
        assert found("sn/xa/", "2026-03", ("tax_card",)) == []


def test_there_is_an_entry_or_a_sentence(database: Database) -> None:
    with database.read() as session, pytest.raises(StopRefused, match="停用名单上没有"):
        stops.entry(session, "nothing")


def _report(database: Database, xian: Xian, serial: str = "A1") -> None:
    with database.write() as session:
        stops.put_on_unknown(session, TIAN, "ic_card", serial, "lost", office=xian.offices["yt1"], holder=xian.enterprise(), **DAYS)


def test_of_two_reports_at_once_the_second_is_told_of_the_first(postgres: Database) -> None:
    xian = begun(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            stops.put_on_unknown(session, HAN, "ic_card", "A1", "lost", office=xian.offices["yt1"], holder=xian.enterprise(), **DAYS)
            late = pool.submit(_report, postgres, xian)
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(StoppedAlready, match="已于 2026-03-02 报失"):
            late.result(10)


def _take_in(database: Database) -> None:
    with database.write() as session:
        store.take_in(session, TIAN, "ic_card", "A1", UNIT, "sn/xa/", TODAY)


def test_a_serial_that_is_stopped_at_this_moment_is_not_taken_in_and_the_other_way_round(postgres: Database) -> None:
    xian = begun(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            stops.put_on_unknown(session, HAN, "ic_card", "A1", "lost", office=xian.offices["yt1"], holder=xian.enterprise(), **DAYS)
            late = pool.submit(_take_in, postgres)
            wait([late], 0.3)
            assert not late.done()
        with pytest.raises(DeviceStopped):
            late.result(10)

        with postgres.write() as session:
            store.take_in(session, HAN, "ic_card", "A2", UNIT, "sn/xa/", TODAY)
            late = pool.submit(_report, postgres, xian, "A2")
            wait([late], 0.3)
            assert not late.done()
        with pytest.raises(StopRefused, match="税控IC卡“A2”在账上"):
            late.result(10)
