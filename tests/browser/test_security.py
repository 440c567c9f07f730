"""Sign-in with a second factor in real Chromium, without JavaScript; the administrator's pages for everyone (axe), at both widths and in both languages."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.factories.devices import HALF_A_MINUTE, Device
from tests.web.office import PASSWORD

pytestmark = [pytest.mark.browser]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_administrators_pages_are_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    here, found = f"/security/people/{site.office.person('li.na').person_id}", list[str]()
    page = desk.sit("wei.lan", size=size, language=language)
    for address in ("/security", "/security/people", "/security/people?q=none", here, "/security/rules"):
        page.goto(address)
        for summary in page.locator("details.asks > summary").all():
            summary.click()
        found += [f"{address} {fault}" for fault in violations(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{address} scrolls sideways")
    page.goto(here)
    page.locator("details.asks summary").first.click()
    page.locator("details.asks button").first.click()
    page.wait_for_selector(".one-time")
    found += [f"one-time password {fault}" for fault in violations(page)]

    assert found == []


def test_a_second_factor_is_set_up_and_used_without_javascript(desk: Desk, site: Site) -> None:
    clock = site.office.clock
    page = desk.sit(scripts=False)
    page.goto("/security/second-factor")
    page.click("form[action$='/begin'] button")
    device = Device(page.inner_text(".qr .secret"), clock)
    assert page.locator(".qr-picture svg path").count()
    page.fill("#f-one_time_password", device.code())
    page.press("#f-one_time_password", "Enter")
    code = page.locator(".codes li").first.inner_text()
    assert page.locator(".codes li").count() == 10

    for shown in (device.next, lambda: code):
        clock.advance(HALF_A_MINUTE)
        page.goto("/profile")
        page.click("form[action='/sign-out'] button")
        page.fill("#f-login", "li.na")
        page.fill("#f-password", PASSWORD)
        page.press("#f-password", "Enter")
        page.wait_for_url(re.compile("/sign-in/code"))
        page.fill("#f-one_time_password", shown())
        page.press("#f-one_time_password", "Enter")
        page.wait_for_url("**/tasks")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_steps_of_setting_it_up_are_for_everyone(desk: Desk, site: Site, size: dict[str, int]) -> None:
    page, found = desk.sit(size=size), list[str]()
    page.goto("/security/second-factor")
    page.click("form[action$='/begin'] button")
    page.wait_for_selector(".qr")
    found += violations(page)
    page.fill("#f-one_time_password", Device(page.inner_text(".qr .secret"), site.office.clock).code())
    page.press("#f-one_time_password", "Enter")
    page.wait_for_selector(".codes")
    found += violations(page)
    page.goto("/security/second-factor")
    page.click("details summary")
    found += violations(page)

    assert found == []
