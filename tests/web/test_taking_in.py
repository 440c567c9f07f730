"""Taking devices into a stock in the browser: all of a list or nothing, by whoever keeps the stock."""

from __future__ import annotations

import pytest

from records.devices import holders, store
from records.devices.model import Device
from records.devices.store import stops
from records.offices import store as offices
from tests.web.browsing import Page, Person, upload
from tests.web.conftest import signed_in
from tests.web.device_books import TODAY, WHO, furnish, rows
from tests.web.office import Office
from web.devices import stock


@pytest.fixture
def books(office: Office) -> dict[str, Device]:
    with office.database.write() as session:
        return furnish(session)


def take_in(person: Person, **given: object) -> Page:
    return person.open("/devices/take-in").submit("/devices/take-in", **given)


def test_what_the_service_unit_received_is_taken_in_once(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")
    form = keeper.open("/devices/take-in")
    fields = form.fields("/devices/take-in", rows="种类,编号,版本\n金税卡,j20260001,V6.13\nIC卡，I20260001，V2\nreader\tR1\t")
    page = keeper.post("/devices/take-in", fields)

    assert "已入库" in page.text
    assert [row.split()[0] for row in rows(keeper.open("/devices/devices?sort=serial&state=in_stock"))] == ["I20260001", "J20260001", "J3", "R1"]
    assert "已入库" in keeper.post("/devices/take-in", fields).text  # the same form again
    with office.database.read() as session:
        row = store.device(session, "tax_card", "J20260001")
        assert (row.holder_number, row.scope, row.version, row.is_replacement, len(store.postings(session, row.id))) == ("NBHX", "nb/", "V6.13", False, 1)


def test_a_list_is_uploaded_and_its_cards_are_replacements(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")
    take_in(keeper, file=upload("清单.csv", "金税卡,T1,V6\n读卡器,R1,\n".encode("gb18030")), replacement="1")

    with office.database.read() as session:
        assert [(one.serial, one.is_replacement) for one in store.held_by(session, "service_unit", "NBHX", ["tax_card", "reader"])] == [("R1", False), ("J3", False), ("T1", True)]


def test_an_authority_takes_its_own_cards_in(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.lan")
    assert keeper.open("/devices/take-in").form("/devices/take-in").inputs["place"].value_options == ["office.hs"]
    take_in(keeper, rows="ic_card,G1")

    with office.database.read() as session:
        row = store.device(session, "ic_card", "G1")
        assert (row.holder_kind, row.holder_number, row.scope) == ("office", "hs", "nb/hs/")


@pytest.mark.parametrize(("entered", "sentences"), [
    ("", ["请填写设备编号，或选择清单文件。"]), ("种类,编号\n", ["清单里没有设备。"]), ("金税卡,N1\n金税卡,J3\n金税卡,I1", ["第 2 行：金税卡“J3”已于 2026-03-02 入库，不能重复入库"]),
    ("ic_card,N1\n\nic_card,n1", ["第 3 行：与第 1 行是同一台设备（N1）"]), ("打印机,P1\n金税卡,", ["第 1 行：种类应为金税卡、税控IC卡、读卡器之一", "第 2 行：设备编号由字母、数字和连字符组成"]), ("ic_card,金 001/2", ["第 1 行：设备编号由字母、数字和连字符组成"]),
    ("ic_card,I7", ["第 1 行：税控IC卡“I7”已于 2026-03-02 报告丢失，列入停用名单"]),
])  # fmt: skip
def test_of_a_list_with_a_fault_nothing_is_taken_in(office: Office, books: dict[str, Device], entered: str, sentences: list[str]) -> None:
    with office.database.write() as session:
        hs = offices.office_by_code(session, "hs")
        assert hs is not None
        stops.put_on_unknown(session, WHO, "ic_card", "I7", "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=hs, holder=holders.office(hs))
    keeper = signed_in(office, "jin.wei")
    page = take_in(keeper, rows=entered)

    assert page.status == 422
    for sentence in sentences:
        assert sentence in page.text
    assert page.form("/devices/take-in").fields["rows"].strip() == entered.strip()
    with office.database.read() as session:
        assert store.known(session, "tax_card", "N1") is None


def test_a_list_that_is_too_long_or_unreadable_is_refused(office: Office, books: dict[str, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = signed_in(office, "jin.wei")
    monkeypatch.setattr(stock, "MOST", 1)
    assert "一次最多 1 行，但有 2 行" in take_in(keeper, rows="金税卡,N1\n金税卡,N2").text
    assert "UTF-8 或 GB18030" in take_in(keeper, file=upload("a.csv", b"\xff\xfe\x81")).text
    monkeypatch.setattr(stock, "MOST_BYTES", 5)
    assert "清单文件太大" in take_in(keeper, file=upload("a.csv", b"123456")).text


def test_nothing_is_taken_in_for_a_holder_of_another_office(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.lan")

    assert "请选择由谁持有。" in take_in(keeper, rows="金税卡,N1", place="service_unit.NBHX").text


def test_whoever_keeps_no_stock_takes_nothing_in(office: Office, books: dict[str, Device], clerk: Person) -> None:
    assert clerk.open("/devices/take-in").status == 403
    assert "设备入库" not in clerk.open("/devices/devices").text
    assert "设备入库" in signed_in(office, "jin.wei").open("/devices/devices").text
