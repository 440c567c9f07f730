"""The board of the hall in real Chromium: it changes by itself, says that the network is away and comes back, fills the screen without scrolling, for everyone (axe)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.test_pages import violations
from tests.web.hall import arrived, furnish_hall, many
from web.hall import views

SCREENS = ({"width": 1920, "height": 1080}, {"width": 1366, "height": 768})
OFFLINE = ("ERR_INTERNET_DISCONNECTED",)
BADGE = "[data-away]"


@pytest.fixture
def hall(site: Site, gate_in_process: None) -> Site:
    furnish_hall(site.office)
    return site


def test_a_screen_changes_by_itself_and_comes_back_when_the_network_was_away(hall: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "EVERY_SECONDS", 1)
    page = desk.sit("da.ping", size=dict(SCREENS[0]), expected=OFFLINE)
    expect(page.get_by_text("今天还没有企业签到")).to_be_visible()

    arrived(hall.office, "宁波甲机械有限公司", claimed=True)
    expect(page.locator(".called .ticket")).to_have_text("1")
    page.context.set_offline(True)
    expect(page.locator(BADGE)).to_be_visible()
    arrived(hall.office, "宁波乙商贸有限公司")
    page.context.set_offline(False)
    expect(page.locator(BADGE)).to_be_hidden()
    expect(page.locator(".count-present b")).to_have_text("2")


@pytest.mark.parametrize("size", SCREENS, ids=lambda size: f"{size['width']}")
def test_two_hundred_enterprises_fit_on_a_screen(hall: Site, desk: Desk, size: dict[str, int]) -> None:
    many(hall.office, 200)
    page = desk.sit("da.ping", size=size)

    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [size["width"], size["height"]]
    assert page.evaluate("[...document.querySelectorAll('.station, .hall-side')].filter((one) => one.scrollHeight > one.clientHeight + 1).length") == 0
    name = page.locator(".seat-name").first.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize) / innerWidth")
    assert name > 0.0138  # 26 of 1920: 16 mm on a screen 1.2 m wide, which is read from five metres


def test_the_board_is_for_everyone(hall: Site, desk: Desk) -> None:
    for minutes, name in ((3, "宁波甲机械有限公司"), (0, "宁波乙商贸有限公司")):
        arrived(hall.office, name, steps=1, minutes=minutes, claimed=minutes == 0)
    page = desk.sit("bao.dan", size={"width": 390, "height": 844})
    page.goto("/hall")

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
