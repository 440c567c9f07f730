"""Devices move by events alone: each with its posting, its holder and its day, and of two who move one at once the second loses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.session import Database
from records.audit import trail_of
from records.devices import rules, states, store
from records.devices.errors import ChangedMeanwhile, DeviceStopped, DeviceTwice, DeviceUnknown, MoveRefused
from records.devices.holders import Holder
from records.devices.store import stops
from records.devices.store.devices import renumber_holder
from records.taxpayers import enrolments
from records.taxpayers import store as taxpayers
from tests.unit.records.xian import (
    AI,
    DAYAN,
    HAN,
    HANCHENG,
    LU,
    QINLING,
    TIAN,
    TODAY,
    TOMORROW,
    UNIT,
    begun,
    collected,
    furnish,
    in_use,
    stocked,
)

WHOLE_LIFE = [  # event, who holds it afterwards
    ("sell", "enterprise"), ("issue", ""), ("install", ""), ("reissue", ""), ("report_damage", ""), ("send_to_repair", "unit"), ("repaired", ""),
    ("swap_back", "enterprise"), ("collect", "yt"), ("send_up", ""), ("confirm", "xa"), ("send_up", ""), ("decline_receipt", ""), ("send_up", ""),
    ("confirm", "sn"), ("list_for_destruction", ""), ("strike_off", ""), ("list_for_destruction", ""), ("destroy", ""),
]  # fmt: skip


def test_a_card_lives_from_the_warehouse_to_its_destruction(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = stocked(session)
        holders = {"enterprise": xian.enterprise(), "unit": UNIT, "": None, **{code: xian.office(code) for code in ("yt", "xa", "sn")}}
        for event, to in WHOLE_LIFE:
            store.move(session, HAN, row, event, TODAY, to=holders[to], note="按规定")

        found = store.postings(session, row.id)
        assert [one.event for one in found] == ["take_in", *(event for event, _to in WHOLE_LIFE)]
        assert [one.step for one in found] == list(range(1, len(found) + 1))
        assert (row.state, row.holder_kind, row.holder_number, row.scope, row.steps) == ("destroyed", "nobody", "", "sn/", len(found))
        assert all(before.to_state == after.from_state and before.to_number == after.from_number for before, after in zip(found, found[1:], strict=False))
        assert [entry.event for entry in trail_of(session, "device", row.id)] == [f"devices:device:{one.event}" for one in found]


def test_a_device_lies_in_the_area_of_whoever_holds_it(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian, number=HANCHENG)
        assert row.scope == "sn/xa/lh/lh1/"

        store.move(session, HAN, row, "collect", TODAY, to=xian.office("lh"))

        assert (row.scope, [one.serial for one in store.held_by(session, "office", "lh")]) == ("sn/xa/lh/", ["J0001"])
        assert store.held_by(session, "enterprise", HANCHENG) == []


@pytest.mark.parametrize("state", states.NAMES["device"])
@pytest.mark.parametrize("event", [event for event in states.EVENTS if event not in {"take_in", "renumber"}])
def test_what_the_table_does_not_name_is_refused_with_device_state_and_event(state: str, event: str) -> None:
    if states.following(states.DEVICE, state, event) is not None:
        assert rules.event_refusal("tax_card", "J0001", state, event, is_replacement=event == "lend") is None
        return
    refusal = rules.event_refusal("tax_card", "J0001", state, event, is_replacement=False)

    assert refusal is not None
    assert all(word in refusal[0] for word in ("金税卡“J0001”", states.name("device", state), states.event_name(event)))
    assert all(word in refusal[1] for word in ("the tax card “J0001”", states.name("device", state, "en"), states.event_name(event, "en")))
    assert all(re.search(r"[二三四][(（0-9]", words) for words in refusal), "it names its article"


def test_a_serial_is_taken_in_once_of_each_kind(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        stocked(session)
        stocked(session, kind="ic_card")
        with pytest.raises(DeviceTwice, match="金税卡“J0001”已于 2026-03-02 入库"):
            stocked(session, " j0001 ")

        assert [one.kind for one in store.held_by(session, "service_unit", "XAHX")] == ["ic_card", "tax_card"]
        assert [one.kind for one in store.held_by(session, "service_unit", "XAHX", ["tax_card"])] == ["tax_card"]


@pytest.mark.parametrize("serial", ["", "  ", "9" * 41])
def test_a_serial_has_a_shape(database: Database, serial: str) -> None:
    with database.write() as session, pytest.raises(DeviceUnknown, match="最多 40"):
        stocked(session, serial)


def test_an_unknown_device_is_named(database: Database) -> None:
    with database.write() as session, pytest.raises(DeviceUnknown, match="账上没有读卡器“R9”"):
        store.device(session, "reader", "R9")
    with database.read() as session, pytest.raises(DeviceUnknown, match="标识"):
        store.device_by_id(session, "nothing")


def test_a_reader_is_installed_without_issue_and_is_no_replacement(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = stocked(session, "R1", "reader")
        with pytest.raises(MoveRefused, match="读卡器不作替换卡"):
            stocked(session, "R2", "reader", is_replacement=True)
        store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise())
        with pytest.raises(MoveRefused, match="不是金税卡或税控IC卡，不办理发行"):
            store.move(session, TIAN, row, "issue", TODAY)
        store.move(session, TIAN, row, "install", TODAY)

        assert row.state == "in_use"


def test_a_card_is_issued_before_it_is_installed(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = stocked(session)
        store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise())
        with pytest.raises(MoveRefused, match="“已发售”，不能“安装启用”"):
            store.move(session, TIAN, row, "install", TODAY)


def test_replacements_are_lent_and_others_are_sold(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        lent, sold = stocked(session, "T1", is_replacement=True), stocked(session, "J1")
        with pytest.raises(MoveRefused, match="是替换卡，只能暂借"):
            store.move(session, TIAN, lent, "sell", TODAY, to=xian.enterprise())
        with pytest.raises(MoveRefused, match="不是替换卡"):
            store.move(session, TIAN, sold, "lend", TODAY, to=xian.enterprise())
        store.move(session, TIAN, lent, "lend", TODAY, to=xian.enterprise())
        store.move(session, TIAN, lent, "give_back", TODAY, to=UNIT)

        assert (lent.state, lent.holder_number) == ("in_stock", "XAHX")


def test_only_a_service_unit_sells(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        own = store.take_in(session, TIAN, "tax_card", "G1", xian.office("xa"), "sn/xa/", TODAY)
        with pytest.raises(MoveRefused, match="由技术服务单位“发售”"):
            store.move(session, TIAN, own, "sell", TODAY, to=xian.enterprise())


@pytest.mark.parametrize(("event", "to"), [("sell", UNIT), ("sell", None), ("report_loss", UNIT)])
def test_a_holder_that_the_event_does_not_allow_is_refused(database: Database, event: str, to: Holder | None) -> None:
    with database.write() as session:
        furnish(session)
        with pytest.raises(MoveRefused, match="持有"):
            store.move(session, TIAN, stocked(session), event, TODAY, to=to)


def test_nobody_holds_what_no_office_looks_after(database: Database) -> None:
    with database.write() as session:
        furnish(session)
        with pytest.raises(MoveRefused, match="“无此企业”（610113220000999）未在本系统登记"):
            store.move(session, TIAN, stocked(session), "sell", TODAY, to=Holder("enterprise", "610113220000999", "无此企业"))
        with pytest.raises(MoveRefused, match="未在本系统登记"):
            row = stocked(session, "J2")
            store.move(session, TIAN, row, "write_off", TODAY, to=Holder("service_unit", "NONE", "无此单位"))


def test_what_an_office_keeps_is_damaged_and_written_off_or_sound_and_back_in_stock(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = stocked(session)
        for event in ("report_damage", "restock", "report_damage", "report_damage", "write_off"):
            store.move(session, HAN, row, event, TODAY)
        assert (row.state, row.holder_number) == ("scrapped", UNIT.number)

        used = in_use(session, xian, "J0002")
        store.move(session, HAN, used, "report_damage", TODAY)
        with pytest.raises(MoveRefused, match="企业持有的设备不属于库存"):
            store.move(session, HAN, used, "restock", TODAY)


def test_a_posting_lies_neither_ahead_nor_before_the_last_one(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = stocked(session)
        with pytest.raises(MoveRefused, match="2026-03-03 晚于今天 2026-03-02"):
            store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise(), on=TOMORROW)
        with pytest.raises(MoveRefused, match="早于该设备上一笔记录"):
            store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise(), on=TODAY - timedelta(days=1))
        store.move(session, TIAN, row, "sell", TOMORROW, to=xian.enterprise())
        with pytest.raises(MoveRefused, match="早于该设备上一笔记录“发售”的日期 2026-03-03"):
            store.move(session, TIAN, row, "issue", TODAY)

        assert row.last_on == TOMORROW


def test_what_was_lost_comes_back_to_whoever_had_it(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        store.move(session, HAN, row, "report_loss", TODAY)
        assert (row.state, row.holder_kind, row.state_before, row.held_before_number) == ("lost", "nobody", "in_use", QINLING)
        with pytest.raises(MoveRefused, match="现为“丢失被盗”，不能“报失”"):
            store.move(session, HAN, row, "report_loss", TODAY)
        store.move(session, HAN, row, "find", TODAY, to=xian.office("yt1"))
        store.move(session, HAN, row, "report_loss", TODAY)  # lost again before it was checked
        assert (row.state_before, row.held_before_number) == ("in_use", QINLING)
        store.move(session, HAN, row, "find", TODAY, to=xian.office("yt1"))
        with pytest.raises(MoveRefused, match="应交还原持有人“西安秦岭机械制造有限公司”"):
            store.move(session, HAN, row, "clear", TODAY, to=xian.enterprise(DAYAN))
        store.move(session, HAN, row, "clear", TODAY)

        assert (row.state, row.holder_number, row.state_before, row.held_before_kind) == ("in_use", QINLING, "", "")


def test_what_is_found_of_a_deregistered_enterprise_is_collected(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        enrolments.enrol(session, TIAN, QINLING, TODAY)
        row = in_use(session, xian)
        store.move(session, HAN, row, "report_loss", TODAY)
        enrolments.end_enrolment(session, HAN, QINLING, TODAY, "依法注销税务登记")
        store.move(session, HAN, row, "find", TODAY, to=xian.office("yt1"))
        with pytest.raises(MoveRefused, match="应由主管税务机关收缴"):
            store.move(session, HAN, row, "clear", TODAY)
        store.move(session, HAN, row, "clear", TODAY, to=xian.office("yt1"))

        assert (row.state, row.holder_number) == ("collected", "yt1")


def test_a_deregistered_enterprise_buys_nothing(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = stocked(session)
        taxpayers.deregister(session, HAN, QINLING, TODAY)
        with pytest.raises(MoveRefused, match="已注销，不能再持有专用设备"):
            store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise())


def test_what_is_lost_on_its_way_up_belongs_to_its_sender(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = collected(session, xian, "J5")
        store.move(session, HAN, row, "send_up", TODAY)
        store.move(session, HAN, row, "report_loss", TODAY)
        store.move(session, HAN, row, "find", TODAY, to=UNIT)
        store.move(session, HAN, row, "clear", TODAY)

        assert (row.state, row.holder_number) == ("collected", "yt")


def test_a_useless_find_is_scrapped_and_collected(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = in_use(session, xian)
        for event, to in (("report_loss", None), ("find", UNIT), ("bury", None), ("collect", xian.office("yt"))):
            store.move(session, HAN, row, event, TODAY, to=to)

        assert (row.state, row.holder_number) == ("collected", "yt")


def test_a_stopped_serial_is_neither_taken_in_nor_given_rights(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        stops.put_on_unknown(
            session, HAN, "tax_card", "X1", "stolen", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"], holder=xian.enterprise(),
        )  # fmt: skip
        with pytest.raises(DeviceStopped, match="已于 2026-03-02 报告被盗，列入停用名单"):
            stocked(session, "X1")
        lost = in_use(session, xian, "X2")
        stops.put_on(session, HAN, lost, "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"])
        store.move(session, HAN, lost, "find", TODAY, to=UNIT)
        store.move(session, HAN, lost, "clear", TODAY)
        with pytest.raises(DeviceStopped, match="X2"):
            store.move(session, HAN, lost, "reissue", TODAY)
        with pytest.raises(DeviceStopped, match=r"二\(五\)"):
            store.require_not_stopped(session, "tax_card", "x2")


def test_postings_are_changed_by_nobody(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        stocked(session)
    for statement in ("UPDATE device_posting SET to_state = 'sold'", "DELETE FROM device_posting"):
        with pytest.raises(IntegrityError, match="device_posting_is_fixed"), any_database.write() as session:
            session.execute(text(statement))


def test_what_was_read_before_somebody_moved_it_is_not_moved(any_database: Database) -> None:
    xian = begun(any_database)
    with any_database.write() as session:
        stocked(session)
    with any_database.read() as session:
        stale = store.device(session, "tax_card", "J0001")
    with any_database.write() as session:
        store.move(session, TIAN, store.device(session, "tax_card", "J0001"), "sell", TODAY, to=xian.enterprise())
    with pytest.raises(ChangedMeanwhile, match="刚刚被另一操作改动"), any_database.write() as session:
        store.move(session, LU, stale, "sell", TODAY, to=xian.enterprise(DAYAN))


def _sell(database: Database, holder: Holder) -> None:
    with database.write() as session:
        store.move(session, LU, store.device(session, "tax_card", "J0001"), "sell", TODAY, to=holder)


def test_of_two_who_sell_one_card_at_once_the_second_loses(postgres: Database) -> None:
    xian = begun(postgres)
    with postgres.write() as session:
        stocked(session)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            store.move(session, TIAN, store.device(session, "tax_card", "J0001"), "sell", TODAY, to=xian.enterprise())
            late = pool.submit(_sell, postgres, xian.enterprise(DAYAN))
            wait([late], 0.3)  # it waits for the row that is not stored yet
            assert not late.done()

        with pytest.raises(ChangedMeanwhile, match="金税卡“J0001”"):
            late.result(10)
    with postgres.read() as session:
        row = store.device(session, "tax_card", "J0001")
        assert (row.holder_number, len(store.postings(session, row.id))) == (QINLING, 2)


def _take_in(database: Database) -> None:
    with database.write() as session:
        stocked(session)


def test_of_two_who_take_one_serial_in_at_once_the_second_loses(postgres: Database) -> None:
    begun(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            store.take_in(session, AI, "tax_card", "J0001", UNIT, "sn/xa/", TODAY)
            late = pool.submit(_take_in, postgres)
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(DeviceTwice):
            late.result(10)


def test_a_device_that_was_moved_since_it_was_read_is_not_renumbered(postgres: Database) -> None:
    xian = begun(postgres)
    with postgres.write() as session:
        in_use(session, xian)
    with pytest.raises(ChangedMeanwhile, match="刚刚被另一操作改动"), postgres.write() as session:
        read = store.held_by(session, "enterprise", QINLING)  # and moved by somebody else
        with postgres.write() as other:
            store.move(other, HAN, store.device(other, "tax_card", "J0001"), "report_damage", TODAY)
        renumber_holder(session, HAN, QINLING, "610113220000109", TODAY)
    assert len(read) == 1
