"""A day's work in a real browser: with the keyboard, with the mouse, on a phone, and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk, Site
from tests.web.office import FILLED, PASSWORD, Office

pytestmark = [pytest.mark.browser]


def claimed(office: Office, title: str, due_in: int | None = None) -> str:
    task_id = office.task_of(office.start(title, due_in=due_in))
    office.engine.claim(task_id, office.person("li.na"), f"claim:{title}")
    return task_id


def test_a_task_is_opened_filled_corrected_and_submitted(desk: Desk, site: Site) -> None:
    claimed(site.office, "年度合同用印", due_in=-1)
    claimed(site.office, "第二件", due_in=1)
    page = desk.sit(expected=("422",))

    page.click("text=年度合同用印")
    form = page.locator("#task-form")
    form.wait_for()
    box = form.bounding_box()
    assert box is not None and box["y"] < 768 / 2  # the form begins on the first screen: the diagram is folded until it is wanted
    page.click(".way > summary")
    page.wait_for_selector("bpmn-view[data-ready]")
    page.reload()
    page.wait_for_selector("bpmn-view[data-ready]")  # and stays open for whoever opened it
    expect(page.locator("#f-amount")).to_have_count(0)
    page.get_by_role("radio", name="合同").check()
    expect(page.locator("#f-amount")).to_be_visible()
    page.click(".d-foot .btn-primary")
    expect(page.locator("#e-copies")).to_have_text("请填写“份数”")
    expect(page.locator(".form-errors")).to_be_focused()
    page.fill("#f-copies", "3")
    page.fill("#f-amount", "1,250,000.50")
    page.fill("#f-on", "2026年3月5日")
    page.select_option("#f-seal", "contract")
    page.click(".d-foot .btn-primary")

    expect(page.locator("#detail")).to_contain_text("下一环节：科室审核")
    expect(page.locator("#list .task-link")).to_have_text(["第二件"])
    expect(page.locator("#filters .facet >> nth=0")).to_contain_text("1")


def test_keys_walk_the_list_search_and_go_elsewhere(desk: Desk, site: Site) -> None:
    for n in range(3):
        claimed(site.office, f"第 {n} 件", due_in=n)
    page = desk.sit()

    page.keyboard.press("j")
    expect(page.locator("#detail h2").first).to_have_text("第 0 件")
    page.keyboard.press("j")
    expect(page.locator("#detail h2").first).to_have_text("第 1 件")
    page.keyboard.press("k")
    expect(page.locator("#detail h2").first).to_have_text("第 0 件")
    page.keyboard.press("/")
    page.keyboard.type("第 2")
    expect(page.locator("#list .task-link")).to_have_text(["第 2 件"])
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases")


def test_filters_stand_in_the_address_and_go_back(desk: Desk, site: Site) -> None:
    claimed(site.office, "逾期的", due_in=-1)
    claimed(site.office, "今天的", due_in=0)
    page = desk.sit()

    page.click("#filters >> text=已逾期")
    expect(page.locator("#list .task-link")).to_have_text(["逾期的"])
    page.wait_for_url("**term=overdue")
    expect(page.locator("#filters .facet[aria-current] >> text=已逾期")).to_be_visible()
    page.go_back()

    expect(page.locator("#list .task-link")).to_have_text(["逾期的", "今天的"])


def test_further_rows_come_as_one_scrolls(desk: Desk, site: Site) -> None:
    for n in range(40):
        claimed(site.office, f"第 {n:02} 件", due_in=n)
    page = desk.sit()

    expect(page.locator("#list .task-row")).to_have_count(25)
    page.locator("#list .more").scroll_into_view_if_needed()

    expect(page.locator("#list .task-row")).to_have_count(40)


def test_claiming_several_at_once(desk: Desk, site: Site) -> None:
    for n in range(3):
        site.office.start(f"待认领 {n}")
    page = desk.sit()

    page.click("#filters >> text=可认领")
    page.wait_for_selector("[data-batch]")
    expect(page.locator("[data-batch]")).to_be_disabled()
    page.check("[data-all]")
    page.click("[data-batch]")

    expect(page.locator("#toast")).to_contain_text("所选任务已认领")
    expect(page.locator("#list .task-row")).to_have_count(0)
    expect(page.locator("#filters .facet >> nth=0")).to_contain_text("3")


def test_a_draft_saves_itself_and_is_there_afterwards(desk: Desk, site: Site) -> None:
    task_id = claimed(site.office, "慢慢写")
    page = desk.sit()
    page.goto(f"/tasks/{task_id}")

    page.fill("#f-remark", "下午再写")
    expect(page.locator("#saved")).to_contain_text("已暂存")
    page.goto(f"/tasks/{task_id}")

    expect(page.locator("#f-remark")).to_have_value("下午再写")


def test_words_are_kept_when_another_task_is_opened_at_once(desk: Desk, site: Site) -> None:
    claimed(site.office, "写了一半", due_in=0)
    claimed(site.office, "另一件", due_in=1)
    page = desk.sit()
    page.click("text=写了一半")
    page.fill("#f-remark", "不能丢")

    page.click("text=另一件")
    expect(page.locator("#detail h2").first).to_have_text("另一件")
    page.click("text=写了一半")

    expect(page.locator("#f-remark")).to_have_value("不能丢")


def test_a_double_click_on_submit_acts_once(desk: Desk, site: Site) -> None:
    task_id = claimed(site.office, "只交一次")
    instance_id = site.office.engine.task(task_id, site.office.person("li.na")).task.instance_id
    site.office.engine.save_draft(task_id, FILLED, site.office.person("li.na"))
    page = desk.sit()
    page.goto(f"/tasks/{task_id}")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    page.dblclick(".d-foot .btn-primary")
    expect(page.locator("#detail")).to_contain_text("已提交")

    assert len(posts) == 1
    history = site.office.engine.case(instance_id, site.office.person("li.na")).history
    assert sum(row.kind == "completed_task" for row in history) == 1


def test_the_diagram_fills_the_screen_and_comes_back(desk: Desk, site: Site) -> None:
    page = desk.sit()
    page.goto(f"/cases/{site.office.start()}")
    page.wait_for_selector("bpmn-view[data-ready]")

    page.click("[data-act=zoom]")
    box = page.locator(".diagram.is-full").bounding_box()
    page.keyboard.press("Escape")

    assert box is not None
    assert (box["width"], box["height"]) == (1366, 768)
    expect(page.locator(".diagram.is-full")).to_have_count(0)
    expect(page.locator(".bjs-powered-by")).to_be_visible()


def test_on_a_phone_list_and_task_take_turns(desk: Desk, site: Site) -> None:
    claimed(site.office, "手机上办", due_in=0)
    page = desk.sit(size=PHONE)

    expect(page.locator("#detail")).to_be_hidden()
    page.click("text=手机上办")
    expect(page.locator("#task-form")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    page.click("[data-act=close]")

    expect(page.locator("#list .task-link")).to_be_visible()


def test_on_a_phone_the_filters_unfold(desk: Desk, site: Site) -> None:
    claimed(site.office, "一件", due_in=0)
    page = desk.sit(size=PHONE)

    page.click("[data-act=filters]")
    page.click("#filters >> text=已逾期")

    expect(page.locator("#list")).to_contain_text("没有符合条件的任务")


def test_everything_can_be_done_without_scripts(desk: Desk, site: Site) -> None:
    site.office.start("不用脚本")
    page = desk.sit(scripts=False, expected=("422",))

    page.click("text=可认领")
    page.click("text=不用脚本")
    page.click(".d-foot .btn-primary")
    page.check("input[name=kind][value=contract]", force=True)
    page.fill("#f-copies", "3")
    page.fill("#f-on", "2026-03-05")
    page.select_option("#f-seal", "contract")
    page.click(".d-foot .btn-primary")
    expect(page.locator("#e-amount")).to_contain_text("合同金额")
    page.fill("#f-amount", "100")
    page.click(".d-foot .btn-primary")

    expect(page.locator("#detail")).to_contain_text("下一环节：科室审核")


def test_a_server_that_does_not_answer_is_said_so(desk: Desk, site: Site) -> None:
    claimed(site.office, "断线")
    page = desk.sit(expected=("ERR_", "Failed", "TypeError", "fetch"))
    page.route("**/tasks/*", lambda route: route.abort())

    page.click("text=断线")

    expect(page.locator("#toast")).to_contain_text("网络不通")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_going_back_to_a_refused_form_shows_it_with_what_was_typed(desk: Desk, site: Site, scripts: bool) -> None:
    page = desk.sit(scripts=scripts, expected=("422",))
    page.goto("/start/seal_request")
    page.fill("#f-purpose", "字" * 61)
    page.click(".form-foot .btn-primary")
    expect(page.locator("#e-purpose")).to_contain_text("最多 60 个字")
    page.goto("/tasks")

    page.go_back()

    expect(page.locator("#f-purpose")).to_have_value("字" * 61)
    expect(page.locator("#e-purpose")).to_contain_text("最多 60 个字")


def test_what_was_said_is_gone_with_the_next_act(desk: Desk, site: Site) -> None:
    site.office.start("先认领")
    page = desk.sit(expected=("422",))
    page.click("#filters >> text=可认领")
    page.click("text=先认领")
    page.click(".d-foot >> text=认领")
    expect(page.locator("#toast")).to_contain_text("撤销")

    page.click(".d-foot .btn-primary >> text=提交")
    expect(page.locator(".form-errors")).to_be_visible()

    expect(page.locator("#toast > *")).to_have_count(0)


def test_what_was_said_does_not_go_along_to_another_list(desk: Desk, site: Site) -> None:
    site.office.start("先认领")
    page = desk.sit()
    page.click("#filters >> text=可认领")
    page.click("text=先认领")
    page.click(".d-foot >> text=认领")
    expect(page.locator("#toast")).to_contain_text("撤销")

    page.click("#filters >> text=可认领")

    expect(page.locator("#toast > *")).to_have_count(0)


def test_the_overview_follows_the_scope_that_is_clicked(desk: Desk, site: Site) -> None:
    site.office.start("可认领的", due_in=-1)
    page = desk.sit()
    expect(page.locator("#overview .is-none >> nth=0")).to_contain_text("0")

    page.click("#filters >> text=可认领")

    expect(page.locator("#overview .is-overdue b")).to_have_text("1")
    page.click("#list .task-link")
    expect(page.locator("#overview")).to_have_count(0)
    page.click("#filters >> text=我的待办")
    expect(page.locator("#list h2")).to_contain_text("我的待办")
    expect(page.locator("#detail h2").first).to_have_text("可认领的")


def test_what_is_typed_after_the_session_has_ended_is_submitted_once_one_has_signed_in_again(desk: Desk, site: Site) -> None:
    task_id = claimed(site.office, "午饭之后")
    page = desk.sit(expected=("403", "422"))
    page.goto(f"/tasks/{task_id}")
    page.fill("#f-remark", "午饭后接着写")
    site.office.clock.advance(timedelta(hours=3))

    page.click(".d-foot .btn-primary")
    page.fill("#f-login", "li.na")
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.click("text=继续提交")

    expect(page.locator("#f-remark")).to_have_value("午饭后接着写")
    expect(page.locator(".form-errors")).to_be_visible()


def test_escape_leaves_a_field_and_leaving_a_case_that_has_not_begun_asks_first(desk: Desk) -> None:
    page = desk.sit()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/start/seal_request")
    page.locator("#task-form input[type=text]").first.type("写到一半")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")

    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases")

    assert asked == ["beforeunload"]


def test_two_windows_at_one_task_tell_of_each_other(desk: Desk, site: Site) -> None:
    task = site.office.task_of(site.office.start("年度合同用印", due_in=3))
    site.office.engine.claim(task, site.office.person("li.na"), "claim")
    first, second = desk.sit(expected=("412",)), desk.sit(expected=("412",))
    for page, text in ((first, "甲窗"), (second, "乙窗")):
        page.goto(f"/tasks/{task}")
        page.fill("#f-remark", text)
    first.get_by_role("button", name="暂存").click()
    expect(first.locator("#saved")).to_contain_text("已暂存")
    first.fill("#f-remark", "甲窗改过")
    expect(first.locator("#saved")).to_contain_text("已暂存")

    second.get_by_role("button", name="暂存").click()
    expect(second.locator("#saved")).to_contain_text("请再点一次")
    second.get_by_role("button", name="暂存").click()
    expect(second.locator("#saved")).to_contain_text("已暂存")
