"""What a station does stands on the open page of its case at once: which card it waits for, what it says, that it is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from db.clock import ManualClock
from db.session import Database
from tests.browser.conftest import DESK, PHONE
from tests.factories.streams import served
from tests.web.counters import Program, begin, deploy, made
from tests.web.office import OPENED, PASSWORD, open_office

KEY = "a" * 32
TAX = {"kind": "tax_card", "serial": "661200001", "name": "金税卡 661200001", "name_en": "golden-tax card 661200001"}
IC = {"kind": "ic_card", "serial": "500100001", "name": "税控IC卡 500100001", "name_en": "IC card 500100001"}
RESULTS = {"card_written_at": {"$type": "date and time", "value": "2026-03-02T02:00:00+00:00"}, "card_check": "00AA11BB"}
SOON_MS = 5000  # far less than the page's own rhythm of asking


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_what_a_station_does_is_seen_on_the_open_page_of_its_case(chromium: Browser, furnished: Path, tmp_path: Path, size: dict[str, int]) -> None:
    shutil.copy(furnished, tmp_path / "site.db")
    office = open_office(Database(f"sqlite:///{tmp_path}/site.db"), ManualClock(OPENED))
    deploy(office)
    case, program = begin(office), Program(office, made(office)[1])
    context = chromium.new_context(viewport=size)
    context.set_default_timeout(SOON_MS)
    with served(office) as node:
        base, page = f"http://127.0.0.1:{node.port}", context.new_page()
        page.goto(f"{base}/sign-in")
        page.fill("[name=login]", "li.na")
        page.fill("[name=password]", PASSWORD)
        page.click("main button, form button")
        page.goto(f"{base}/cases/{case}")
        box = page.locator(".counters")
        expect(box).to_contain_text("工作站未联机")

        (job,) = program.fetch()
        expect(box).to_contain_text("正在办理")
        program.call(f"{job['id']}/progress", said="请插卡", waits=[TAX, IC])
        expect(box.locator(".puts b").first).to_have_text("金税卡 661200001")
        program.call(f"{job['id']}/progress", said="正在写金税卡", waits=[])
        expect(box.locator(".is-now")).to_contain_text("正在写金税卡")
        expect(box.locator(".puts")).to_have_count(0)
        program.call(f"{job['id']}/complete", key=KEY, results=RESULTS)
        expect(box).to_contain_text("工作站已办好")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.close()
    context.close()
    office.database.dispose()
