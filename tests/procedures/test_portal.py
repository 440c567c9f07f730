"""The pages of an enterprise with the real procedures: it applies for its limit, follows it, and reads its papers; the office keeps its own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app import Application
from records.audit import Who
from records.devices import store
from records.devices.store import stops
from records.offices import parties
from records.offices import store as offices
from tests.procedures.test_english import chinese, signed_in
from tests.web.browsing import Page, Person

APPLICATION: dict[str, Any] = {
    "address": "科技二路六十八号", "phone": "029-88880001", "legal_representative": "严大伟", "general_taxpayer_since": "2024-05-01", "business": "commercial",
    "version_applied_for": "thousand", "quantity_applied_for": "25", "unit_price": "2000", "last_year_sales": "0", "machines": "1",
    "operator_name": "方圆", "operator_certificate": "陕计2001-0457", "certificate_copy": "true", "reason": "业务需要",
}  # fmt: skip


@pytest.fixture
def enterprise(application: Application) -> Person:
    return signed_in(application, "dayan", "zh")


def offered(page: Page) -> list[str]:
    return [str(link).rpartition("/")[2] for link in page.tree.xpath("//section[@id='apply']//a/@href")]


def test_an_enterprise_applies_and_follows_its_application(application: Application, enterprise: Person) -> None:
    page = enterprise.open("/")
    assert offered(page) == ["limit_approval"]  # nothing to change, to lose or to end yet

    form = enterprise.open("/start/limit_approval")
    sent = form.submit("/start/limit_approval", **APPLICATION)

    assert sent.status == 200, sent.text
    assert "由雁塔区国税局第一税务所办理" in sent.text
    assert "方圆" in sent.text
    page = enterprise.open("/portal")
    assert "limit_approval" not in offered(page)  # it runs
    assert "企业使用防伪税控申请书" not in signed_in(application, "qinling", "zh").open("/portal").text
    clerk = signed_in(application, "bai.lu", "zh")
    assert "严大伟" in clerk.open(sent.address).text


def test_the_pages_of_an_enterprise_are_english_too(application: Application, enterprise: Person) -> None:
    address = enterprise.open("/start/limit_approval").submit("/start/limit_approval", **APPLICATION).address
    enterprise.open("/profile").submit("/language", language="en")

    written = "".join(str(value) for value in APPLICATION.values())
    for page in (enterprise.open("/portal"), enterprise.open(address), enterprise.open(f"/portal{address}/receipt")):
        left = [text for text in chinese(page.response.get_data(as_text=True)) if text not in written]
        assert [text for text in left if text not in "一二三四五六" and not any(name in text for name in ("严大伟", "大雁商贸"))] == []  # numbers of sections


def test_whoever_is_in_the_system_is_offered_changes_and_no_first_application(application: Application) -> None:
    page = signed_in(application, "qujiang", "zh").open("/portal")

    assert {"limit_change", "device_change", "deregistration", "device_damage", "device_loss"} <= set(offered(page))
    assert "limit_approval" not in offered(page)


def test_a_service_unit_has_its_own_pages(application: Application) -> None:
    page = signed_in(application, "hangxin", "zh").open("/")

    assert page.address == "/portal"
    assert "西安航信技术服务有限公司 · 主管税务机关：西安市国家税务局" in page.text
    assert "limit_approval" not in offered(page)


def test_an_enterprise_sees_its_limit_and_its_devices_and_which_are_stopped(application: Application) -> None:
    number = "610113220000053"
    with application.database.write() as session:
        device = store.held_by(session, "enterprise", number, ["tax_card"])[0]
        day, office = application.clock.today(), offices.office(session, parties.named(session, f"enterprise:{number}").office_id)  # type: ignore[union-attr]
        stops.put_on(session, Who("system", "系统", application.clock.now()), device, "stolen", lost_on=day, reported_on=day, today=day, office=office)

    page = signed_in(application, "qujiang", "zh").open("/portal")

    (held,) = page.tree.xpath("//section[.//h2[contains(., '本单位的限额和设备')]]")
    text = " ".join(held.text_content().split())
    assert "单张 100,000.00 元以内" in text
    assert re.search(r"每月购票 ?\d+ 份", text)
    lines = [" ".join(line.text_content().split()) for line in held.xpath(".//li")]
    assert [("金税卡" in line, "已列入停用名单" in line) for line in lines if device.serial in line] == [(True, True)]
    assert len([line for line in lines if "已列入停用名单" in line]) == 1
    assert len(lines) >= 2


def test_what_a_party_may_not_start_as_it_was_filled_in_is_said_on_the_form_and_nothing_is_lost(application: Application) -> None:
    unit = signed_in(application, "hangxin", "zh")
    form = unit.open("/start/fault_report")

    refused = form.submit("/start/fault_report", side="tax", summary="认证子系统不能识别密文", noticed_on="2026-03-02")

    assert refused.status == 422, refused.text
    assert "“故障发生在”请从列表中选择" in refused.text
    assert refused.form("/start/fault_report").fields["summary"] == "认证子系统不能识别密文"


def test_an_enterprise_reads_its_number_and_name_on_its_application(enterprise: Person) -> None:
    form = enterprise.open("/start/limit_approval")

    assert [form.tree.xpath(f"//*[@name='{name}']/@type") for name in ("taxpayer_number", "enterprise_name")] == [["hidden"], ["hidden"]]
    assert "西安大雁商贸有限公司" in " ".join(form.form("/start/limit_approval").text_content().split())
