"""The pages of an enterprise in real Chromium: for everyone (axe), at both widths and in both languages; an application handed in by hand."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.browser.test_pages import violations
from tests.web.asking import with_parties
from tests.web.office import Office

PAGES = ["/portal", "/cases/{case}", "/cases/{other}", "/tasks/{task}", "/portal/cases/{case}/receipt", "/cases"]
pytestmark = [pytest.mark.browser]


def furnish(office: Office) -> dict[str, str]:
    """A case at the office with a file and a remark of the firm, and one at the firm's own task."""
    firm = with_parties(office).person("ent.firm")
    cases = [office.engine.start("asking", office_id=office.person("li.na").office_id, actor=firm, key=f"start {n}").instance_id for n in range(2)]
    first, second = (office.engine.at_hand([case], firm)[case][0] for case in cases)
    office.engine.claim(first, firm, "claim")
    office.engine.complete(first, {"reason": "业务扩大"}, firm, "complete")
    office.engine.attach(cases[0], "合同.pdf", b"%PDF", "application/pdf", firm, "attach")
    office.engine.comment(cases[0], "请问何时办好", firm, "comment")
    office.engine.claim(second, firm, "claim second")
    return {"case": cases[0], "other": cases[1], "task": second}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_of_an_enterprise_is_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    ids, found = furnish(site.office), list[str]()

    for login, addresses in (("ent.firm", PAGES), ("ent.other", ["/portal", "/start/asking"])):
        page = desk.sit(login, size=size, language=language)
        for address in addresses:
            page.goto(address.format(**ids))
            found += [f"{address} {fault}" for fault in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{address} scrolls sideways")

    assert found == []


def test_an_application_is_handed_in_at_the_page(desk: Desk, site: Site) -> None:
    with_parties(site.office)
    page = desk.sit("ent.firm", size=PHONE)

    page.click("#apply a")
    page.click(".form-foot .btn-primary")
    page.wait_for_url("**/tasks/*")
    page.fill("#f-reason", "业务扩大")
    page.click(".form-foot .btn-primary")
    page.wait_for_url("**/cases/*")

    assert "由海曙区税务局办理" in page.inner_text("main")
