"""The supervisor's board in real Chromium: for everyone (axe), at both widths; the heat is drawn on the diagram."""

from __future__ import annotations

from datetime import timedelta

import pytest

from records.offices.organisation import load_organisation
from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.web.office import FILLED, Office
from tests.web.supervising import DIRECTORS

pytestmark = [pytest.mark.browser]
PAGES = (
    "/board", "/board/table", "/board/table?by=month", "/board/table?by=person", "/board/cases?term=overdue", "/board/tasks", "/board/finished", "/board/heat",
    "/board/waits",
)  # fmt: skip


def furnish(office: Office) -> None:
    """A head of Haishu; one case is late, of another the first step is done."""
    with office.database.write() as session:
        load_organisation(session, {"people": DIRECTORS})
    going, li = office.start("送审的合同", due_in=2), office.person("li.na")
    office.clock.advance(timedelta(hours=36))
    office.engine.complete(office.task_of(going), FILLED, li, "fill")
    office.start("宁波远航供应链管理有限公司 年度框架合同", due_in=-2)
    office.engine.board.count_new()


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "zh")], ids=["desk", "phone"])
def test_the_board_is_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    furnish(site.office)
    page, found = desk.sit("he.jie", size=size, language=language), list[str]()

    for address in PAGES:
        page.goto(address)
        if page.locator("bpmn-view").count():
            page.locator("bpmn-view").scroll_into_view_if_needed()
            page.wait_for_selector("bpmn-view[data-ready]")
        found += [f"{address} {fault}" for fault in violations(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{address} scrolls sideways")

    assert found == []


def test_the_slowest_step_is_the_warmest_and_says_how_long_it_takes(desk: Desk, site: Site) -> None:
    furnish(site.office)
    page = desk.sit("he.jie")
    page.goto("/board/heat")
    page.wait_for_selector("bpmn-view[data-ready]")

    assert page.locator(".heat-5[data-element-id=fill_request]").count() == 1
    assert page.locator(".heat-time").all_inner_texts() == ["1.5 天"]


def test_one_click_urges_the_chosen_cases(desk: Desk, site: Site) -> None:
    furnish(site.office)
    page = desk.sit("he.jie")
    page.goto("/board/cases?term=overdue")

    page.check("input[name=case]")
    page.click("text=催办所选案件")

    page.wait_for_selector("text=已催办 1 件")
    assert page.locator("text=今日已催").count() == 1
