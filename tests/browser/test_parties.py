"""Several people at one task, each at a browser: a clerk at a desk, a colleague on a phone, the head without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Desk, Site
from tests.web.office import FILLED

pytestmark = [pytest.mark.browser]


def test_two_sign_by_share_and_the_holder_goes_on(desk: Desk, site: Site) -> None:
    task = site.office.task_of(site.office.start("年度合同用印", due_in=3))
    site.office.engine.claim(task, site.office.person("li.na"), "claim")
    page = desk.sit()
    page.click("text=年度合同用印")
    page.click(".d-foot .pop-up summary")
    page.locator(".menu a", has_text="会签").click()
    expect(page.locator("#detail h2").first).to_have_text("会签")
    for name in ("王芳", "赵军"):
        page.locator(".person", has_text=name).get_by_role("checkbox").check()
    page.locator(".rules label", has_text="达到比例").get_by_role("radio").check()
    page.select_option("select[name=share]", "share:2/3")
    page.fill("#f-with-text", "请会签")
    page.click(".d-foot .btn-primary")
    expect(page.locator("#detail")).to_contain_text("正在等 王芳、赵军")
    expect(page.locator("#list .task-row").first).to_contain_text("等会办")

    phone = desk.sit("wang.fang", size=PHONE)
    expect(phone.locator("#list .task-row").first).to_contain_text("会签")
    phone.click("text=年度合同用印")
    expect(phone.locator(".answer")).to_contain_text("李娜 请您签署意见")
    phone.fill(".answer textarea", "无意见")
    phone.get_by_role("button", name="同意", exact=True).click()
    expect(phone.locator("#detail .parties")).to_contain_text("无意见")

    plain = desk.sit("zhao.jun", scripts=False)
    plain.click("text=年度合同用印")
    plain.fill(".answer textarea", "同意用印")
    plain.get_by_role("button", name="同意", exact=True).click()
    expect(plain.locator("#detail .parties")).to_contain_text("同意用印")

    page.reload()
    expect(page.locator("#task-form")).to_be_visible()
    expect(page.locator("#detail .parties li")).to_have_count(2)
    expect(page.locator("#detail")).to_contain_text("会签结果：通过")


def test_people_are_found_by_name_and_whoever_is_chosen_stays(desk: Desk, site: Site) -> None:
    from records.offices.organisation import load_organisation
    from tests.web.office import PASSWORD

    more = [{"login": f"p{n}", "name": f"同事{n}", "name_en": f"P{n}", "password": PASSWORD, "posts": [{"role": "clerk", "office": "hs"}]} for n in range(14)]
    with site.office.database.write() as session:
        load_organisation(session, {"offices": [], "people": more})
    task = site.office.task_of(site.office.start("年度合同用印"))
    site.office.engine.claim(task, site.office.person("li.na"), "claim")
    page = desk.sit()
    page.goto(f"/tasks/{task}/with/copy")
    page.locator(".person", has_text="同事3").get_by_role("checkbox").check()
    page.fill("[data-people]", "王芳")
    expect(page.locator(".person:visible")).to_have_count(2)
    page.locator(".person", has_text="王芳").get_by_role("checkbox").check()
    page.click(".d-foot .btn-primary")

    expect(page.locator("#toast")).to_contain_text("已抄送")
    assert [page_of.id for page_of in site.office.engine.parties.copies(site.office.person("wang.fang"))[0]]


def test_a_refusal_is_gone_past_by_a_tick_and_the_verb_leaves_the_address(desk: Desk, site: Site) -> None:
    task = site.office.task_of(site.office.start("年度合同用印", due_in=3))
    site.office.engine.claim(task, site.office.person("li.na"), "claim")
    site.office.engine.save_draft(task, FILLED, site.office.person("li.na"))
    page = desk.sit(expected=("422",))
    page.goto(f"/tasks/{task}/with/sign")
    expect(page.locator(".person input.num").first).to_be_hidden()
    page.locator(".rules label", has_text="依次签").get_by_role("radio").check()
    expect(page.locator(".person input.num").first).to_be_visible()
    for name in ("王芳", "赵军"):
        page.locator(".person", has_text=name).get_by_role("checkbox").check()
    page.click(".d-foot .btn-primary")
    expect(page.locator("#detail .filled")).to_contain_text("用印事由")
    expect(page).to_have_url(re.compile(f"/tasks/{task}$"))

    phone = desk.sit("wang.fang", size=PHONE)
    phone.goto(f"/tasks/{task}")
    expect(phone.locator(".answer")).to_contain_text("2 人依次签，全部同意才算通过")
    expect(phone.locator("#detail .filled")).to_contain_text("年度合同用印")
    phone.fill(".answer textarea", "口径不对")
    phone.get_by_role("button", name="不同意", exact=True).click()
    expect(phone.locator("#detail .round")).to_contain_text("不通过")

    page.reload()
    expect(page.locator(".against")).to_contain_text("王芳不同意")
    page.click(".d-foot .btn-primary")
    expect(page.locator("#detail [role=alert]").first).to_contain_text("请先在上面勾选")
    page.get_by_label("已知悉，仍要提交").check()
    page.click(".d-foot .btn-primary")
    expect(page.locator("#detail h2").first).to_have_text("已提交")
