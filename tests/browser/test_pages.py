"""Every page at both widths and in both languages: reachable for everyone (axe), no sideways scrolling, light."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.web.office import FILLED, Office

AXE = Path(__file__).parents[2] / "web/assets/node_modules/axe-core/axe.min.js"
PAGES = [
    "/sign-in", "/tasks", "/tasks?scope=claimable", "/tasks?q=nothing", "/tasks/{task}", "/tasks/{other}", "/cases", "/cases/{case}",
    "/start", "/start/seal_request", "/registers/delegated", "/registers/received", "/imports", "/notices", "/notices/settings", "/profile", "/security", "/security/password", "/security/second-factor", "/cases/missing", "/tasks/{task}/sheet",
]  # fmt: skip
WEIGHT_LIMIT = 100_000
pytestmark = [pytest.mark.browser]


def furnish(office: Office) -> dict[str, str]:
    """A case with everything on its page, one at its review, and one that nobody has claimed."""
    li, zhao = office.person("li.na"), office.person("zhao.jun")
    case = office.start("宁波远航供应链管理有限公司 年度框架合同", due_in=-2)
    task = office.task_of(case)
    office.engine.claim(task, li, "claim")
    office.engine.comment(case, "请核对第七条。", zhao, "comment")
    office.engine.attach(case, "合同.pdf", b"%PDF", "application/pdf", li, "attach")
    reviewed = office.start("送审的合同", due_in=2)
    office.engine.complete(office.task_of(reviewed), FILLED, li, "fill")
    office.start("没有人认领的", due_in=0)
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(li.post_ids), case, "overdue", "“用印期限”已于 2026-02-28 届满，尚未办结", "“Seal” was due on 2026-02-28 and is still open")
    office.tell()
    return {"case": case, "task": task, "other": office.task_of(reviewed)}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0].get('failureSummary', '')[:200]}" for v in found]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_for_everyone(desk: Desk, site: Site, size: dict[str, int], language: str) -> None:
    ids = furnish(site.office)
    page, found = desk.sit(size=size, language=language, expected=("404", "403")), list[str]()

    for address in PAGES:
        page.goto(address.format(**ids))
        if page.locator("bpmn-view").count():
            page.locator(".way:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
            page.locator("bpmn-view").first.scroll_into_view_if_needed()
            page.wait_for_selector("bpmn-view[data-ready]")
        found += [f"{address} {fault}" for fault in violations(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{address} scrolls sideways")

    assert found == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_sign_in_page_is_for_everyone(desk: Desk, size: dict[str, int]) -> None:
    page = desk.sit(size=size)
    page.goto("/profile")
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in")

    assert violations(page) == []


def test_a_task_with_form_and_diagram_weighs_less_than_100_kilobytes(desk: Desk, site: Site) -> None:
    ids = furnish(site.office)
    page = desk.sit()
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        body = response.body()
        weights[response.url.rsplit("/", 1)[-1]] = len(gzip.compress(body, 5))

    page.context.clear_cookies(name="lang")
    page.on("response", weigh)
    page.goto(f"/tasks/{ids['task']}")
    page.click(".way > summary")
    page.wait_for_selector("bpmn-view[data-ready]")
    page.wait_for_load_state("networkidle")

    assert len(weights) >= 4, weights
    assert sum(weights.values()) <= WEIGHT_LIMIT, json.dumps(weights)
