"""The registers of devices in the browser: the own office, the city above it, the district beside it; a device's life; an enterprise."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from db.ids import new_id
from records.coinvestigation.store import OfficeRef
from records.devices import holders, store
from records.devices.model import Device, StopEntry
from records.devices.store import stops
from records.faults.store import matters
from records.invoices import store as invoices
from records.offices import store as offices
from records.offices.organisation import load_organisation
from records.taxpayers import limits
from records.taxpayers import store as taxpayers
from tests.unit.records.making import sent
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.device_books import FIRM, HEAD, TODAY, WHO, furnish, rows, sheet, whole_sheet
from tests.web.office import PASSWORD, Office
from tests.web.test_tasks import errors
from web.devices import words
from web.registers import book


@pytest.fixture
def books(office: Office) -> dict[str, Device]:
    with office.database.write() as session:
        return furnish(session)


@pytest.mark.parametrize(("register", "own", "of_the_city"), [("enterprises", 1, 2), ("devices", 2, 4), ("stops", 1, 1), ("approvals", 0, 0)])
def test_each_sees_what_lies_in_the_own_offices_and_beneath(office: Office, books: dict[str, Device], register: str, own: int, of_the_city: int) -> None:
    for login, found in (("li.na", own), ("jin.wei", of_the_city)):
        person = signed_in(office, login)
        assert len(rows(person.open(f"/devices/{register}"))) == found
        assert len(sheet(person, f"/devices/{register}.xlsx")) == found + 1
        assert len(rows(person.open(f"/devices/{register}/print"))) == found


def tabs(page: Page) -> list[str]:
    return [str(one.text_content()) for one in page.tree.xpath("//nav[contains(@class, 'tabs')]/a")]


CO_INVESTIGATION, OF_DEVICES = ["委托协查台账", "受托协查台账"], ["企业与限额台账", "专用设备台账", "停用名单", "待审批事项"]


def test_one_entry_shows_the_registers_of_which_the_own_office_has_anything(office: Office, clerk: Person, outsider: Person) -> None:
    assert tabs(clerk.open("/registers")) == CO_INVESTIGATION + OF_DEVICES  # nobody has anything yet
    with office.database.write() as session:
        furnish(session)
        hs, yz = (offices.office_by_code(session, code) for code in ("hs", "yz"))
        assert hs and yz
        sent(session, 1, own=OfficeRef(hs.id, hs.scope, hs.name), to=OfficeRef(yz.id, yz.scope, yz.name))

    both, devices = clerk.open("/registers"), outsider.open("/registers")
    assert (both.address, tabs(both)) == ("/registers/delegated", CO_INVESTIGATION + OF_DEVICES)
    assert (devices.address, tabs(devices)) == ("/devices/enterprises", OF_DEVICES)
    assert tabs(outsider.open("/registers/received")) == CO_INVESTIGATION + OF_DEVICES  # a register that is looked at stands among them
    assert [str(one.text_content()) for one in devices.tree.xpath("//header//nav//a[@aria-current]")] == ["台账"]
    assert "税控台账" not in devices.text


def test_whoever_keeps_a_stock_finds_its_registers_before_there_is_any(office: Office) -> None:
    with office.database.write() as session:
        load_organisation(session, {"people": [{"login": "jin.wei", "name": "金伟", "name_en": "", "password": PASSWORD, "posts": [{"role": "golden_tax_office", "office": "nb"}]}]})

    assert tabs(signed_in(office, "jin.wei").open("/registers")) == OF_DEVICES


def test_the_first_register_is_that_of_the_enterprises(books: dict[str, Device], clerk: Person) -> None:
    page = clerk.open("/devices")

    assert page.address == "/devices/enterprises"
    (line,) = rows(page)
    assert all(word in line for word in ("宁波甲机械有限公司", FIRM, "十万元版", "单张 1,000,000.00 元以内", "50", "已纳入"))


@pytest.mark.parametrize("register", ["enterprises", "devices", "stops", "approvals"])
def test_an_empty_register_says_what_will_come(clerk: Person, register: str) -> None:
    page = clerk.open(f"/devices/{register}")

    assert str(words.EMPTY[register][0]) in page.text
    assert "导出 XLSX" not in page.text


@pytest.mark.parametrize(("address", "found"), [
    ("devices?q=j1", 1), ("devices?kind=tax_card", 3), ("devices?state=lost", 1), ("devices?holder=service_unit", 1), ("devices?since=2026-03-03", 0), ("devices?office=nb/hs/", 2),
    ("devices?kind=nonsense&state=nonsense&sort=nonsense&offset=-1", 4), ("stops?state=lifted", 0), ("stops?q=甲机械", 1), ("enterprises?kind=hundred_thousand", 1),
    ("enterprises?state=enrolled", 2), ("enterprises?q=乙商贸", 1), ("enterprises?until=2026-03-01", 0),
])  # fmt: skip
def test_page_and_export_find_the_same(office: Office, books: dict[str, Device], address: str, found: int) -> None:
    keeper, (register, _q, query) = signed_in(office, "jin.wei"), address.partition("?")

    assert len(rows(keeper.open(f"/devices/{address}"))) == found
    assert len(sheet(keeper, f"/devices/{register}.xlsx?{query}")) == found + 1


def test_the_code_of_an_office_is_no_number_that_people_know(office: Office, books: dict[str, Device], clerk: Person) -> None:
    (line,) = rows(clerk.open("/devices/stops"))
    assert FIRM in line
    with office.database.write() as session:
        known = session.scalars(select(StopEntry)).one()
        given = {column.key: getattr(known, column.key) for column in StopEntry.__table__.columns}
        session.add(StopEntry(**{**given, "id": new_id(), "serial": "Q9", "device_id": None, "holder_kind": "office", "taxpayer_number": "hs", "taxpayer_name": "海曙区局"}))

    (line,) = (row for row in rows(clerk.open("/devices/stops")) if "Q9" in row)
    assert "海曙区局" in line
    assert "hs" not in f"{line}{sheet(clerk, '/devices/stops.xlsx')}"


@pytest.mark.parametrize("register", ["devices/enterprises", "registers/delegated"])
def test_behind_the_end_a_register_begins_again(books: dict[str, Device], clerk: Person, register: str) -> None:
    page = clerk.open(f"/{register}?offset=9999")

    assert page.response.request.full_path.rstrip("?") == f"/{register}"
    assert "9999" not in page.text


def test_a_serial_that_another_office_stopped_is_found_by_whoever_sells_or_issues(office: Office, books: dict[str, Device], clerk: Person, outsider: Person) -> None:
    assert rows(outsider.open("/devices/stops")) == []
    text, said = outsider.open("/devices/stops?q=i1").text, "税控IC卡 I1 已由海曙区税务局于 2026-03-02 报告被盗，列入停用名单"

    assert said in text
    assert "宁波甲机械" not in text  # whose it was is none of their business
    assert said not in outsider.open("/devices/stops?q=i").text
    assert said not in clerk.open("/devices/stops?q=i1").text  # it stands in the list itself


def test_a_filter_that_finds_nothing_offers_another(books: dict[str, Device], clerk: Person) -> None:
    assert "没有符合条件的记录" in clerk.open("/devices/devices?q=nothing").text


@pytest.mark.parametrize("kind", ["", ".xlsx", "/print"])
def test_a_day_that_is_none_is_said_at_its_field(books: dict[str, Device], clerk: Person, kind: str) -> None:
    page = clerk.open(f"/devices/devices{kind}?since=2026-13-01")

    assert (page.status, set(errors(page)), rows(page)) == (422, {"since"}, [])


def test_a_column_puts_a_register_in_order(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")
    (address,) = keeper.open("/devices/devices").tree.xpath("//th[contains(., '设备编号')]/a/@href")

    assert address == "/devices/devices?sort=serial"
    assert [row.split()[0] for row in rows(keeper.open(address))] == ["I1", "J1", "J2", "J3"]
    assert [row.split()[0] for row in rows(keeper.open("/devices/devices?sort=-serial"))] == ["J3", "J2", "J1", "I1"]
    assert [row[0] for row in sheet(keeper, "/devices/devices.xlsx?sort=-serial")[1:]] == ["J3", "J2", "J1", "I1"]


def test_a_long_register_has_pages_and_is_exported_and_printed_to_its_limits(office: Office, books: dict[str, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = signed_in(office, "jin.wei")
    page = keeper.open("/devices/devices?offset=2")
    assert len(rows(page)) == 2
    assert page.tree.xpath("//nav[contains(@class, 'pager')]//a/@href") == ["/devices/devices"]
    monkeypatch.setattr(book, "EXPORT_LIMIT", 3)
    monkeypatch.setattr(book, "PRINT_LIMIT", 3)

    assert sheet(keeper, "/devices/devices.xlsx")[-1][0] == "共 4 台，只导出前 3 行；请缩小查询范围，分次导出"
    assert "导出的表格最多 3 行" in keeper.open("/devices/devices").text
    assert "一次打印不下" in keeper.open("/devices/devices/print").text


def selects(office: Office) -> list[str]:
    """What the database is asked from now on."""
    asked = list[str]()
    event.listen(office.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
    return asked


def test_an_export_counts_once_and_reads_in_one_go(office: Office, books: dict[str, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = signed_in(office, "jin.wei")
    monkeypatch.setattr(book, "AT_ONCE", 1)
    asked = selects(office)

    assert len(sheet(keeper, "/devices/devices.xlsx")) == 5
    of_devices = [one for one in asked if "FROM device" in one]
    assert (len(of_devices), sum("count(*)" in one for one in of_devices), sum("OFFSET" in one for one in of_devices)) == (2, 1, 0)


def test_pages_read_the_offices_of_the_reader_and_no_other(office: Office, books: dict[str, Device], clerk: Person) -> None:
    asked = selects(office)
    clerk.open("/devices/devices")
    clerk.open(f"/devices/device/{books['I1'].id}")

    of_offices = [" ".join(one.split()) for one in asked if "FROM office" in one]
    assert of_offices
    assert [one for one in of_offices if "WHERE" not in one] == []


@pytest.mark.parametrize("address", ["approvals", "approvals.xlsx", "approvals/print", "device/{device}", "enterprise/{enterprise}"])
def test_no_page_holds_two_connections(office: Office, books: dict[str, Device], clerk: Person, connections: list[int], address: str) -> None:
    with office.database.read() as session:
        address = address.format(device=books["I1"].id, enterprise=taxpayers.taxpayer(session, FIRM).id)

    assert clerk.open(f"/devices/{address}").status == 200
    assert connections == [0, 1]


@pytest.mark.parametrize(("address", "head", "first"), [
    ("enterprises.xlsx?kind=hundred_thousand", ("企业与限额台账", "机关：宁波市税务局（含下级）", "日期：2026-03-02　经手人：金伟", "筛选：版本 十万元版"),
     {"企业名称": "宁波甲机械有限公司", "纳税人识别号": FIRM, "单张最高（元）": 1_000_000, "月购票份数": 50}),
    ("devices.xlsx?office=nb/hs/&q=j1&since=2026-03-01", ("专用设备台账", "机关：海曙区税务局（含下级）", "日期：2026-03-02　经手人：金伟", "筛选：设备编号、持有人或版本含“j1”；最近变动从 2026-03-01"),
     {"设备编号": "J1", "版本": "V6.13", "持有人": "宁波甲机械有限公司", "持有人类别": "企业", "持有人编号": FIRM, "变动次数": 3}),
    ("devices.xlsx?state=lost", ("专用设备台账", "机关：宁波市税务局（含下级）", "日期：2026-03-02　经手人：金伟", "筛选：状态 丢失被盗"), {"设备编号": "I1", "持有人": "—", "原持有人": "宁波甲机械有限公司", "原持有人编号": FIRM}),
    ("stops.xlsx", ("停用名单", "机关：宁波市税务局（含下级）", "日期：2026-03-02　经手人：金伟", "筛选：全部"), {"原持有人": "宁波甲机械有限公司", "原持有人编号": FIRM, "解除日期": None}),
])  # fmt: skip
def test_a_workbook_says_whose_it_is_and_has_a_column_for_each_thing(office: Office, books: dict[str, Device], address: str, head: tuple[str, ...], first: dict[str, object]) -> None:
    found = whole_sheet(signed_in(office, "jin.wei"), f"/devices/{address}")
    headings, line = found[HEAD], found[HEAD + 1]

    assert tuple(row[0] for row in found[:HEAD]) == head
    assert len(set(headings)) == len(headings)
    assert {name: line[headings.index(name)] for name in first} == first


def test_a_printed_register_says_whose_it_is_which_part_and_how_many(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")

    for address, said in (
        ("enterprises/print", ("共 2 户", "机关：宁波市税务局（含下级）", "筛选：全部")), ("devices/print?kind=tax_card&office=nb/hs/", ("共 1 台", "机关：海曙区税务局（含下级）", "筛选：种类 金税卡")),
        ("stops/print", ("共 1 条", "日期：2026-03-02 经手人：金伟")), ("stops", ("共 1 条",)), ("devices", ("共 4 台",)),
    ):  # fmt: skip
        text = keeper.open(f"/devices/{address}").text
        for words_ in said:
            assert words_ in text, (address, words_)


def test_codes_of_offices_and_service_units_are_shown_to_nobody(office: Office, books: dict[str, Device], clerk: Person) -> None:
    with office.database.write() as session:
        hs = offices.office_by_code(session, "hs")
        assert hs is not None
        own = store.take_in(session, WHO, "ic_card", "O1", holders.office(hs), hs.scope, TODAY)
        stops.put_on(session, WHO, own, "stolen", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=hs)
    keeper = signed_in(office, "jin.wei")

    for address in ("devices/devices?q=J3", "devices/devices/print?q=J3", f"devices/device/{books['J3'].id}"):
        assert "NBHX" not in keeper.open(f"/{address}").text
    (line,) = rows(clerk.open("/devices/stops?q=O1"))
    assert " hs " not in f" {line} "
    for register, serial in (("devices", "J3"), ("devices", "O1"), ("stops", "O1")):
        (_head, found) = sheet(keeper, f"/devices/{register}.xlsx?q={serial}")
        assert not {"NBHX", "hs"} & set(found)


def test_an_offset_beyond_the_end_leads_to_the_first_page(office: Office, books: dict[str, Device], clerk: Person) -> None:
    page = signed_in(office, "jin.wei").open("/devices/devices?kind=tax_card&offset=9999")

    assert (page.address, len(rows(page))) == ("/devices/devices", 3)
    assert clerk.open("/registers/delegated?offset=9999").address == "/registers/delegated"


def test_a_lost_device_says_who_had_it_and_is_found_by_him(office: Office, books: dict[str, Device], clerk: Person) -> None:
    (line,) = rows(clerk.open("/devices/devices?q=甲机械&state=lost"))

    assert f"原持有人：宁波甲机械有限公司 {FIRM}" in line


def test_a_refused_applicant_was_never_in_the_system(office: Office, books: dict[str, Device], clerk: Person) -> None:
    number = "330203000000027"
    with office.database.write() as session:
        hs = offices.office_by_code(session, "hs")
        assert hs is not None
        taxpayers.register(session, WHO, number, "宁波丙贸易有限公司", today=TODAY, office_id=hs.id)
        limits.apply(session, WHO, number, TODAY)
        limits.end_enrolment(session, WHO, number, TODAY, "不予批准：销售额未达到标准")
        limits.end_enrolment(session, WHO, FIRM, TODAY, "停业")

    (refused,) = rows(clerk.open("/devices/enterprises?state=not_granted"))
    (ended,) = rows(clerk.open("/devices/enterprises?state=ended"))
    assert all(word in refused for word in ("宁波丙贸易有限公司", "未予核定", "不予批准：销售额未达到标"))
    assert all(word in ended for word in ("宁波甲机械有限公司", "已终止", "停业"))
    with office.database.read() as session:
        page = clerk.open(f"/devices/enterprise/{taxpayers.taxpayer(session, number).id}")
    assert "未予核定" in page.text
    assert "已终止" not in page.text


def test_an_enterprise_shows_its_lost_cards_and_which_card_goes_with_which(office: Office, books: dict[str, Device], clerk: Person) -> None:
    with office.database.write() as session:
        unit, firm = holders.service_unit("NBHX", "宁波航信技术服务有限公司"), holders.enterprise(FIRM, "宁波甲机械有限公司")
        for serial, kind, case_id in (("T8", "tax_card", "c8"), ("K8", "ic_card", "c8"), ("T9", "tax_card", "c9"), ("K9", "ic_card", "c9")):
            row = store.take_in(session, WHO, kind, serial, unit, "nb/", TODAY)
            store.move(session, WHO, row, "sell", TODAY, to=firm)
            store.move(session, WHO, row, "issue", TODAY, case_id=case_id)
        page_of = taxpayers.taxpayer(session, FIRM).id
    found = {row.split()[0]: row for row in rows(clerk.open(f"/devices/enterprise/{page_of}"))}

    assert ["金税卡 T8" in found["K8"], "税控IC卡 K8" in found["T8"], "金税卡 T9" in found["K9"], "税控IC卡 K9" in found["T9"]] == [True] * 4
    assert "丢失" in found["I1"]
    assert "金税卡 J1" in found["I1"]  # no case has written these two: they are the last that are left
    with office.database.write() as session:
        alone = store.take_in(session, WHO, "tax_card", "T7", unit, "nb/", TODAY)
        store.move(session, WHO, alone, "sell", TODAY, to=firm)
        store.move(session, WHO, alone, "issue", TODAY)
    found = {row.split()[0]: row for row in rows(clerk.open(f"/devices/enterprise/{page_of}"))}
    assert "I1" not in found["J1"]  # of three the books do not show which belong together


def test_there_are_four_registers(clerk: Person) -> None:
    assert clerk.open("/devices/nothing").status == 404


def test_a_device_shows_its_whole_life(office: Office, books: dict[str, Device], clerk: Person, outsider: Person) -> None:
    page = clerk.open(f"/devices/device/{books['I1'].id}")

    assert [" ".join(line.text_content().split()) for line in page.tree.xpath("//ol[@class='timeline']/li/div/b")] == ["报失", "初始发行", "发售", "入库"]
    assert all(word in page.text for word in ("报告被盗，列入停用名单", "宁波航信技术服务有限公司 → 宁波甲机械有限公司", "两卡初始发行", "原持有人", "V6.13"))
    assert outsider.open(f"/devices/device/{books['I1'].id}").status == 404
    assert clerk.open(f"/devices/device/{books['J2'].id}").status == 404
    assert clerk.open("/devices/device/nothing").status == 404


def test_a_lost_card_says_what_became_of_its_key(office: Office, books: dict[str, Device], clerk: Person) -> None:
    given = {"key": "ic_card", "lost_on": TODAY, "reported_on": TODAY, "reason": "被盗", "office_name": "海曙", "scope": "nb/hs/", "superior_name": "宁波"}
    with office.database.write() as session:
        matters.report_key_change(session, WHO, number="甬钥〔2026〕1号", serials="I0、I1", **given)
        matters.report_key_change(session, WHO, number="甬钥〔2026〕2号", serials="I10", **given)

    page = clerk.open(f"/devices/device/{books['I1'].id}")

    assert "更换密钥 甬钥〔2026〕1号 待决定" in " ".join(page.tree.text_content().split())
    assert "甬钥〔2026〕2号" not in page.text


def test_an_entry_that_was_lifted_says_why(office: Office, books: dict[str, Device], clerk: Person) -> None:
    with office.database.write() as session:
        row = store.device(session, "ic_card", "I1")
        store.move(session, WHO, row, "find", TODAY, to=holders.service_unit("NBHX", "宁波航信技术服务有限公司"))
        store.move(session, WHO, row, "clear", TODAY)
        entry = stops.entry_of(session, "ic_card", "I1")
        assert entry is not None
        stops.take_off(session, WHO, entry, "公安机关追回", TODAY)

    assert "解除：公安机关追回" in clerk.open(f"/devices/device/{books['I1'].id}").text
    assert "公安机关追回" in rows(clerk.open("/devices/stops"))[0]


def test_an_enterprise_shows_its_limits_with_their_history(office: Office, books: dict[str, Device], clerk: Person, outsider: Person) -> None:
    with office.database.write() as session:
        invoices.hand_in_old(session, WHO, FIRM, "handwritten", "3300012141", "00000001", "00000005", TODAY)
    (address,) = clerk.open("/devices/enterprises").tree.xpath("//td[contains(@class, 'main')]/a/@href")
    page = clerk.open(address)

    assert [row.split()[0] for row in rows(page)] == ["十万元版", "万元版", "已纳入", "J1", "I1", "3300012140", "3300012141"]
    assert all(word in page.text for word in ("现行", "甬限〔2026〕1号", "本月已购 10 份", "00000001 – 00000010", "缴回的发票", "手写版"))
    assert outsider.open(address).status == 404
    assert clerk.open("/devices/enterprise/nothing").status == 404


def test_an_enterprise_without_anything_says_so(office: Office, clerk: Person) -> None:
    with office.database.write() as session:
        hs = offices.office_by_code(session, "hs")
        assert hs is not None
        row = taxpayers.register(session, WHO, FIRM, "宁波甲机械有限公司", today=TODAY, office_id=hs.id)
        taxpayers.deregister(session, WHO, FIRM, TODAY)
    page = clerk.open(f"/devices/enterprise/{row.id}")

    assert all(word in page.text for word in ("尚未核定限额", "没有认定登记", "没有专用设备", "还没有领购防伪税控发票", "已于 2026-03-02 注销税务登记"))


def test_the_pages_speak_english(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")
    keeper.open("/devices").submit("/language", language="en")

    for address, expected in (
        ("/devices/enterprises", ("hundred-thousand-yuan version", "enrolled")), ("/devices/devices", ("tax card", "in stock", "service unit")), ("/devices/stops", ("stolen", "stopped", "Haishu District")), ("/devices/devices?holder=service_unit", ("Ningbo Hangxin",)),
        (f"/devices/device/{books['I1'].id}", ("reported lost", "first issue", "Ningbo Hangxin")), ("/devices/take-in", ("Take in",)), ("/devices/approvals", ("No approval",)),
    ):  # fmt: skip
        text = keeper.open(address).text
        for word in expected:
            assert word in text, (address, word)
