"""The registers of devices in the browser: the own office, the city above it, the district beside it; a device's life; taking devices in."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import yaml
from sqlalchemy.orm import Session

from app import WORKFLOWS
from engine.bpmn import check_in_process
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, folders, read_folder
from records.audit import Who
from records.devices import holders, store
from records.devices.model import Device
from records.devices.store import stops
from records.faults.store import matters
from records.invoices import store as invoices
from records.offices import parties
from records.offices import store as offices
from records.offices.organisation import load_organisation
from records.taxpayers import limits
from records.taxpayers import store as taxpayers
from tests.factories.bpmn import chain, end, process, start, user
from tests.web.browsing import Page, Person, upload
from tests.web.conftest import signed_in
from tests.web.office import OPENED, PASSWORD, Office
from tests.web.test_tasks import errors
from web.devices import stock, views

FIRM, OTHER = "330203000000019", "330212000000000"
WHO, TODAY = Who("tian", "田野", OPENED), date(2026, 3, 2)
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


@pytest.fixture
def books(office: Office) -> dict[str, Device]:
    with office.database.write() as session:
        return furnish(session)


def rows(page: Page) -> list[str]:
    return [" ".join(" ".join(row.itertext()).split()) for row in page.tree.xpath("//tr[@data-row]")]


def sheet(person: Person, address: str) -> list[tuple[object, ...]]:
    found = openpyxl.load_workbook(io.BytesIO(person.client.get(address).get_data())).active
    assert found is not None
    return list(found.iter_rows(values_only=True))


@pytest.mark.parametrize(("register", "own", "of_the_city"), [("enterprises", 1, 2), ("devices", 2, 4), ("stops", 1, 1), ("approvals", 0, 0)])
def test_each_sees_what_lies_in_the_own_offices_and_beneath(office: Office, books: dict[str, Device], register: str, own: int, of_the_city: int) -> None:
    for login, found in (("li.na", own), ("jin.wei", of_the_city)):
        person = signed_in(office, login)
        assert len(rows(person.open(f"/devices/{register}"))) == found
        assert len(sheet(person, f"/devices/{register}.xlsx")) == found + 1
        assert len(rows(person.open(f"/devices/{register}/print"))) == found


def test_the_first_register_is_that_of_the_enterprises(books: dict[str, Device], clerk: Person) -> None:
    page = clerk.open("/devices")

    assert page.address == "/devices/enterprises"
    (line,) = rows(page)
    assert all(word in line for word in ("宁波甲机械有限公司", FIRM, "十万元版", "单张 1,000,000.00 元以内", "50", "已纳入"))


@pytest.mark.parametrize("register", ["enterprises", "devices", "stops", "approvals"])
def test_an_empty_register_says_what_will_come(clerk: Person, register: str) -> None:
    page = clerk.open(f"/devices/{register}")

    assert str(views.EMPTY[register][0]) in page.text
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
    monkeypatch.setattr(views, "EXPORT_LIMIT", 3)
    monkeypatch.setattr(views, "PRINT_LIMIT", 3)

    assert sheet(keeper, "/devices/devices.xlsx")[-1][0] == "共 4 件，只导出前 3 件；请缩小查询范围，分次导出"
    assert "导出的表格最多 3 件" in keeper.open("/devices/devices").text
    assert "一次打印不下" in keeper.open("/devices/devices/print").text


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
    (address,) = clerk.open("/devices/enterprises").tree.xpath("//td[contains(@class, 'main')]/a/@href")
    page = clerk.open(address)

    assert [row.split()[0] for row in rows(page)] == ["十万元版", "万元版", "已纳入", "J1", "3300012140"]
    assert all(word in page.text for word in ("现行", "甬限〔2026〕1号", "本月已购 10 份", "00000001 – 00000010"))
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


# --- open approvals --------------------------------------------------------------------------------------------------------------

APPROVAL = process(
    start(), user("apply", "clerk@own"), user("review", "golden_tax_office@city"), end(), chain("begun", "apply", "review", "done"),
    id_="approval", camunda_candidateStarterGroups="clerk@own",
)  # fmt: skip


@pytest.fixture
def waiting(office: Office, books: dict[str, Device], gate_in_process: None) -> Office:
    """Two approvals, one of which has come up to the city; a procedure that is none stands beside them."""
    about = "name: 审批\nrecords: []\nregisters: {approvals: [approval]}\n"
    office.engine.deploy(ProcedureFiles("approvals", {"approval.bpmn": APPROVAL.decode(), "procedure.yaml": about}), SYSTEM)
    li = office.person("li.na")
    for number, title in enumerate(("甲企业限额审批", "乙企业限额审批")):
        case = office.engine.start("approval", office_id=li.office_id, actor=li, key=f"start:{number}", variables={}, title=title).instance_id
        if number:
            task = office.task_of(case)
            office.engine.claim(task, li, f"claim:{number}")
            office.engine.complete(task, {}, li, f"complete:{number}")
    office.start("用印，不是审批")
    return office


def test_open_approvals_stand_by_the_level_at_which_they_wait(waiting: Office, clerk: Person, outsider: Person) -> None:
    keeper = signed_in(waiting, "jin.wei")
    page = keeper.open("/devices/approvals?sort=level")

    assert [(title in line, level in line) for line, title, level in zip(rows(page), ("甲企业", "乙企业"), ("分（县）局", "市局"), strict=True)] == [(True, True)] * 2
    assert "分（县）局 1 件" in page.text
    (line,) = rows(keeper.open("/devices/approvals?kind=city"))
    assert all(word in line for word in ("乙企业限额审批", "宁波市税务局", "待认领"))
    assert len(rows(clerk.open("/devices/approvals"))) == 2
    assert rows(outsider.open("/devices/approvals")) == []
    assert [row[0] for row in sheet(clerk, "/devices/approvals.xlsx?q=甲")[1:]] == ["甲企业限额审批"]


def test_a_procedure_names_the_tasks_that_are_approvals(waiting: Office, clerk: Person) -> None:
    about = "name: 审批\nrecords: []\nregisters: {approvals: {approval: [review]}}\n"
    waiting.engine.deploy(ProcedureFiles("approvals", {"approval.bpmn": APPROVAL.decode(), "procedure.yaml": about}), SYSTEM)

    (line,) = rows(clerk.open("/devices/approvals"))
    assert "乙企业限额审批" in line


def test_every_task_that_a_folder_names_as_an_approval_is_one_of_its_tasks() -> None:
    found = 0
    for folder in folders(WORKFLOWS):
        listed = (yaml.safe_load((folder / "procedure.yaml").read_text("utf-8")).get("registers") or {}).get("approvals") or {}
        models = check_in_process(read_folder(folder).as_bytes()).models if listed else {}
        for process_id, tasks in listed.items():
            known = {e.id for e in models[process_id].elements.values() if e.kind == "userTask"}
            assert set(tasks) <= known, f"{folder.name}: {process_id}"
            found += len(tasks)
    assert found > 30


# --- taking in -------------------------------------------------------------------------------------------------------------------


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


def test_the_pages_speak_english(office: Office, books: dict[str, Device]) -> None:
    keeper = signed_in(office, "jin.wei")
    keeper.open("/devices").submit("/language", language="en")

    for address, words in (
        ("/devices/enterprises", ("hundred-thousand-yuan version", "enrolled")), ("/devices/devices", ("tax card", "in stock", "service unit")), ("/devices/stops", ("stolen", "stopped")),
        (f"/devices/device/{books['I1'].id}", ("reported lost", "first issue")), ("/devices/take-in", ("Take in",)), ("/devices/approvals", ("No approval",)),
    ):  # fmt: skip
        text = keeper.open(address).text
        for word in words:
            assert word in text, (address, word)
