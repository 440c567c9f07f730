"""The list: who sees what, filters with their numbers, claiming alone and together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from records.offices.model import PostHolding
from records.offices.organisation import load_organisation
from tests.web.browsing import Page, Person
from tests.web.office import FILLED, PASSWORD, Office


def titles(page: Page) -> list[str]:
    return [link.text_content() for link in page.tree.xpath("//a[contains(@class,'task-link')]")]


def facets(page: Page) -> dict[str, str]:
    return {
        a.xpath("./span")[0].text_content(): a.xpath("./b")[0].text_content()
        for a in page.tree.xpath("//a[contains(@class,'facet')]")
    }


def claimed(office: Office, title: str, login: str = "li.na", due_in: int | None = None) -> str:
    task_id = office.task_of(office.start(title, due_in=due_in))
    office.engine.claim(task_id, office.person(login), f"claim:{title}")
    return task_id


def test_the_clerk_sees_own_tasks_by_remaining_term(office: Office, clerk: Person) -> None:
    claimed(office, "时限充裕", due_in=30)
    claimed(office, "没有期限")
    claimed(office, "已经逾期", due_in=-2)

    page = clerk.open("/tasks")

    assert titles(page) == ["已经逾期", "时限充裕", "没有期限"]
    assert "逾期 2 天" in page.text
    assert "剩 22 个工作日" in page.text
    assert "无期限" in page.text


def test_a_colleague_sees_it_under_the_office_but_not_as_own(office: Office, colleague: Person) -> None:
    claimed(office, "李娜手上的")

    assert titles(colleague.open("/tasks")) == []
    assert titles(colleague.open("/tasks?scope=office")) == ["李娜手上的"]


def test_an_outsider_sees_nothing_of_it(office: Office, outsider: Person) -> None:
    claimed(office, "别的局的")
    office.start("别的局可认领的")

    for scope in ("mine", "claimable", "office"):
        assert titles(outsider.open(f"/tasks?scope={scope}")) == []


def test_filters_show_how_many_there_are(office: Office, clerk: Person) -> None:
    claimed(office, "一", due_in=-1)
    claimed(office, "二", due_in=0)
    claimed(office, "三", due_in=2)
    office.start("四")

    found = facets(clerk.open("/tasks"))

    assert (found["我的待办"], found["可认领"], found["本局全部"]) == ("3", "1", "4")
    assert (found["已逾期"], found["今日到期"], found["三个工作日内"], found["时限充裕"]) == ("1", "1", "1", "0")


def test_a_filter_narrows_the_list_and_can_be_taken_back(office: Office, clerk: Person) -> None:
    claimed(office, "逾期的", due_in=-1)
    claimed(office, "今天的", due_in=0)

    page = clerk.open("/tasks?term=overdue")

    assert titles(page) == ["逾期的"]
    back = page.tree.xpath("//div[@class='chosen']/a/@href")[0]
    assert titles(clerk.open(back)) == ["逾期的", "今天的"]


def test_search_finds_part_of_a_title(office: Office, clerk: Person) -> None:
    claimed(office, "宁波远航供应链 合同")
    claimed(office, "甬江港务 函")

    assert titles(clerk.open("/tasks?q=远航")) == ["宁波远航供应链 合同"]
    assert "没有符合条件的任务" in clerk.open("/tasks?q=没有这个").text


def test_an_address_that_was_tampered_with_shows_the_plain_list(office: Office, clerk: Person) -> None:
    claimed(office, "一件")

    page = clerk.open("/tasks?scope=everything&term=never&after=1%27%20OR%201")

    assert page.status == 200
    assert titles(page) == ["一件"]


def test_long_lists_come_page_by_page_without_gap_or_repeat(office: Office, clerk: Person) -> None:
    for n in range(30):
        claimed(office, f"第 {n:02} 件", due_in=n)

    first = clerk.open("/tasks")
    second = clerk.open(first.tree.xpath("//a[contains(@class,'more')]/@href")[0])

    assert titles(first) + titles(second) == [f"第 {n:02} 件" for n in range(30)]


def test_claiming_makes_a_task_ones_own(office: Office, clerk: Person) -> None:
    task_id = office.task_of(office.start("待认领的"))

    page = clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}/claim")

    assert "已认领" in page.text
    assert titles(clerk.open("/tasks")) == ["待认领的"]


def test_whoever_is_second_is_told_so(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = office.task_of(office.start())
    waiting = colleague.open(f"/tasks/{task_id}")
    clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}/claim")

    page = waiting.submit(f"/tasks/{task_id}/claim")

    assert page.status == 409
    assert "已由他人认领" in page.text


def test_a_released_task_can_be_claimed_by_a_colleague(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = claimed(office, "退领的")
    clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}/release")

    colleague.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}/claim")

    assert titles(colleague.open("/tasks")) == ["退领的"]


def test_several_tasks_are_claimed_at_once(office: Office, clerk: Person) -> None:
    ids = [office.task_of(office.start(f"第 {n} 件")) for n in range(3)]

    page = clerk.open("/tasks?scope=claimable").submit("/tasks/claim", task=ids[:2])

    assert "所选任务已认领" in page.text
    assert len(titles(clerk.open("/tasks"))) == 2


def test_claiming_together_leaves_out_what_a_colleague_took_meanwhile(office: Office, clerk: Person, colleague: Person) -> None:
    ids = [office.task_of(office.start(f"第 {n} 件")) for n in range(2)]
    page = clerk.open("/tasks?scope=claimable")
    colleague.open(f"/tasks/{ids[0]}").submit(f"/tasks/{ids[0]}/claim")

    assert "已认领 1 项；1 项已由他人认领或已办结" in page.submit("/tasks/claim", task=ids).text
    assert titles(clerk.open("/tasks")) == ["第 1 件"]


def test_claiming_together_goes_on_past_what_is_barred_and_says_why(office: Office, outsider: Person) -> None:
    """Chen Wei is clerk and head at Yinzhou: what he filled in himself he does not review."""
    me, reviews = office.person("chen.wei"), list[str]()
    with office.database.write() as session:
        posts = [{"role": "clerk", "office": "yz"}]
        load_organisation(session, {"people": [{"login": "lin.na", "name": "林娜", "password": PASSWORD, "posts": posts}]})
    for number, who in enumerate(("chen.wei", "lin.na", "lin.na")):
        case = office.start(f"第 {number} 件", login=who)
        office.engine.complete(office.task_of(case, who), FILLED, office.person(who), f"fill:{number}")
        reviews.append(office.task_of(case, who))
    theirs = office.task_of(office.start("别的局的"))
    page = outsider.open("/tasks?scope=claimable").submit("/tasks/claim", task=[reviews[0], theirs, "nothing", *reviews[1:]])

    assert page.status == 200
    assert "已认领 2 项；1 项您经办过前面的环节，应由同岗位的其他人员办理；2 项您没有办理的岗位" in page.text
    assert [office.engine.task(id_, me).task.assignee_name for id_ in reviews] == ["", "陈伟", "陈伟"]


def test_a_cookie_that_was_tampered_with_says_nothing_strange(office: Office, clerk: Person) -> None:
    clerk.client.set_cookie("jinshui_said", "batch_partly." + "9" * 3900 + "-<b>")

    assert "已认领 0 项" in clerk.open("/tasks").text


def test_an_outsider_can_neither_see_nor_claim_a_task(office: Office, outsider: Person) -> None:
    task_id = office.task_of(office.start())
    form = outsider.open("/profile").fields("/sign-out")
    form["key"] = "a" * 32

    assert outsider.open(f"/tasks/{task_id}").status == 404
    assert outsider.post(f"/tasks/{task_id}/claim", form).status == 404
    assert (
        office.engine.case(office.engine.task(task_id, office.person("li.na")).task.instance_id, office.person("li.na"))
        .history[-1]
        .kind
        == "refused"
    )


def test_htmx_gets_the_pane_alone(office: Office, clerk: Person) -> None:
    task_id = claimed(office, "只要右边")

    pane = clerk.open(f"/tasks/{task_id}", **{"HX-Request": "true", "HX-Target": "section#detail"})
    rest = clerk.open("/tasks", **{"HX-Request": "true", "HX-Target": "section#list"})

    assert pane.tree.xpath("//header[contains(@class,'d-head')]")
    assert not pane.tree.xpath("//header[contains(@class,'top')]")
    assert rest.tree.xpath("//*[@id='filters']")
    assert "HX-Target" in pane.response.headers["Vary"]


def test_what_was_claimed_can_be_given_back_where_it_is_said(office: Office, clerk: Person) -> None:
    task_id = office.task_of(office.start("拿错了"))
    claimed = clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}/claim")
    (undo,) = claimed.tree.xpath("//*[@id='toast']//form")

    assert undo.action == f"/tasks/{task_id}/release"
    released = clerk.post(undo.action, dict(undo.form_values()))
    assert office.engine.task(task_id, office.person("li.na")).task.assignee_id is None
    (again,) = released.tree.xpath("//*[@id='toast']//form")
    assert again.action == f"/tasks/{task_id}/claim"


def test_an_empty_list_says_what_could_be_claimed(office: Office, clerk: Person) -> None:
    assert "认领的任务会出现在这里" in clerk.open("/tasks").text

    office.start("有得认领")

    assert "查看可认领的 1 项" in clerk.open("/tasks").text


def test_returned_work_is_back_on_the_own_list_and_marked(office: Office, clerk: Person, colleague: Person) -> None:
    case = office.start("退回的案件")
    assert "退回" not in clerk.open("/tasks?scope=claimable").tree.xpath("string(//td[contains(@class,'c-step')])")
    office.engine.complete(office.task_of(case), FILLED, office.person("li.na"), "fill")
    office.engine.complete(office.task_of(case), {"decision": "return", "opinion": "补一份"}, office.person("zhao.jun"), "judge")
    task_id = office.task_of(case)

    page = clerk.open("/tasks")

    assert titles(page) == ["退回的案件"]
    assert page.tree.xpath("//td[contains(@class,'c-step')]/span[contains(@class,'tag')]/text()") == ["退回"]
    assert clerk.open(f"/tasks/{task_id}").tree.xpath("//header[@class='d-head']//span[contains(@class,'tag')]/text()") == ["退回"]
    assert titles(colleague.open("/tasks?scope=claimable")) == []


def test_both_words_of_a_search_must_occur_and_the_numbers_follow(office: Office, clerk: Person) -> None:
    for title in ("石湖甲贸易公司", "石湖乙物流公司", "横泾丙贸易公司"):
        office.start(title)

    page = clerk.open("/tasks?scope=claimable&q=贸易 石湖")

    assert page.tree.xpath("//a[@class='task-link']/text()") == ["石湖甲贸易公司"]
    assert page.tree.xpath("//aside//ul[@class='scopes']//b/text()") == ["0", "1", "1", "0"]  # the last are the copies


def test_the_search_field_promises_what_is_searched(clerk: Person) -> None:
    assert clerk.open("/tasks").tree.xpath("//input[@data-search]/@placeholder") == ["案号、案名"]
    assert "案号或案名" in clerk.open("/cases").text


def test_states_are_counted_and_narrow_the_list(office: Office, clerk: Person) -> None:
    office.start("待领的")
    claimed(office, "手上的")
    draft = claimed(office, "写了一半的")
    office.engine.save_draft(draft, {"purpose": "写了一半的"}, office.person("li.na"))
    back = office.start("退回的案件")
    office.engine.complete(office.task_of(back), FILLED, office.person("li.na"), "fill")
    office.engine.complete(office.task_of(back), {"decision": "return", "opinion": "补一份"}, office.person("zhao.jun"), "judge")

    page = clerk.open("/tasks?scope=office")
    shown = {state: titles(clerk.open(f"/tasks?scope=office&state={state}")) for state in ("unclaimed", "claimed", "draft", "returned")}

    assert [facets(page)[name] for name in ("待认领", "办理中", "有草稿", "退回的")] == ["1", "3", "1", "1"]
    assert (shown["unclaimed"], shown["draft"], shown["returned"]) == (["待领的"], ["写了一半的"], ["退回的案件"])
    assert sorted(shown["claimed"]) == sorted(["手上的", "写了一半的", "退回的案件"])
    assert facets(clerk.open("/tasks"))["有草稿"] == "1"
    assert titles(clerk.open("/tasks?state=draft&q=一半")) == ["写了一半的"]
    assert facets(clerk.open("/tasks?scope=office&q=案件"))["退回的"] == "1"
    assert titles(clerk.open("/tasks?scope=office&state=nonsense")) == titles(page)


def test_a_chosen_state_can_be_taken_back_and_stays_with_the_search(office: Office, clerk: Person) -> None:
    claimed(office, "手上的")
    page = clerk.open("/tasks?scope=office&state=unclaimed")

    assert "没有符合条件的任务" in page.text
    assert [a.text_content() for a in page.tree.xpath("//div[@class='chosen']/a")] == ["待认领"]
    assert page.form("/tasks").fields["state"] == "unclaimed"
    assert titles(clerk.open(page.tree.xpath("//div[@class='chosen']/a/@href")[0])) == ["手上的"]


def test_a_draft_is_marked_in_the_list(office: Office, clerk: Person) -> None:
    office.engine.save_draft(claimed(office, "写了一半的"), {"purpose": "写"}, office.person("li.na"))
    claimed(office, "还没写的")

    marked = clerk.open("/tasks").tree.xpath("//tr[.//span[contains(@class,'tag')]='草稿']//a[@class='task-link']/text()")

    assert marked == ["写了一半的"]


def test_tasks_without_a_term_are_found(office: Office, clerk: Person) -> None:
    claimed(office, "没有期限")
    claimed(office, "今天到期", due_in=0)

    assert facets(clerk.open("/tasks"))["无期限"] == "1"
    assert titles(clerk.open("/tasks?term=none")) == ["没有期限"]
    assert "无期限" not in clerk.open("/tasks").tree.xpath("string(//*[@id='overview'])")


def lose_post(office: Office, login: str) -> None:
    with office.database.write() as session:
        yesterday = office.clock.today() - timedelta(days=1)
        session.execute(update(PostHolding).where(PostHolding.person_id == office.person(login).person_id).values(valid_to=yesterday))


def test_whoever_lost_the_post_is_told_so_and_offered_no_form(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = claimed(office, "岗位已变动")
    open_form = clerk.open(f"/tasks/{task_id}")
    fields = open_form.fields(f"/tasks/{task_id}", **FILLED)
    lose_post(office, "li.na")

    page = clerk.open(f"/tasks/{task_id}")
    refused = clerk.post(f"/tasks/{task_id}", fields)

    for told in (page, refused):
        assert "您已没有办理这一环节的岗位" in told.text
        assert not told.tree.xpath("//form[@id='task-form']")
    assert (page.status, refused.status) == (200, 403)
    released = page.submit(f"/tasks/{task_id}/release")
    assert (released.status, released.address) == (200, "/tasks")
    assert "已退领" in released.text
    assert titles(colleague.open("/tasks?scope=claimable")) == ["岗位已变动"]
