"""One case and everybody around it: delegated, counter-signed by share, returned out of a parallel part, urged, sent straight back, finished."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.people import SYSTEM
from engine.procedures import read_folder
from records.audit.search import TrailQuery, search
from records.offices.organisation import load_organisation
from tests.browser.conftest import PHONE, Desk, Site
from tests.web.office import PASSWORD, Office

pytestmark = [pytest.mark.browser]
TITLE = "宁波甲贸易公司虚开案"
MORE = [
    {"login": login, "name": name, "name_en": login, "password": PASSWORD, "posts": [{"role": role, "office": "hs"}]}
    for login, name, role in (("zhou.min", "周敏", "clerk"), ("wu.lei", "吴磊", "clerk"), ("he.jie", "贺洁", "inspection_director"))
]

TOLD = [
    ("发起案件", "李娜", ""),
    ("认领：拟写案情", "李娜", ""),
    ("委派 王芳 代办：拟写案情", "李娜", "请按稽查报告代拟"),
    ("代办交回：拟写案情", "王芳", "份数请再核"),
    ("办结：拟写案情", "李娜", "案情甲公司虚开发票一百份"),
    ("认领：会同审理", "赵军", ""),
    ("请 吴磊、周敏、王芳 会签（达到 60%）：会同审理", "赵军", "请发表审理意见"),
    ("会签不同意：会同审理", "王芳", "证据还不够"),
    ("会签同意：会同审理", "周敏", "可以定性"),
    ("会签同意：会同审理", "吴磊", "同意定性"),
    ("会签结果：通过，同意 2 人、不同意 1 人", "吴磊", ""),
    ("认领：核对证据", "王芳", ""),
    ("任务撤销：会同审理", "赵军", ""),
    ("任务撤销：核对证据", "赵军", ""),
    ("从“会同审理”退回到“拟写案情”", "赵军", "份数与证据不符"),
    ("办结：拟写案情", "李娜", "案情甲公司虚开发票九十八份"),
    ("改正后直达：会同审理", "李娜", ""),
    ("办结：会同审理", "赵军", "审理意见定性为虚开"),
    ("办结：核对证据", "王芳", ""),
    ("认领：签发决定", "赵军", ""),
    ("办结：签发决定", "赵军", ""),
    ("案件办结", "赵军", ""),
]


def told(page: Page) -> list[tuple[str, str, str]]:
    """The history of the case as its page tells it, from the beginning: what, who, in which words."""
    lines = page.locator("section", has_text="办理记录").locator("ol.timeline > li")
    found = lines.evaluate_all("""all => all.map(line => ['.head b', '.head .sub', '.entered, .said'].map(
        part => (line.querySelector(part)?.textContent ?? '').split(/\\s+/).filter(Boolean).join(' ')))""")
    return [(what, who, words) for what, who, words in reversed(found)]


def begun(office: Office) -> str:
    """A hearing whose term passed two days ago."""
    with office.database.write() as session:
        load_organisation(session, {"people": MORE})
    office.engine.deploy(read_folder(Path(__file__).parent / "hearing"), SYSTEM)
    li = office.person("li.na")
    case = office.engine.start("hearing", office_id=li.office_id, actor=li, key="hearing", variables={}, title=TITLE).instance_id
    with office.database.write() as session:
        office.engine.set_due(session, case, office.clock.today() - timedelta(days=2), "审理期限")
    return case


def open_task(page: Page, step: str) -> None:
    """The task of the case at this step, claimed if nobody has it yet."""
    for scope in ("mine", "claimable"):
        page.goto(f"/tasks?scope={scope}")
        row = page.locator("#list .task-row", has_text=step)
        if row.count():
            break
    row.first.click()
    expect(page.locator("#detail .d-sub")).to_contain_text(step)
    claim = page.locator(".d-foot").get_by_role("button", name="认领", exact=True)
    if claim.count():
        claim.click()
        expect(page.locator(".d-foot")).to_contain_text("退领")


def take_in(page: Page, verb: str, text: str, *names: str) -> None:
    """Others are asked at the task that lies open."""
    page.click(".d-foot .pop-up summary")
    page.locator(".menu a", has_text=verb).click()
    expect(page.locator("#detail h2").first).to_have_text(verb)
    for name in names:
        page.locator(".person", has_text=name).get_by_role("checkbox" if len(names) > 1 else "radio").check()
    page.fill("#f-with-text", text)


def signs(page: Page, button: str, opinion: str) -> None:
    page.goto("/tasks")
    page.click(f"#list >> text={TITLE}")
    page.fill(".answer textarea", opinion)
    page.locator(".answer").get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#detail .parties")).to_contain_text(opinion)


def submit(page: Page, button: str = "提交") -> None:
    page.locator(".d-foot").get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#detail .blank h2")).to_have_text("已提交")


def delegated(desk: Desk, clerk: Page) -> None:
    open_task(clerk, "拟写案情")
    take_in(clerk, "委派", "请按稽查报告代拟", "王芳")
    clerk.click(".d-foot .btn-primary")
    expect(clerk.locator("#detail")).to_contain_text("正在等 王芳")
    deputed = desk.sit("wang.fang", size=PHONE)
    deputed.click(f"#list >> text={TITLE}")
    deputed.fill(".answer [name=facts]", "甲公司虚开发票一百份")
    deputed.fill(".answer [name=seat-opinion]", "份数请再核")
    deputed.click("text=办好交回")
    expect(deputed.locator("#detail .parties")).to_contain_text("已交回")
    clerk.reload()
    expect(clerk.locator("[name=facts]")).to_have_value("甲公司虚开发票一百份")
    submit(clerk)


def countersigned(desk: Desk, head: Page) -> None:
    open_task(head, "会同审理")
    take_in(head, "会签", "请发表审理意见", "王芳", "周敏", "吴磊")
    head.locator(".rules label", has_text="达到比例").get_by_role("radio").check()
    head.select_option("select[name=share]", "share:60%")
    head.click(".d-foot .btn-primary")
    expect(head.locator("#detail")).to_contain_text("正在等 吴磊、周敏、王芳")
    signs(desk.sit("wang.fang"), "不同意", "证据还不够")
    signs(desk.sit("zhou.min", size=PHONE), "同意", "可以定性")
    signs(desk.sit("wu.lei", scripts=False), "同意", "同意定性")
    head.reload()
    expect(head.locator("#detail")).to_contain_text("会签结果：通过")


def returned(desk: Desk, head: Page) -> None:
    """Out of one branch, while the other is being worked at."""
    open_task(desk.sit("wang.fang"), "核对证据")
    head.click("footer >> text=退回")
    head.locator(".passed li", has_text="拟写案情").get_by_text("选择").click()
    expect(head.locator(".fates > div").first).to_contain_text("核对证据")
    expect(head.locator(".fates > div").first).to_contain_text("王芳")
    head.wait_for_selector("bpmn-view[data-ready]")
    assert head.locator(".djs-element.is-current").evaluate_all("all => all.map(one => one.dataset.elementId)") == ["draft"]
    assert set(head.locator(".djs-element.is-failed").evaluate_all("all => all.map(one => one.dataset.elementId)")) == {"discuss", "evidence"}
    head.fill("#f-reason", "份数与证据不符")
    head.click(".why .btn-primary")
    head.wait_for_url("**/cases/*")


def urged(desk: Desk, clerk: Page, case: str) -> None:
    director = desk.sit("he.jie")
    director.goto("/board/cases?term=overdue")
    director.locator("tr", has_text=TITLE).get_by_role("checkbox").check()
    director.fill("#f-urge", "请于明日办结")
    director.click("text=催办所选案件")
    expect(director.locator("#toast")).to_contain_text("已催办 1 件")
    clerk.goto(f"/cases/{case}")
    clerk.locator(".comment-form", has_text="答复").locator("textarea[name=text]").first.fill("今日即可改好")
    clerk.click("text=答复催办")
    director.reload()
    expect(director.locator("tr", has_text=TITLE)).to_contain_text("今日即可改好")


def finished(desk: Desk, clerk: Page, head: Page) -> None:
    """Straight back to who returned it; the other branch is where it was."""
    open_task(clerk, "拟写案情")
    expect(clerk.locator(".notice-warn")).to_contain_text("份数与证据不符")
    clerk.fill("[name=facts]", "甲公司虚开发票九十八份")
    submit(clerk, "直达")
    open_task(head, "会同审理")
    expect(head.locator("#detail .parties li")).to_have_count(3)
    head.fill("[name=view]", "定性为虚开")
    submit(head)
    checker = desk.sit("wang.fang")
    checker.goto("/tasks?scope=mine")
    checker.locator("#list .task-row", has_text="核对证据").click()
    submit(checker)
    open_task(head, "签发决定")
    submit(head)


@pytest.mark.timeout(180)
def test_the_whole_way_and_the_trail_tells_it(desk: Desk, site: Site) -> None:
    case = begun(site.office)
    clerk, head = desk.sit("li.na"), desk.sit("zhao.jun")
    delegated(desk, clerk)
    countersigned(desk, head)
    returned(desk, head)
    urged(desk, clerk, case)
    finished(desk, clerk, head)

    clerk.goto(f"/cases/{case}")
    expect(clerk.locator(".page-head, main").first).to_contain_text("已办结")
    assert told(clerk) == TOLD
    urging = clerk.locator("section", has_text="请于明日办结").locator("li").first
    expect(urging).to_contain_text("贺洁")
    expect(urging).to_contain_text("李娜")
    with site.office.database.read() as session:
        found = [(entry.event, entry.person_name) for entry in search(session, TrailQuery(event="board:", cases=[case]), 10)]
    assert found == [("board:urging:answered", "李娜"), ("board:urging:sent", "贺洁")]
