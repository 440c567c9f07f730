"""Nothing runs out of its place: long words in narrow cards, buttons beside headlines, columns of numbers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.web.office import FILLED

pytestmark = [pytest.mark.browser]
LONG = "1. Does the billing enterprise exist and own these invoices, all of them and without an exception"


def lines(place: Locator) -> int:
    """On how many lines the text of an element stands."""
    return int(place.evaluate("e => { const r = document.createRange(); r.selectNodeContents(e); return new Set([...r.getClientRects()].map((b) => Math.round(b.top))).size; }"))


def overlap(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a and b
    return a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"] and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_long_question_of_the_history_leaves_room_for_its_answer(desk: Desk, site: Site, size: dict[str, int]) -> None:
    case = site.office.start()
    site.office.engine.complete(site.office.task_of(case), FILLED, site.office.person("li.na"), "fill")
    page = desk.sit(size=size)
    page.goto(f"/cases/{case}")

    page.locator(".entered dt").first.evaluate("(dt, text) => { dt.textContent = text; dt.nextElementSibling.textContent = 'yes'; }", LONG)

    assert lines(page.locator(".entered dd").first) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_language_of_the_sign_in_page_does_not_stand_on_its_headline(chromium: Browser, site: Site, language: str) -> None:
    context = chromium.new_context(viewport=PHONE, base_url=site.base)  # type: ignore[arg-type]
    context.add_cookies([{"name": "lang", "value": language, "url": site.base}])
    page = context.new_page()
    page.goto("/sign-in")

    assert not overlap(page.locator(".sign-in-lang button"), page.locator(".sign-in-art"))
    expect(page.locator(".sign-in-lang button")).to_be_in_viewport()
    context.close()
