"""Nothing runs out of its place: long words in narrow cards, buttons beside headlines, columns of numbers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Desk, Site
from tests.web.office import FILLED

pytestmark = [pytest.mark.browser]
LONG = "1. Does the billing enterprise exist and own these invoices, all of them and without an exception"


def lines(place: Locator) -> int:
    """On how many lines the text of an element stands."""
    return int(place.evaluate("""e => { const tops = new Set(), texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), r = document.createRange();
      while (texts.nextNode()) { r.selectNodeContents(texts.currentNode); for (const b of r.getClientRects()) tops.add(Math.round(b.top)); }
      return tops.size; }"""))


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


def finished(site: Site) -> str:
    """A case with nothing left to do."""
    office = site.office
    case = office.start()
    office.engine.complete(office.task_of(case), FILLED, office.person("li.na"), "fill")
    task = office.task_of(case)
    office.engine.claim(task, office.person("zhao.jun"), "claim")
    office.engine.complete(task, {"decision": "approve", "opinion": "同意用印"}, office.person("zhao.jun"), "review")
    office.engine.claim(kept := office.task_of(case), office.person("li.na"), "keep")
    office.engine.complete(kept, {}, office.person("li.na"), "kept")
    return case


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_neither_mark_nor_buttons_stand_on_the_drawing(desk: Desk, site: Site, size: dict[str, int]) -> None:
    page = desk.sit(size=size)
    page.goto(f"/cases/{site.office.start()}")
    page.wait_for_selector("bpmn-view[data-ready]")

    drawing = page.locator("bpmn-view .djs-container")
    for part in (page.locator(".bjs-powered-by"), page.locator(".diagram-tools")):
        expect(part).to_be_visible()
        assert not overlap(part, drawing)
    assert not overlap(page.locator(".bjs-powered-by"), page.locator(".diagram-tools"))


def scale(page: Page) -> float:
    return float(page.evaluate("document.querySelector('bpmn-view').viewer.get('canvas').zoom()"))


def test_the_diagram_is_zoomed_and_moved_by_buttons_and_by_keys(desk: Desk, site: Site) -> None:
    page = desk.sit()
    page.goto(f"/cases/{site.office.start()}")
    page.wait_for_selector("bpmn-view[data-ready]")
    whole = scale(page)

    page.click("[data-act=nearer]")
    assert scale(page) > whole
    page.click("[data-act=farther]")
    assert scale(page) == pytest.approx(whole)
    page.locator("bpmn-view svg[aria-label]").focus()
    page.keyboard.press("+")
    nearer, before = scale(page), page.evaluate("document.querySelector('bpmn-view').viewer.get('canvas').viewbox().x")
    page.keyboard.press("ArrowRight")
    assert nearer > whole
    assert page.evaluate("document.querySelector('bpmn-view').viewer.get('canvas').viewbox().x") > before
    page.keyboard.press("0")
    assert scale(page) == pytest.approx(whole)


def test_a_finished_case_opens_on_the_whole_diagram(desk: Desk, site: Site) -> None:
    page = desk.sit(size=PHONE)
    page.goto(f"/cases/{finished(site)}")
    page.locator("bpmn-view").scroll_into_view_if_needed()
    page.wait_for_selector("bpmn-view[data-ready]")

    expect(page.locator("[data-act=fit]")).to_have_attribute("aria-pressed", "true")
    box = page.evaluate("(({ x, width, inner }) => ({ x, width, inner }))(document.querySelector('bpmn-view').viewer.get('canvas').viewbox())")
    assert box["x"] <= box["inner"]["x"] + 1
    assert box["x"] + box["width"] >= box["inner"]["x"] + box["inner"]["width"] - 1


def test_on_paper_nothing_is_cut_off_and_a_card_may_be_parted(desk: Desk, site: Site) -> None:
    page = desk.sit(size={"width": 672, "height": 1000})
    page.goto(f"/cases/{finished(site)}")
    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.querySelector('.card')).breakInside") == "auto"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "block"
    table = """() => { document.querySelector('main').insertAdjacentHTML('beforeend', '<div class="value-table"><table class="table table-s"><tr>'
      + '<td>320506713258801320506713258801</td>'.repeat(9) + '</tr></table></div>'); const box = document.querySelector('.value-table'); return box.scrollWidth <= box.clientWidth; }"""
    assert page.evaluate(table)


def test_the_handling_sheet_has_margins(desk: Desk, site: Site) -> None:
    page = desk.sit()
    page.goto(f"/tasks/{site.office.task_of(site.office.start())}/sheet")

    sheet, table, button = (page.locator(place).bounding_box() for place in (".sheet", ".sheet table", ".sheet .btn"))
    assert sheet and table and button
    assert table["x"] - sheet["x"] >= 16
    assert button["y"] - (table["y"] + table["height"]) >= 12


def test_a_long_title_beside_its_term_takes_two_lines(desk: Desk, site: Site) -> None:
    title = "2026年11月认证系统增值税专用发票协查（宁波市海曙区至苏州市吴中区，第1-1号）"
    task = site.office.task_of(site.office.start(title, due_in=9))
    page = desk.sit()
    page.goto(f"/tasks/{task}")

    assert lines(page.locator(".d-head h2")) <= 2
    expect(page.locator(".d-head .chip")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_on_a_phone_the_form_comes_before_the_diagram(desk: Desk, site: Site, scripts: bool) -> None:
    task = site.office.task_of(site.office.start("年度合同用印", due_in=9))
    site.office.engine.claim(task, site.office.person("li.na"), "claim")
    page = desk.sit(size=PHONE, scripts=scripts)
    page.goto(f"/tasks/{task}")

    form, diagram = page.locator("#task-form").bounding_box(), page.locator(".task-side").bounding_box()
    assert form and diagram
    assert form["y"] + form["height"] <= diagram["y"]
    expect(page.locator("#task-form textarea, #task-form input:visible").first).to_be_in_viewport()


def test_on_a_phone_a_generated_name_shows_at_once_what_tells_it_from_the_next(desk: Desk, site: Site) -> None:
    for place in ("苏州市吴中区", "宁波市江东区"):
        site.office.start(f"2026年11月认证系统增值税专用发票协查（宁波市海曙区国家税务局至{place}国家税务局，第1-1号）")
    page = desk.sit(size=PHONE)
    page.goto("/tasks?scope=office")

    names = page.locator(".task-link")
    assert {lines(name) for name in names.all()} == {2}
    expect(names).to_have_text([re.compile("^第1-1号 宁波市海曙区至苏州市吴中区"), re.compile("^第1-1号 宁波市海曙区至宁波市江东区")])
    names.first.click()
    heading = page.locator(".d-head h2")
    expect(heading).to_contain_text("第1-1号 宁波市海曙区至苏州市吴中区")
    assert heading.evaluate("h => h.scrollHeight - h.clientHeight") < 5  # no line is cut off
    page.goto("/cases")
    page.locator("td.main a").last.click()
    expect(page.locator("h1")).to_contain_text("（宁波市海曙区国家税务局至苏州市吴中区国家税务局，第1-1号）")


def test_numbers_and_dates_of_the_case_list_stand_on_one_line(desk: Desk, site: Site) -> None:
    site.office.start("2026年11月认证系统增值税专用发票协查（宁波市海曙区至苏州市吴中区，第1-1号）" * 2, due_in=9)
    page = desk.sit()
    page.goto("/cases")

    assert {lines(page.locator("tbody tr").first.locator(place)) for place in ("td[data-label=案号]", "td[data-label=发起时间]", "td .sub.num")} == {1}


def test_labels_of_numbers_stand_to_the_left_on_a_phone(desk: Desk, site: Site) -> None:
    page = desk.sit(size=PHONE)
    page.goto("/cases")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<table class=\"table stacks\"><tr><td class=\"r num\" data-label=\"金额\">1.00</td></tr></table>')")

    assert page.evaluate("getComputedStyle(document.querySelector('td.r')).textAlign") == "left"


def test_many_filters_are_folded_on_a_phone_until_one_is_used(desk: Desk, site: Site) -> None:
    page = desk.sit(size=PHONE, expected=("422",))
    page.goto("/registers/delegated")
    expect(page.locator(".filters > summary")).to_contain_text("筛选（0）")
    expect(page.locator("#f-state")).to_be_hidden()
    page.click(".filters > summary")
    expect(page.locator("#f-state")).to_be_visible()

    page.goto("/registers/delegated?state=open")
    expect(page.locator(".filters > summary")).to_contain_text("筛选（1）")
    expect(page.locator("#f-state")).to_be_visible()
    page.goto("/registers/delegated?since=never")
    expect(page.locator("#f-since")).to_be_visible()
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto("/registers/delegated")
    expect(page.locator("#f-state")).to_be_visible()
    expect(page.locator(".filters > summary")).to_be_hidden()


def test_the_title_of_the_tab_is_that_of_the_task(desk: Desk, site: Site) -> None:
    site.office.start("年度合同用印")
    page = desk.sit()
    page.click("#filters >> text=可认领")

    page.click("text=年度合同用印")
    expect(page).to_have_title("年度合同用印 · 金税流程")
    page.reload()
    expect(page).to_have_title("年度合同用印 · 金税流程")


def test_english_quotation_marks_are_narrow(desk: Desk, site: Site) -> None:
    page = desk.sit(language="en")
    width = page.evaluate("() => { const s = document.createElement('span'); s.textContent = '“”'; s.style.position = 'absolute'; document.body.append(s); return s.getBoundingClientRect().width; }")

    assert width < 20
