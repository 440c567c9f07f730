"""Hand-up sheets and lists of destruction: level by level, confirmed by somebody else, and every device with one holder meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy.orm import Session

from db.session import Database
from records.devices import store
from records.devices.errors import ChangedMeanwhile, MoveRefused, SheetRefused
from records.devices.model import HandUpSheet
from records.devices.store import sheets
from tests.unit.records.xian import AI, HAN, HAO, LU, TIAN, TODAY, UNIT, Xian, begun, collected, furnish


def sent(session: Session, xian: Xian, *serials: str, number: str = "交〔2026〕1号") -> HandUpSheet:
    rows = [collected(session, xian, serial) for serial in serials]
    return sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], rows, TODAY, number)


def test_a_sheet_goes_up_and_is_confirmed(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        sheet = sent(session, xian, "J1", "J2")
        assert {(one.state, one.holder_number) for one in sheets.devices_of(session, sheet.id)} == {("sent_up", "yt")}
        assert [(one.place, one.serial) for one in sheets.lines(session, sheet.id)] == [(1, "J1"), (2, "J2")]
        assert sheets.open_of(session, "yt") is sheet
        sheets.confirm(session, TIAN, sheet, TODAY)

        assert {(one.state, one.holder_number) for one in sheets.devices_of(session, sheet.id)} == {("collected", "xa")}
        assert (sheet.state, sheet.count, sheet.closed_by_name, sheets.open_of(session, "yt")) == ("confirmed", 2, "田野", None)


def test_a_declined_sheet_leaves_its_devices_with_the_sender(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        sheet = sent(session, xian, "J1")
        with pytest.raises(SheetRefused, match="拒绝接收应写明原因"):
            sheets.decline(session, TIAN, sheet, "", TODAY)
        sheets.decline(session, TIAN, sheet, "与实物不符", TODAY)
        (row,) = sheets.devices_of(session, sheet.id)
        assert (row.state, row.holder_number, sheet.reason) == ("collected", "yt", "与实物不符")
        again = sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], [row], TODAY, "交〔2026〕2号")

        assert again.state == "open"
        with pytest.raises(SheetRefused, match="“交〔2026〕1号”已拒收，不能再办理"):
            sheets.confirm(session, TIAN, sheet, TODAY)


def test_whoever_sends_does_not_confirm(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(SheetRefused, match="由您开出，应由另一人接收"):
            sheets.confirm(session, HAN, sent(session, xian, "J1"), TODAY)


def test_a_sheet_names_so_many_devices_each_once_and_at_the_sender(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        yt, xa = xian.offices["yt"], xian.offices["xa"]
        first, second, elsewhere = (collected(session, xian, serial, at) for serial, at in (("J1", "yt"), ("J2", "yt"), ("J3", "lh")))
        for rows, sentence in (([], "至少应有一台"), ([first, second], "最多列 1 台设备，但有 2 台"), ([elsewhere], "“J3”不在西安市雁塔区国家税务局")):
            with pytest.raises(SheetRefused, match=sentence):
                sheets.open_sheet(session, HAN, yt, xa, rows, TODAY, "交〔2026〕1号", most=1)
        with pytest.raises(SheetRefused, match="出现了两次"):
            sheets.open_sheet(session, HAN, yt, xa, [first, first], TODAY, "交〔2026〕1号")
        with pytest.raises(SheetRefused, match="应逐级上交"):
            sheets.open_sheet(session, HAN, yt, xian.offices["sn"], [first], TODAY, "交〔2026〕1号")
        with pytest.raises(MoveRefused, match="不能“上交”"):
            scrapped = collected(session, xian, "J4", "yt")
            store.move(session, HAN, scrapped, "report_loss", TODAY)
            store.move(session, HAN, scrapped, "find", TODAY, to=xian.office("yt"))
            sheets.open_sheet(session, HAN, yt, xa, [scrapped], TODAY, "交〔2026〕1号")


def test_an_office_has_one_sheet_under_way_and_a_number_is_borne_once(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        sheet = sent(session, xian, "J1")
        with pytest.raises(SheetRefused, match="“交〔2026〕1号”尚未确认接收，不能再开一张"):
            sent(session, xian, "J2", number="交〔2026〕2号")
        sheets.confirm(session, TIAN, sheet, TODAY)
        with pytest.raises(SheetRefused, match="已用于另一张清单"):
            sent(session, xian, "J3")


def test_what_was_lost_on_the_way_is_not_confirmed(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        sheet = sent(session, xian, "J1", "J2")
        store.move(session, HAN, store.device(session, "tax_card", "J1"), "report_loss", TODAY)
        sheets.confirm(session, TIAN, sheet, TODAY)

        assert [(one.state, one.holder_number) for one in sheets.devices_of(session, sheet.id)] == [("lost", ""), ("collected", "xa")]


def test_the_province_alone_lists_and_another_destroys(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        rows = [collected(session, xian, serial, "sn") for serial in ("J1", "J2")]
        with pytest.raises(SheetRefused, match="由省级税务机关统一销毁"):
            sheets.open_destruction(session, TIAN, xian.offices["xa"], rows, TODAY, "销〔2026〕1号")
        listed = sheets.open_destruction(session, AI, xian.offices["sn"], rows, TODAY, "销〔2026〕1号")
        with pytest.raises(SheetRefused, match="“销〔2026〕1号”待销毁，不能再办理"):
            sheets.confirm(session, HAO, listed, TODAY)
        with pytest.raises(SheetRefused, match="应由另一人监销"):
            sheets.destroy(session, AI, listed, TODAY)
        sheets.destroy(session, HAO, listed, TODAY)

        assert {(one.state, one.holder_kind) for one in sheets.devices_of(session, listed.id)} == {("destroyed", "nobody")}
        with pytest.raises(SheetRefused, match="已销毁，不能再办理"):
            sheets.withdraw_destruction(session, AI, listed, "误列", TODAY)


def test_a_list_is_withdrawn_before_anything_is_destroyed(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        listed = sheets.open_destruction(session, AI, xian.offices["sn"], [collected(session, xian, "J1", "sn")], TODAY, "销〔2026〕1号")
        with pytest.raises(SheetRefused, match="应写明原因"):
            sheets.withdraw_destruction(session, AI, listed, "", TODAY)
        sheets.withdraw_destruction(session, AI, listed, "误列", TODAY)

        assert [(one.state, one.holder_number) for one in sheets.devices_of(session, listed.id)] == [("collected", "sn")]


def test_there_is_a_sheet_or_a_sentence(database: Database) -> None:
    with database.read() as session, pytest.raises(SheetRefused, match="没有标识为"):
        sheets.sheet(session, "nothing")


def _confirm(database: Database, sheet_id: str) -> None:
    with database.write() as session:
        sheets.confirm(session, LU, sheets.sheet(session, sheet_id), TODAY)


def test_of_two_who_close_a_sheet_at_once_the_second_loses(postgres: Database) -> None:
    xian = begun(postgres)
    with postgres.write() as session:
        sheet_id = sent(session, xian, "J1").id
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            sheets.decline(session, TIAN, sheets.sheet(session, sheet_id), "不符", TODAY)
            late = pool.submit(_confirm, postgres, sheet_id)
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(ChangedMeanwhile, match="刚刚被另一操作改动"):
            late.result(10)


def test_a_found_device_of_a_service_unit_is_not_sent_up(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = collected(session, xian, "J1")
        store.move(session, HAN, row, "report_loss", TODAY)
        store.move(session, HAN, row, "find", TODAY, to=UNIT)
        with pytest.raises(SheetRefused, match="现由“西安航信技术服务有限公司”持有"):
            sheets.open_sheet(session, HAN, xian.offices["yt"], xian.offices["xa"], [row], TODAY, "交〔2026〕1号")
