"""The operators' page in real Chromium: for everyone (axe), at both widths and in both languages, with a reason that can be typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext
from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.web.office import Office
from tests.web.test_operations import MAILING

pytestmark = [pytest.mark.browser]


def furnish(office: Office) -> str:
    """A case whose letter could not be sent."""

    @office.engine.kernel.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("邮件服务器拒绝连接")

    office.engine.deploy(ProcedureFiles("mailing", {"mailing.bpmn": MAILING.decode()}), SYSTEM)
    home = office.person("gao.bo").office_id
    case = office.engine.start("mailing", office_id=home, actor=SYSTEM, key="k", variables={}, title="寄送通知")
    for _attempt in range(9):
        office.engine.tick()
        office.clock.advance(timedelta(minutes=4))
    return case.instance_id


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_operators_page_is_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    furnish(site.office)
    page, found = desk.sit("gao.bo", size=size, language=language), list[str]()

    for address in ("/operations", "/operations?kind=timer"):
        page.goto(address)
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address

    assert found == []


def test_a_skip_is_one_click_and_a_reason(desk: Desk, site: Site) -> None:
    case = furnish(site.office)
    page = desk.sit("gao.bo")
    page.goto("/operations")

    page.click(".acts summary")
    page.fill(".acts input[name=reason]", "已改用挂号信寄出")
    page.click(".acts details button")
    page.wait_for_selector("text=没有停下来的事项")

    assert [task.element for task in site.office.engine.case(case, SYSTEM).open_tasks] == ["read"]
