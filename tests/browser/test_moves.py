"""Returning in real Chromium: chosen on the page, seen on the diagram, sent straight back; for everyone (axe), at both widths and in both languages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.web.test_tasks import reviewed_by


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_a_case_is_returned_and_comes_straight_back(desk: Desk, site: Site, scripts: bool) -> None:
    review = reviewed_by(site.office, "zhao.jun")
    case = site.office.engine.task(review, site.office.person("zhao.jun")).task.instance_id
    head = desk.sit("zhao.jun", scripts=scripts)
    head.goto(f"/tasks/{review}")
    head.click("footer >> text=退回")
    head.click(".passed .btn")
    if scripts:
        head.wait_for_selector("bpmn-view[data-ready]")
        assert head.locator(".djs-element.is-current[data-element-id=fill_request]").count() == 1
        assert head.locator(".djs-element.is-failed[data-element-id=review]").count() == 1
    head.fill("#f-reason", "份数与合同不符")
    head.click(".why .btn-primary")
    head.wait_for_url(f"**/cases/{case}")

    clerk = desk.sit("li.na", scripts=scripts)
    clerk.goto(f"/tasks/{site.office.task_of(case)}")
    assert "份数与合同不符" in clerk.locator(".notice-warn").inner_text()
    clerk.click("footer .btn-primary")
    clerk.wait_for_selector("text=下一环节：科室审核")

    assert site.office.engine.task(site.office.task_of(case), site.office.person("zhao.jun")).task.assignee_name == "赵军"


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_its_pages_are_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    review = reviewed_by(site.office, "zhao.jun")
    second = site.office.start("第二件")
    head, clerk = (desk.sit(login, size=size, language=language) for login in ("zhao.jun", "li.na"))
    head.goto(f"/tasks/{review}/return")
    head.click(".passed .btn")
    head.wait_for_selector("bpmn-view[data-ready]")
    clerk.goto(f"/cases/{second}/withdraw")

    for page in (head, clerk):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
