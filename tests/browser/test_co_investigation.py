"""The real product in real Chromium: a list is imported at Haishu, Suzhou answers, both sides archive. Each task by its own person."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app import Application, Config, compose
from commands import demo_office
from commands.serving import pump as pumping
from db.clock import ManualClock
from records.offices.organisation import load_organisation
from tests.browser.conftest import Desk
from tests.browser.test_pages import violations
from tests.rooms import create_all
from tests.unit.records.making import csv_bytes, texts, xlsx_bytes
from tests.web.office import OPENED

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
AMOUNTS = {"seller_id": "320506123456789", "amount": "58119.66", "tax": "9880.34"}
GOOD = [texts(n, **AMOUNTS) for n in (1, 2)]
LETTER = {"enterprise_facts": "一般纳税人", "invoice_facts": "税额不符", "demands": "请核实交易是否真实"}
ARCHIVE = {"archive_class": "协查", "location": "A-1", "page_count": "12"}
ARRIVES = 20_000  # ms: what the pump delivers and draws takes its time on a busy machine


@dataclass
class Product:
    """The product behind an address, with its pump."""

    application: Application
    base: str


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """The composition root on fresh data with the people of the demonstration office and none of its cases."""
    monkeypatch.setattr(pumping, "TICK_SECONDS", 0.2)
    application = compose(Config(tmp_path, f"sqlite:///{tmp_path}/product.db"), ManualClock(OPENED))
    create_all(application.database)
    application.engine.deploy_folders(application.workflows)
    demo_office.load(application)
    pump = pumping.start_pump(application)
    server = make_server("127.0.0.1", 0, application.web(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Product(application, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()
    pump.shutdown(wait=True)
    application.database.dispose()


@pytest.fixture
def people(chromium: Browser, product: Product) -> Iterator[People]:
    """Everybody at a desk of their own; nothing may have gone wrong when they leave, and every kind of page is for everyone."""
    desk = Desk(chromium, product.base, demo_office.password(product.application))
    found = People(desk)
    yield found
    assert desk.leave() == []
    assert found.faults == []


@dataclass
class People:
    """Who sits where, which kinds of pages axe has seen, and what it found."""

    desk: Desk
    seats: dict[str, Page] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def at(self, login: str) -> Page:
        if login not in self.seats:
            self.seats[login] = self.desk.sit(login)
        return self.seats[login]

    def look(self, page: Page) -> None:
        """Judges a page by axe, once for each step and kind of address."""
        step = page.locator("#task-form, h1").first.get_attribute("action") or ""
        kind = re.sub(r"[0-9a-f]{32}", "*", page.url) + re.sub(r"[0-9a-f]{32}", "*", step) + page.title()
        if kind in self.seen:
            return
        self.seen.add(kind)
        self.faults += [f"{page.url} {fault}" for fault in violations(page)]

    def do(self, login: str, step: str, **entries: str) -> None:
        """Claims the task of this step as soon as it is there, fills in its form and submits it."""
        page = self.at(login)
        self.open_task(page, step)
        if page.locator(".d-foot .btn-primary").inner_text() == "认领":  # the inspector whom an order names has the task already
            page.click(".d-foot .btn-primary")
            expect(page.locator("#toast")).to_contain_text("已认领")
        expect(page.locator("#task-form")).to_be_visible()
        fill(page, entries)
        self.look(page)
        page.click(".d-foot .btn-primary")
        expect(page.locator("#detail h2").first).to_have_text("已提交")

    def open_task(self, page: Page, step: str) -> None:
        row = page.locator(".task-row").filter(has_text=step).locator(".task-link")
        for turn in range(ARRIVES // 500):
            page.goto(f"/tasks?scope={('claimable', 'mine')[turn % 2]}")
            if row.count():
                break
            page.wait_for_timeout(500)
        row.first.click()
        expect(page.locator(".d-foot .btn-primary")).to_be_visible()


def fill(page: Page, entries: dict[str, str]) -> None:
    for name, value in entries.items():
        control = page.locator(f"#task-form [name={name}]").first
        kind = control.evaluate("e => e.type")
        if kind == "radio":
            page.check(f"#task-form [name={name}][value={value}]", force=True)
        elif kind == "checkbox":
            control.check()
        elif kind == "select-one":
            control.select_option(value)
        else:
            control.fill(value)


def import_lists(people: People) -> str:
    """A wrong list, which is refused row by row, then the right one; returns the address of the case that it becomes."""
    page = people.at("chen.min")
    page.goto("/imports")
    people.look(page)
    wrong = csv_bytes([texts(1, **{**AMOUNTS, "invoice_code": "12"}), GOOD[1]], "gb18030")
    page.set_input_files("#f-file", {"name": "三月清单.csv", "mimeType": "text/csv", "buffer": wrong})
    page.click("text=上传并检查")
    expect(page.locator("main")).to_contain_text("没有导入任何数据", timeout=ARRIVES)
    expect(page.locator("table tbody tr").first).to_contain_text("发票代码应为 10 位数字")
    expect(page.locator("table tbody tr td").first).to_have_text("2")
    people.look(page)

    page.goto("/imports")
    page.set_input_files("#f-file", {"name": "三月清单.xlsx", "mimeType": "application/octet-stream", "buffer": xlsx_bytes(GOOD)})
    page.click("text=上传并检查")
    expect(page.locator("main")).to_contain_text("2 张发票已全部导入", timeout=ARRIVES)
    people.look(page)
    page.click("text=生成委托 >> nth=-1")
    made = page.locator("section[aria-label=已生成的委托] tbody a")
    expect(made).to_have_count(1)
    return str(made.get_attribute("href"))


def opens_as_pdf(page: Page, title: str) -> None:
    wait_for(page, page.url, f".files a:has-text('{title}')")
    link = page.locator(".files a", has_text=title).first
    answer = page.request.get(str(link.get_attribute("href")))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")


def wait_for(page: Page, address: str, selector: str) -> None:
    """Opens a page until what the pump does in the background is on it."""
    page.goto(address)
    for _second in range(ARRIVES // 500):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(selector).first).to_be_visible()


def test_a_list_is_imported_answered_in_suzhou_and_archived_on_both_sides(people: People) -> None:
    case = import_lists(people)
    people.do("chen.min", "填制协查函件", **LETTER)
    people.do("lin.jing", "录入员审核", entry_checked="on", decision="agree")
    people.do("sun.qiang", "经办人审核", handling_checked="on", decision="agree")
    people.do("zhou.hua", "稽查局长审批", decision="agree")

    people.do("shen.yi", "签批", handled_by="own")
    people.do("gu.ning", "填制协查处理单", inspector_id="曹平", order_demands="到户核查")
    people.do("shen.yi", "审批处理单", decision="agree")
    points = {"existence": "yes", "authenticity": "genuine", "contents": "yes", "trade": "yes", "payments": "yes"}
    people.do("cao.ping", "检查核实", **points, conclusion="consistent", summary="账证齐全，交易真实")
    people.do("gu.ning", "起草回复函", reply_text="发票均由其开具，交易真实")
    people.do("tang.wei", "录入员审核", entry_checked="on", decision="agree")
    people.do("shen.yi", "审批回复函", decision="agree")

    people.do("chen.min", "审阅回复")
    people.do("wu.fang", "归档", **ARCHIVE, electronic_backup="on")
    people.do("jiang.yan", "归档", **ARCHIVE, electronic_backup="on")

    here, there = people.at("chen.min"), people.at("gu.ning")
    wait_for(here, case, ".page-head >> text=已办结")
    here.wait_for_selector("bpmn-view[data-ready]")
    assert here.locator("bpmn-view .djs-element.is-done").count() > 15
    opens_as_pdf(here, "增值税专用发票协查函")
    people.look(here)
    there.goto("/registers/received")
    expect(there.locator("tbody tr")).to_contain_text("按期回复")
    people.look(there)
    there.locator("tbody tr a").first.click()
    expect(there.locator(".deadlines")).to_contain_text("协查回复期限")
    expect(there.locator(".deadlines .num").first).to_have_text("2026-03-02 → 2026-04-02")
    opens_as_pdf(there, "增值税专用发票协查回复函")
    people.look(there)
    here.goto("/registers/delegated")
    expect(here.locator("tbody tr")).to_contain_text("已归档")
    people.look(here)


def test_a_case_is_started_and_its_letter_written_by_keyboard_alone(people: People) -> None:
    page = people.at("chen.min")
    keys = page.keyboard

    keys.press("g")
    keys.press("s")
    page.wait_for_url("**/start")
    people.look(page)
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url("**/start/delegation")
    people.look(page)
    tab_to(page, "nature")
    keys.press("Space")
    tab_to(page, "case_name")
    keys.type("键盘协查")
    tab_to(page, "to_office")
    for _press in range(30):
        if page.evaluate("document.activeElement.value === 'szwz'"):
            break
        keys.press("ArrowDown")
    face = {"invoice_code": "3202012140", "invoice_number": "00010023", "copy": "", "amount": "58119.66", "tax": "9880.34", "issued_on": "2026-01-15"}
    people_of = {"seller_id": "320506713258801", "buyer_id": "330203144052260"}
    for name, value in {"enterprise_id": "320506713258801", "enterprise_name": "苏州恒通贸易有限公司"}.items():
        tab_to(page, name)
        keys.type(value)
    for name, value in {**face, **people_of}.items():
        tab_to(page, f"faces-0-{name}")
        if name == "copy":
            keys.press("ArrowDown")  # 抵扣联, the first that is offered
        keys.type(value)
    keys.press("Enter")

    page.wait_for_url("**/tasks/*")
    expect(page.locator("#filters .facet[aria-current]")).to_contain_text("我的待办")
    tab_to_text(page, "认领并办理")
    keys.press("Enter")
    expect(page.locator("#task-form")).to_be_visible()
    expect(page.locator("#list .task-row[aria-current]")).to_contain_text("键盘协查")
    for name, value in LETTER.items():
        tab_to(page, name)
        keys.type(value)
    tab_to_text(page, "提交")
    keys.press("Enter")

    expect(page.locator("#detail h2").first).to_have_text("已提交")
    expect(page.locator("#detail")).to_contain_text("下一环节：录入员审核")


def test_a_long_list_is_searched_by_typing_and_chosen_by_keys(people: People, product: Product) -> None:
    more = [{"code": f"sz{n}", "name": f"苏州市第{n}税务局", "level": "district", "parent": "sz"} for n in range(1, 9)]
    with product.application.database.write() as session:
        load_organisation(session, {"offices": more})
    page = people.at("chen.min")
    page.goto("/start/delegation")
    search, choice = page.locator("[data-pick=f-to_office]"), page.locator("#f-to_office")
    people.look(page)

    search.press_sequentially("江苏 吴中")
    expect(choice.locator("option:not([hidden])[value]:not([value=''])")).to_have_text(["苏州市吴中区国家税务局"])
    search.press("Enter")
    expect(choice).to_have_value("szwz")
    expect(choice).to_be_focused()

    search.fill("没有这个局")
    expect(choice.locator("option").first).to_have_text("没有名称含“没有这个局”的选项")
    search.press("Escape")
    expect(choice).to_have_value("szwz")
    expect(choice).to_have_attribute("size", "1")


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the field has the focus."""
    _tab(page, f"document.activeElement?.name === '{name}'", name)


def tab_to_text(page: Page, text: str) -> None:
    """Presses Tab until the button of this name has the focus."""
    _tab(page, f"document.activeElement?.textContent.trim() === '{text}' && document.activeElement.tagName === 'BUTTON'", text)


def _tab(page: Page, condition: str, what: str) -> None:
    for _press in range(90):
        if page.evaluate(condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {what}")
