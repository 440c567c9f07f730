"""A stolen golden-tax card in real Chromium: reported and stopped, decided by office, district, city and province, and replaced by a new card."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from hardware.simulator import MemoryShelf
from records.devices.store import devices, stops
from tests.browser.test_co_investigation import ARRIVES, People, Product, fill, opens_as_pdf, people, product, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
__all__ = ["people", "product"]  # fixtures
LOSS = {
    "taxpayer_number": "610113220000053", "contact": "曲经理 13800000000", "lost_kind": "tax_card", "serial": "JSK-200311", "lost_how": "stolen", "lost_on": "2026-03-01",
    "lost_at": "小寨东路财务室", "loss_facts": "夜间防盗门被撬，保险柜被盗", "police_reported_on": "2026-03-02", "police_station": "小寨路派出所",
}  # fmt: skip
PAPERS = {
    "police_number": "雁公受案字〔2026〕317号", "police_received_on": "2026-03-02", "notice_media": "西安晚报", "notice_published_on": "2026-03-18",
    "self_criticism": "保管制度不落实，愿接受处理", "self_criticism_on": "2026-03-18", "measures": "安装报警装置，票卡分柜存放", "pledged_on": "2026-03-18",
    "annex6_statement": "夜间无人值班", "annex6_on": "2026-03-18",
}  # fmt: skip


def outside(people: People, login: str, step: str, **entries: str) -> None:
    """A party does its task on its own pages."""
    page = people.at(login)
    wait_for(page, "/portal", f"li:has-text('{step}') .btn-primary")
    people.look(page)
    page.locator(f"li:has-text('{step}') .btn-primary").first.click()
    expect(page.locator("#task-form")).to_be_visible()
    fill(page, entries)
    people.look(page)
    was = page.url
    page.locator(".form-foot .btn-primary").click()
    page.wait_for_url(lambda address: address != was)


def test_a_stolen_card_goes_to_the_province_and_a_new_one_is_issued(people: People, product: Product) -> None:
    clerk = people.at("bai.lu")
    clerk.goto("/start/device_loss")
    people.look(clerk)
    fill(clerk, LOSS)
    clerk.click(".form-foot .btn-primary")
    clerk.wait_for_url("**/cases/*")
    case = clerk.url
    with product.application.database.read() as session:
        entry = stops.entry_of(session, "tax_card", "JSK-200311")
        assert entry is not None
        assert devices.device(session, "tax_card", "JSK-200311").state == "lost"

    product.application.clock.advance(timedelta(days=16))  # type: ignore[attr-defined] -- the clock of this product is set by hand
    people.seats.pop("bai.lu")  # whoever was away for sixteen days signs in anew
    outside(people, "qujiang", "提交资料", **{**PAPERS, "measures": ""})
    wait_for(people.at("qujiang"), "/portal", "li:has-text('提交资料') .btn-primary")
    people.at("qujiang").locator("li:has-text('提交资料') .btn-primary").first.click()
    expect(people.at("qujiang").locator("#task-form")).to_contain_text("资料不齐，请补交后再提交：整改措施和承诺（二(五)1(4)）")
    outside(people, "qujiang", "提交资料", **PAPERS)
    people.do("bai.lu", "审核资料", decision="agree", copies_compared="on")
    people.do("bai.lu", "拟定处理意见", violation_facts="夜间无人值班", attitude="认识深刻", penalty_text="责令限期改正", fine="2000")
    people.do("qin.gang", "审批处理决定", decision="agree")
    people.do("meng.fan", "签注意见并通报", district_view="情况属实，同意上报", circular_text="教训深刻")
    people.do("guo.hong", "局长签发", decision="agree")
    people.do("tian.ye", "市局审核", city_view="拟同意")
    people.do("cheng.gong", "市局审批", decision="agree")
    people.do("ai.hua", "省局审核", province_view="同意")
    people.do("gong.zheng", "省局审批", decision="agree")

    outside(people, "hangxin", "重新发售设备", new_serial="JSK-300001", sold_on="2026-03-18")
    people.do("song.jia", "放置待发行的卡", cards_next="write", machine_no="0")
    application = product.application
    station(application, Work("walk", "card_issuance@yt"), MemoryShelf(), EngineDoor(application, "card_issuance@yt")).work_off()
    outside(people, "hangxin", "安装设备", installed_on="2026-03-18", installed_by="杭欣")

    page = people.at("bai.lu")
    wait_for(page, case, ".page-head >> text=已办结")
    page.wait_for_selector("bpmn-view[data-ready]")
    expect(page.locator("main")).to_contain_text("已补办金税卡“JSK-300001”并安装启用", timeout=ARRIVES)
    opens_as_pdf(page, "丢失、被盗金税卡、IC卡情况表")
    opens_as_pdf(page, "关于重新办理金税卡的请示")
    people.look(page)
    with product.application.database.read() as session:
        assert devices.device(session, "tax_card", "JSK-300001").state == "in_use"
        assert stops.entry_of(session, "tax_card", "JSK-200311") is not None
