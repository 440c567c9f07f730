"""Paper against card in real Chromium: for everyone (axe), at both widths; on a phone the two columns stay beside each other and a table."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.web.comparing import compared

pytestmark = [pytest.mark.browser]


@pytest.mark.parametrize(("size", "language"), [(DESK, "zh"), (PHONE, "en")], ids=["desk", "phone"])
def test_both_sides_stand_beside_each_other(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    task_id = compared(site.office)
    page = desk.sit(size=size, language=language)
    page.goto(f"/tasks/{task_id}")
    section = page.locator("#f-comparison_month")

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    left, right = (section.locator("tbody tr:nth-child(3) td").nth(n).bounding_box() for n in (0, 1))
    assert left is not None and right is not None
    assert left["y"] == pytest.approx(right["y"], abs=1)
    assert left["x"] + left["width"] <= right["x"] + 1
    assert section.get_by_role("row").count() == 5
    assert section.get_by_role("columnheader").count() == 4
    assert section.get_by_role("rowheader").count() == 4
