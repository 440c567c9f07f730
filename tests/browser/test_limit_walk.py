"""A limit of a million yuan in real Chromium: applied for by the enterprise, lowered by nobody, decided by the province, the documents received."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from records.taxpayers import limits
from tests.browser.test_co_investigation import ARRIVES, People, Product, fill, opens_as_pdf, people, product, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
__all__ = ["people", "product"]  # fixtures
WANTED = {
    "address": "科技二路六十八号", "phone": "029-88880001", "legal_representative": "秦岭", "general_taxpayer_since": "2024-05-01", "business": "industrial",
    "version_applied_for": "million", "quantity_applied_for": "50", "unit_price": "1000000.01", "last_year_sales": "9000000", "machines": "1", "operator_name": "方圆",
    "operator_certificate": "陕计2001-0457", "certificate_copy": "on", "reason": "承接大型成套设备合同",
}  # fmt: skip


def test_an_enterprise_applies_and_the_province_decides(people: People, product: Product) -> None:
    enterprise = people.at("qinling")
    enterprise.goto("/portal")
    people.look(enterprise)
    enterprise.goto("/start/limit_approval")
    people.look(enterprise)
    fill(enterprise, WANTED)
    enterprise.click(".form-foot .btn-primary")
    enterprise.wait_for_url("**/cases/*")
    wait_for(enterprise, "/portal", "tr:has-text('雁国税一控〔2026〕1号') a")
    people.look(enterprise)

    people.do("bai.lu", "审核申请资料", decision="agree", office_opinion="资料齐全")
    people.do("qin.gang", "所长签署意见", decision="agree", head_opinion="同意上报")
    people.do("meng.fan", "分局金税办审核", district_opinion="经实地核查属实")
    people.do("guo.hong", "分局领导签批", decision="agree", district_leader_opinion="同意上报")
    people.do("tian.ye", "市局金税办审核", city_opinion="符合标准")
    people.do("cheng.gong", "市局领导签批", decision="agree", city_leader_opinion="同意上报")
    people.do("ai.hua", "省局金税办审核", province_opinion="符合百万元版标准")
    people.do("gong.zheng", "省局领导签批", decision="agree", province_leader_opinion="同意")
    people.do("lu.yao", "确定纳入、安排培训", decision="agree", plan_batch="第一批", training_on="2026-03-05", training_place="市局培训教室")

    enterprise.goto("/portal")
    enterprise.locator("tr:has-text('雁国税一控〔2026〕1号') a").first.click()
    expect(enterprise.locator("main")).to_contain_text("陕国税控限〔2026〕1号", timeout=ARRIVES)
    opens_as_pdf(enterprise, "增值税防伪税控系统使用通知书")
    opens_as_pdf(enterprise, "陕西省企业开票系统最大限额审批表")
    people.look(enterprise)
    with product.application.database.read() as session:
        now = limits.current(session, "610113220000010")
        assert now is not None
        assert (now.version, now.decided_level, int(now.per_invoice)) == ("million", "province", 10_000_000)
