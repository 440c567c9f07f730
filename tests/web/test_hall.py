"""The board of the hall: who sees it, what stands on it and nothing more, one statement for all of it, and how long people wait."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from time import process_time

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, update

from engine.tables import Outbox
from engine.worklist import WorklistQuery
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.hall import arrived, furnish_hall, gone, many
from tests.web.office import Office
from web.hall.names import short
from web.hall.stations import stations
from web.hall.words import waited


@pytest.fixture
def hall(office: Office, gate_in_process: None) -> Office:
    furnish_hall(office)
    return office


@pytest.fixture
def reception(hall: Office) -> Iterator[Person]:
    yield signed_in(hall, "bao.dan")


def tickets(page: Page, where: str) -> list[str]:
    return [one.text for one in page.tree.xpath(f"//*[contains(@class, '{where}')]//*[@class='ticket']")]


def at_station(page: Page, number: str) -> list[str]:
    return [" ".join("".join(one.itertext()).split()) for one in page.tree.xpath(f"//li[contains(@class, 'station')][.//span[@class='no']='{number}']//li")]


def counts(page: Page) -> list[str]:
    return [one.text for one in page.tree.xpath("//*[@class='hall-counts']//b")]


@pytest.mark.parametrize(("login", "status"), [("bao.dan", 200), ("da.ping", 200), ("ma.lin", 200), ("li.na", 404), ("chen.wei", 404), ("gao.bo", 404)])
def test_who_sees_the_board(hall: Office, login: str, status: int) -> None:
    person = signed_in(hall, login)

    assert person.open("/hall").status == status
    assert person.open("/hall/fresh").status == status
    assert person.open("/hall/screen").status == (200 if login == "da.ping" else 404)
    assert ("升级大厅" in person.open("/profile").text) == (status == 200)


def test_a_screen_shows_its_board_and_opens_nothing_else(hall: Office) -> None:
    arrived(hall, "宁波甲机械有限公司")
    screen = signed_in(hall, "da.ping")

    assert screen.open("/").tree.xpath("//div[@id='hall']")  # it comes to its board by itself
    assert "今日各环节等候" not in screen.open("/hall").text
    assert [screen.open(address).status for address in ("/registers", "/cases", "/board", "/devices")] == [403, 403, 404, 403]
    assert "宁波甲机械" not in screen.open("/worklist").text
    assert screen.open("/start").tree.xpath("//a[contains(@href, 'hall_walk')]") == []


def test_enterprises_stand_at_their_stations(hall: Office, reception: Person) -> None:
    assert "今天还没有企业签到" in reception.open("/hall").text
    arrived(hall, "宁波甲机械有限公司", steps=1, minutes=12)
    arrived(hall, "宁波乙商贸有限公司", steps=2, claimed=True)
    arrived(hall, "宁波丙电器有限公司", steps=3)
    left = arrived(hall, "宁波丁食品有限公司")
    gone(hall, left)

    page = reception.open("/hall")
    assert at_station(page, "2") == ["2 宁波乙商贸 ● 办理 企业更正", "1 宁波甲机械 ○ 等候 12 分", "3 宁波丙电器 ◌ 设备处理中"]
    assert at_station(page, "1") == [] and at_station(page, "13a") == []
    assert tickets(page, "called") == ["2"]
    assert counts(page) == ["3", "1", "1", "1", "1"]  # in the hall, waiting, in hand, with a device, left
    assert "丁食品" not in page.text


@pytest.mark.parametrize(("waits", "said"), [(timedelta(seconds=-3), ""), (timedelta(seconds=60), "1 分"), (timedelta(minutes=119), "119 分"), (timedelta(hours=2), "2 小时"), (timedelta(hours=47), "47 小时"), (timedelta(days=2), "2 天")])
def test_a_long_wait_is_said_short(waits: timedelta, said: str) -> None:
    assert waited(waits) == said


def test_on_the_screen_stand_tickets_and_names_and_nothing_personal(hall: Office, reception: Person) -> None:
    arrived(hall, "宁波甲机械有限公司", person="欧阳海棠", number="330203123456789", claimed=True)

    for person in (reception, signed_in(hall, "da.ping")):
        text = person.open("/hall").text + person.open("/hall/fresh").text
        assert "甲机械" in text
        assert not [word for word in ("欧阳海棠", "330203123456789", "李娜") if word in text]


def test_those_at_the_last_station_are_called_to_their_computer(hall: Office, reception: Person) -> None:
    arrived(hall, "宁波甲机械有限公司")
    many(hall, 5)

    page = reception.open("/hall")
    assert tickets(page, "leaving") == ["5"]


def test_only_what_has_changed_is_sent(hall: Office, reception: Person) -> None:
    first = reception.client.get("/hall/fresh")
    seen = first.headers["X-Board"]
    assert reception.client.get(f"/hall/fresh?seen={seen}").status_code == 204

    arrived(hall, "宁波甲机械有限公司")
    second = reception.client.get(f"/hall/fresh?seen={seen}")
    assert second.status_code == 200 and "甲机械" in second.get_data(as_text=True)
    assert reception.open("/hall").tree.xpath("string(//div[@id='hall']/@data-seen)") == second.headers["X-Board"]


def test_a_hall_is_that_of_ones_own_district(hall: Office) -> None:
    arrived(hall, "宁波甲机械有限公司")
    city, clerk = signed_in(hall, "ma.lin"), signed_in(hall, "bao.dan")

    assert "甲机械" in city.open("/hall?hall=hs").text
    assert "甲机械" not in city.open("/hall?hall=yz").text
    assert clerk.open("/hall?hall=yz").status == 404
    assert [link.get("href") for link in city.open("/hall").tree.xpath("//nav//a")] == ["/hall?hall=hs", "/hall?hall=yz"]


def test_waiting_is_told_by_station(hall: Office, reception: Person) -> None:
    arrived(hall, "宁波甲机械有限公司", minutes=10)
    clerk = hall.person("li.na")
    (task,) = (task for task in hall.engine.worklist(clerk, WorklistQuery(hall.clock.today(), scope="claimable")).items if task.element == "receive")
    hall.engine.claim(task.id, clerk, "claim")
    hall.engine.complete(task.id, {}, clerk, "complete")
    arrived(hall, "宁波乙商贸有限公司", minutes=20)

    lines = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in reception.open("/hall").tree.xpath("//section//tbody/tr")]
    assert lines == [["1 签到", "2", "15.0 分", "20 分", "20 分"], ["2 核对专票", "1", "20.0 分", "20 分", "20 分"]]


def test_who_is_still_there_from_yesterday_stands_on_the_board(hall: Office) -> None:
    yesterday = arrived(hall, "宁波甲机械有限公司")
    hall.clock.advance(timedelta(days=1))
    arrived(hall, "宁波乙商贸有限公司", claimed=True)
    page = signed_in(hall, "bao.dan").open("/hall")
    assert (counts(page), tickets(page, "called"), at_station(page, "1")) == (["1", "0", "1", "0", "0"], ["1"], ["1 宁波乙商贸 ● 办理"])
    assert [" ".join("".join(one.itertext()).split()) for one in page.tree.xpath("//section[@class='earlier']//li")] == ["03-02 1 宁波甲机械 1 签到"]
    gone(hall, yesterday)
    page = signed_in(hall, "bao.dan").open("/hall")
    assert (counts(page)[-1], page.tree.xpath("//section[@class='earlier']")) == ("1", [])
    hall.clock.advance(timedelta(days=1))
    assert counts(signed_in(hall, "bao.dan").open("/hall"))[-1] == "0"


def test_where_a_device_has_failed_somebody_waits(hall: Office) -> None:
    arrived(hall, "宁波甲机械有限公司", steps=3, minutes=5)
    reader = signed_in(hall, "bao.dan")
    assert (counts(reader.open("/hall")), at_station(reader.open("/hall"), "2")) == (["1", "0", "0", "1", "0"], ["1 宁波甲机械 ◌ 设备处理中 5 分"])
    with hall.database.write() as session:
        session.execute(update(Outbox).where(Outbox.external == 1).values(last_error="读卡器里没有卡"))
    assert (counts(reader.open("/hall")), at_station(reader.open("/hall"), "2")) == (["1", "1", "0", "0", "0"], ["1 宁波甲机械 ○ 等候 设备没有办成 5 分"])


def test_of_several_halls_the_one_opens_in_which_somebody_is(hall: Office) -> None:
    city = signed_in(hall, "ma.lin")
    assert city.open("/hall").tree.xpath("string(//nav//a[@aria-current]/@href)") == "/hall?hall=hs"
    arrived(hall, "宁波甲机械有限公司", at="yz")
    assert city.open("/hall").tree.xpath("string(//nav//a[@aria-current]/@href)") == "/hall?hall=yz"


def test_two_hundred_enterprises_cost_what_one_does(hall: Office, reception: Person) -> None:
    arrived(hall, "宁波甲机械有限公司")
    one = _asked(hall, reception)
    many(hall, 200)
    began = process_time()
    all_of_them = _asked(hall, reception)
    assert process_time() - began < 0.5
    assert len(all_of_them) == len(one) <= 9
    assert sum("FROM upgrade_visit" in statement for statement in all_of_them) == 1
    assert counts(reception.open("/hall"))[0] == "201"


def _asked(office: Office, person: Person) -> list[str]:
    found = list[str]()

    def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(" ".join(statement.split()))

    person.open("/hall/fresh")
    event.listen(office.database.engine, "before_cursor_execute", heard)
    person.open("/hall/fresh")
    event.remove(office.database.engine, "before_cursor_execute", heard)
    return [one for one in found if not one.startswith(("BEGIN", "COMMIT"))]


def test_stations_stand_in_their_order(hall: Office) -> None:
    found = stations(hall.engine.procedures())

    assert [(one.number, one.name, one.name_en) for one in found] == [("1", "签到", "Receive"), ("2", "核对专票", "Check"), ("13a", "回购", "Buy back"), ("14", "验机签字", "Hand back")]
    assert list(found[1].tasks) == ["check", "correct"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("西安秦岭机械制造有限公司", "秦岭机械制造"), ("西安市大雁商贸有限责任公司", "大雁商贸"), ("西安曲江印务有限公司雁塔分公司", "曲江印务 雁塔分公司"), ("宝鸡石油机械有限公司", "宝鸡石油机械"),
        ("西安厂", "西安厂"), ("西安市雁塔区", "西安市雁塔区"), ("北京甲公司", "北京甲"), (" 西安 ", "西安"),
    ],
)  # fmt: skip
def test_a_name_is_short_enough_to_be_read_from_afar(name: str, said: str) -> None:
    assert short(name, "西安市雁塔区国家税务局") == said


# --- the sign-in book as a register -----------------------------------------------------------------------------------------


def lines(page: Page) -> list[list[str]]:
    return [[" ".join("".join(cell.itertext()).split()) for cell in row.xpath("th|td")] for row in page.tree.xpath("//tr[@data-row]")]


def test_the_sign_in_book_is_a_register_by_day(hall: Office, reception: Person) -> None:
    assert "升级签到簿" not in reception.open("/devices/devices").text
    gone(hall, arrived(hall, "宁波甲机械有限公司", number="330203123456789"))
    hall.clock.advance(timedelta(days=1))
    arrived(hall, "宁波乙商贸有限公司", person="欧阳海棠", number="330203123456788")
    reception = signed_in(hall, "bao.dan")  # of the next day

    assert "升级签到簿" in reception.open("/devices/devices").text
    assert lines(reception.open("/devices/visits")) == [
        ["2026-03-03", "1", "宁波乙商贸有限公司330203123456788", "欧阳海棠", "03-03 09:00", "—", "升级中", "0未移交"],
        ["2026-03-02", "1", "宁波甲机械有限公司330203123456789", "张三", "03-02 09:00", "03-02 09:00", "已完成", "2未移交"],
    ]  # fmt: skip
    assert [row[2][:5] for row in lines(reception.open("/devices/visits?since=2026-03-02&until=2026-03-02"))] == ["宁波甲机械"]
    assert [row[2][:5] for row in lines(reception.open("/devices/visits?q=海棠"))] == ["宁波乙商贸"]
    assert [row[2][:5] for row in lines(reception.open("/devices/visits?state=left"))] == ["宁波甲机械"]
    assert lines(reception.open("/devices/visits?kind=yes")) == []
    printed = reception.open("/devices/visits/print").text
    assert "宁波甲机械有限公司" in printed and "宁波乙商贸有限公司" in printed
    assert lines(signed_in(hall, "chen.wei").open("/devices/visits")) == []


def test_the_sign_in_book_is_taken_away(hall: Office, reception: Person) -> None:
    arrived(hall, "宁波甲机械有限公司", number="330203123456789")

    sheet = load_workbook(io.BytesIO(reception.client.get("/devices/visits.xlsx").get_data())).active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert ["签到日期", "序号", "企业名称", "纳税人识别号"] in [row[:4] for row in rows]
    assert rows[-1][1:6] == [1, "宁波甲机械有限公司", "330203123456789", "张三", "03-02 09:00"]
