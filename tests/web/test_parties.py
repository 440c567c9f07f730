"""Several people at one task, in the browser without JavaScript: the clerk in charge, a colleague, and people of other offices."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from werkzeug.datastructures import MultiDict

from db.ids import new_id
from engine.link import Link
from records.offices.model import Person as Staff
from tests.web.browsing import Page, Person
from tests.web.office import FILLED, Office
from tests.web.test_tasks import own_task, reviewed_by


def verbs(page: Page) -> list[str]:
    return [a.text_content().strip() for a in page.tree.xpath("//a[contains(@href,'/with/')]")]


def id_of(office: Office, login: str) -> str:
    return office.person(login).person_id


def put(person: Person, task: str, verb: str, *people: str, **given: str) -> Page:
    return person.open(f"/tasks/{task}/with/{verb}").submit(f"/tasks/{task}/with/{verb}", person=list(people), **given)


def answer_address(page: Page) -> str:
    return str(page.tree.xpath("//form[contains(@action,'/answer')]/@action")[0])


def test_the_holder_has_a_menu_of_what_is_possible_and_nobody_else_has(
    office: Office, clerk: Person, colleague: Person, outsider: Person, visitor: Person
) -> None:
    task = own_task(office)

    assert verbs(clerk.open(f"/tasks/{task}")) == ["转办", "委派", "前加签", "会签", "后加签", "沟通", "抄送"]
    assert verbs(colleague.open(f"/tasks/{task}")) == []
    assert colleague.open(f"/tasks/{task}/with/ask").status == 409
    assert outsider.open(f"/tasks/{task}/with/ask").status == 404
    assert visitor.client.get(f"/tasks/{task}/with/ask").status_code == 303
    assert clerk.open(f"/tasks/{task}/with/steal").status == 404
    assert clerk.open("/tasks/0/with/ask").status == 404


def test_people_stand_under_their_offices_with_their_posts(office: Office, clerk: Person) -> None:
    task = own_task(office)
    page = clerk.open(f"/tasks/{task}/with/sign")

    offered = {h4.text_content(): [" ".join(p.text_content().split()) for p in h4.xpath("..//label")] for h4 in page.tree.xpath("//h4")}
    assert offered == {"海曙区税务局": ["王芳 clerk", "赵军 head"], "鄞州区税务局": ["陈伟 clerk、head"]}
    assert [p.text_content().split()[0] for p in clerk.open(f"/tasks/{task}/with/transfer").tree.xpath("//div[@class='person']")] == ["王芳"]


def test_a_task_is_transferred_with_a_reason(office: Office, clerk: Person, colleague: Person) -> None:
    task = own_task(office)
    refused = put(clerk, task, "transfer", id_of(office, "wang.fang"))
    assert refused.status == 422
    assert "请写明转办的理由" in refused.text

    page = put(clerk, task, "transfer", id_of(office, "wang.fang"), text="出差")

    assert "已转办" in page.text
    assert "由 王芳 办理中" in page.text
    assert "转办给 王芳" in page.text
    assert "出差" in page.text
    assert verbs(colleague.open(f"/tasks/{task}")) != []


def test_a_delegate_fills_in_the_form_and_gives_it_back(office: Office, clerk: Person, colleague: Person) -> None:
    task = own_task(office)
    waiting = put(clerk, task, "delegate", id_of(office, "wang.fang"), text="我在外面")
    assert "正在等 王芳" in waiting.text
    assert not waiting.tree.xpath(f"//form[@action='/tasks/{task}' and @id='task-form']")
    assert "代办" in colleague.open("/tasks").text

    page = colleague.open(f"/tasks/{task}")
    assert "李娜 请您代办" in page.text
    assert "我在外面" in page.text
    kept = page.submit(answer_address(page), copies="7", **{"seat-save": "1"})
    assert "已暂存" in kept.text
    page = colleague.open(f"/tasks/{task}")
    assert page.form(answer_address(page)).fields["copies"] == "7"
    back = page.submit(answer_address(page), **FILLED, **{"seat-opinion": "填好了"})
    assert "已办好交回，由委派人提交" in back.text
    assert page.submit(answer_address(page), copies="9", **{"seat-save": "1"}).status == 422

    mine = clerk.open(f"/tasks/{task}")
    assert mine.form(f"/tasks/{task}").fields["copies"] == "3"
    assert "填好了" in mine.text
    assert mine.submit(f"/tasks/{task}", **FILLED).status == 200


def test_signers_agree_or_refuse_with_an_opinion(office: Office, clerk: Person, colleague: Person, outsider: Person) -> None:
    task = own_task(office)
    put(clerk, task, "sign", id_of(office, "wang.fang"), id_of(office, "chen.wei"), rule="share", share="share:50%", text="请会签")
    page = outsider.open(f"/tasks/{task}")
    assert page.status == 200
    assert "李娜 请您签署意见" in page.text

    refused = page.submit(answer_address(page), **{"seat-result": "refuse", "seat-opinion": ""})
    assert refused.status == 422
    assert "请写明意见" in refused.text
    assert "不同意" in page.submit(answer_address(page), **{"seat-result": "refuse", "seat-opinion": "口径不对"}).text
    page = colleague.open(f"/tasks/{task}")
    page.submit(answer_address(page), **{"seat-result": "agree"})

    shown = clerk.open(f"/tasks/{task}").text
    assert "口径不对" in shown
    assert "会签结果：通过，同意 1 人、不同意 1 人" in shown
    assert clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", **FILLED).status == 200


def test_the_order_is_the_one_that_was_numbered(office: Office, clerk: Person, colleague: Person, head: Person) -> None:
    task = own_task(office)
    first, second = id_of(office, "zhao.jun"), id_of(office, "wang.fang")
    put(clerk, task, "before", first, second, rule="sequence", **{f"number-{first}": "1", f"number-{second}": "2"})

    assert "请您签署意见" in head.open(f"/tasks/{task}").text
    assert "请您签署意见" not in colleague.open(f"/tasks/{task}").text


def test_who_signs_after_it_is_waited_for_and_may_send_it_back(office: Office, clerk: Person, head: Person) -> None:
    task = own_task(office)
    put(clerk, task, "after", id_of(office, "zhao.jun"))
    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", **FILLED)
    assert "您已提交，内容已保存；等 赵军 签署" in page.text

    signing = head.open(f"/tasks/{task}")
    signing.submit(answer_address(signing), **{"seat-result": "refuse", "seat-opinion": "日期不对"})
    page = clerk.open(f"/tasks/{task}")
    assert "日期不对" in page.text
    assert page.form(f"/tasks/{task}").fields["copies"] == "3"


def test_what_nobody_has_answered_is_taken_back(office: Office, clerk: Person, colleague: Person) -> None:
    task = own_task(office)
    page = put(clerk, task, "ask", id_of(office, "wang.fang"), text="有没有存档", waits="1")
    assert "正在等 王芳" in page.text
    remove = str(page.tree.xpath("//form[contains(@action,'/remove')]/@action")[0])
    stale = colleague.open(f"/tasks/{task}")

    assert "已收回" in page.submit(remove).text
    late = stale.submit(answer_address(stale), **{"seat-opinion": "有"})
    assert late.status == 422
    assert "已不需要您办理" in late.text


def test_a_question_to_another_office_shows_the_case_and_nothing_more(office: Office, clerk: Person, outsider: Person) -> None:
    task = own_task(office)
    case = office.engine.task(task, office.person("li.na")).task.instance_id
    assert outsider.open(f"/cases/{case}").status == 404
    put(clerk, task, "ask", id_of(office, "chen.wei"), text="有没有存档")

    page = outsider.open(f"/cases/{case}")
    assert page.status == 200
    assert "有没有存档" in page.text
    assert not page.tree.xpath("//form[contains(@action,'/comments') or contains(@action,'/attachments')]")
    assert verbs(outsider.open(f"/tasks/{task}")) == []


def test_a_copy_is_read_once_and_listed_unread_first(office: Office, clerk: Person, outsider: Person, colleague: Person, visitor: Person) -> None:
    task = own_task(office)
    put(clerk, task, "copy", id_of(office, "chen.wei"), text="请知悉")
    page = outsider.open("/copies")
    assert "年度合同用印" in page.text
    assert "请知悉" in page.text
    read = str(page.tree.xpath("//form[contains(@action,'/read')]/@action")[0])
    assert colleague.post(read, outsider.open("/copies").fields(read)).status in {403, 404}
    done = page.submit(read)

    assert "已留下已阅回执" in done.text
    assert not done.tree.xpath("//form[contains(@action,'/copies/')]")
    assert "已阅" in clerk.open(f"/cases/{office.engine.task(task, office.person('li.na')).task.instance_id}").text
    assert colleague.open("/copies").text.count("没有抄送给您的案件") == 1
    assert visitor.client.get("/copies").status_code == 303


def test_whoever_prepared_is_not_offered_to_sign(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")

    for verb in ("before", "delegate"):
        assert "李娜" not in " ".join(p.text_content() for p in head.open(f"/tasks/{review}/with/{verb}").tree.xpath("//div[@class='person']"))
    refused = put(head, review, "before", id_of(office, "li.na"))
    assert refused.status == 422
    assert "李娜 经办过“填写用印单”" in refused.text


def test_whoever_left_is_shown_and_taken_off(office: Office, clerk: Person) -> None:
    task = own_task(office)
    put(clerk, task, "sign", id_of(office, "chen.wei"))
    with office.database.write() as session:
        session.execute(update(Staff).where(Staff.login == "chen.wei").values(active=False))

    page = clerk.open(f"/tasks/{task}")
    assert "已离岗" in page.text
    remove = str(page.tree.xpath("//form[contains(@action,'/remove')]/@action")[0])
    assert "正在等" not in page.submit(remove, reason="已离岗").text


def test_many_tasks_are_transferred_at_once(office: Office, clerk: Person, colleague: Person) -> None:
    tasks = [own_task(office, f"第 {n} 件") for n in range(3)]
    fields = clerk.open("/tasks").fields("/tasks/approve", task=tasks)
    page = clerk.post("/tasks/transfer", fields)
    assert page.status == 200
    assert "第 2 件" in page.text
    assert page.submit("/tasks/transfer").status == 422

    done = page.submit("/tasks/transfer", person=id_of(office, "wang.fang"), text="休假")
    assert "所选任务已全部转办" in done.text
    assert [a.text_content() for a in colleague.open("/tasks").tree.xpath("//a[contains(@class,'task-link')]")] == ["第 0 件", "第 1 件", "第 2 件"]


def test_many_tasks_are_approved_at_once_where_the_form_allows_it(office: Office, clerk: Person) -> None:
    office.stamp.broken = False
    by_hand = own_task(office, "须填写")
    keeping = []
    for n in range(2):
        review = reviewed_by(office, "zhao.jun", f"可归档 {n}")
        case = office.engine.task(review, office.person("zhao.jun")).task.instance_id
        office.engine.complete(review, {"decision": "approve", "opinion": "同意"}, office.person("zhao.jun"), f"approve:{n}")
        keeping.append(office.task_of(case))
        office.engine.claim(keeping[-1], office.person("li.na"), f"keep:{n}")
    done = clerk.open("/tasks").submit("/tasks/approve", task=[*keeping, by_hand])

    assert "已办结 2 项；1 项须逐件填写，或还在等其他人办理" in done.text
    assert [a.text_content() for a in done.tree.xpath("//a[contains(@class,'task-link')]")] == ["须填写"]




@pytest.mark.parametrize("address", ["/tasks/claim", "/tasks/approve", "/tasks/transfer"])
def test_of_many_one_that_is_hidden_is_told_like_one_that_never_was_and_stands_in_the_trail(office: Office, outsider: Person, address: str) -> None:
    hidden, over, never = own_task(office, "在办"), own_task(office, "办过"), new_id()
    office.engine.complete(over, FILLED, office.person("li.na"), "done")
    form = outsider.open("/profile").fields("/sign-out", person=id_of(office, "wang.fang"), text="休假", key=new_id())
    said = {task: outsider.post(address, MultiDict([*form.items(), ("task", task)])).text for task in (hidden, over, never)}

    assert len(set(said.values())) == 1
    assert "1 项" in said[never]
    with office.database.read() as session:
        refused = Link(session).all("SELECT task_id FROM trail_entry WHERE event = 'access:address:refused' ORDER BY sequence")
    assert refused == [(hidden,), (over,), (never,)]


HALF_FILLED = {"purpose": "中标通知书", "kind": "contract", "copies": "三份", "amount": "12000", "on": "2026-03-05", "seal": "contract"}


def read_only(page: Page) -> dict[str, str]:
    """What the form holds where it is shown and cannot be changed."""
    fields = page.tree.xpath("//section[contains(@class,'filled')]//div[span[@class='label']]")
    return {" ".join(f[0].text_content().split()): " ".join(f[1].text_content().split()) for f in fields}


def test_whoever_is_asked_reads_what_is_filled_in_and_so_does_its_holder_who_waits(
    office: Office, clerk: Person, colleague: Person, outsider: Person
) -> None:
    task = own_task(office)
    clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", to=f"/tasks/{task}/draft", **HALF_FILLED)
    assert read_only(clerk.open(f"/tasks/{task}")) == {}
    put(clerk, task, "before", id_of(office, "chen.wei"))

    shown = read_only(outsider.open(f"/tasks/{task}"))
    assert shown["用印事由"] == "中标通知书"
    assert (shown["文件种类"], shown["份数"], shown["合同金额"], shown["用印日期"]) == ("合同", "三份 份", "12,000 元", "2026-03-05")
    assert read_only(clerk.open(f"/tasks/{task}")) == shown
    assert read_only(colleague.open(f"/tasks/{task}")) == {}
    assert "中标通知书" in outsider.open(f"/tasks/{task}/sheet").text


def test_whoever_is_asked_before_anything_was_filled_in_is_told_so(office: Office, clerk: Person, outsider: Person) -> None:
    task = own_task(office)
    put(clerk, task, "sign", id_of(office, "chen.wei"))

    page = outsider.open(f"/tasks/{task}")
    assert "承办人还没有填写" in page.text
    assert read_only(page) == {}


def refuse(office: Office, person: Person, task: str, opinion: str) -> Page:
    page = person.open(f"/tasks/{task}")
    return page.submit(answer_address(page), **{"seat-result": "refuse", "seat-opinion": opinion})


def test_two_of_three_are_two_thirds_and_everybody_reads_so(office: Office, clerk: Person, colleague: Person, outsider: Person) -> None:
    task = own_task(office)
    people = [id_of(office, login) for login in ("wang.fang", "zhao.jun", "chen.wei")]
    put(clerk, task, "sign", *people, rule="share", share="share:2/3")

    for person in (clerk, colleague, outsider):
        assert "3 人中 2 人同意即通过" in person.open(f"/tasks/{task}").text
    refuse(office, outsider, task, "口径不对")
    page = clerk.open(f"/tasks/{task}")
    assert "未签完 同意 0 人、不同意 1 人" in page.text
    assert "正在等" in page.text


def test_whoever_chose_nobody_finds_the_rule_as_he_chose_it(office: Office, clerk: Person) -> None:
    task = own_task(office)
    page = put(clerk, task, "sign", rule="share", share="share:3/4")

    assert page.status == 422
    form = page.form(f"/tasks/{task}/with/sign").fields
    assert (form["rule"], form["share"]) == ("share", "share:3/4")


def test_a_refusal_stands_above_the_form_and_is_gone_past_only_knowingly(office: Office, clerk: Person, outsider: Person) -> None:
    task = own_task(office)
    put(clerk, task, "sign", id_of(office, "chen.wei"))
    refuse(office, outsider, task, "口径不对")

    page = clerk.open(f"/tasks/{task}")
    (banner,) = page.tree.xpath("//div[contains(@class,'against')]")
    assert [" ".join(p.text_content().split()) for p in banner.iter("p")] == ["会签未通过", "陈伟不同意", "口径不对"]
    refused = page.submit(f"/tasks/{task}", **FILLED, **{"seat-against": "1"})
    assert refused.status == 422
    assert "请先在上面勾选" in refused.text
    assert refused.form(f"/tasks/{task}").fields["copies"] == "3"
    assert "已提交" in refused.submit(f"/tasks/{task}", **{"seat-against": "1", "seat-despite": "1"}).text


def test_what_signers_refused_is_not_approved_among_many(office: Office, clerk: Person, outsider: Person) -> None:
    office.stamp.broken = False
    review = reviewed_by(office, "zhao.jun")
    case = office.engine.task(review, office.person("zhao.jun")).task.instance_id
    office.engine.complete(review, {"decision": "approve", "opinion": "同意"}, office.person("zhao.jun"), "approve")
    keeping = office.task_of(case)
    office.engine.claim(keeping, office.person("li.na"), "keep")
    put(clerk, keeping, "sign", id_of(office, "chen.wei"))
    refuse(office, outsider, keeping, "不齐")

    assert "1 项须逐件填写" in clerk.open("/tasks").submit("/tasks/approve", task=[keeping]).text
    assert office.engine.task(keeping, office.person("li.na")).task.id == keeping


def test_whoever_is_needed_no_more_reads_so_in_his_notices(office: Office, clerk: Person, colleague: Person, head: Person) -> None:
    task = own_task(office)
    put(clerk, task, "sign", id_of(office, "wang.fang"), id_of(office, "zhao.jun"), rule="any")
    office.tell()
    assert "已不需要您办理" not in colleague.open("/notices").text
    refuse(office, head, task, "口径不对")

    assert "已不需要您办理" in colleague.open("/notices").text


def test_when_a_verb_is_done_the_address_is_that_of_the_task_again(office: Office, clerk: Person) -> None:
    task = own_task(office)
    there = f"http://localhost/tasks/{task}/with/sign"
    done = clerk.open(f"/tasks/{task}", **{"HX-Request": "true", "HX-Target": "div#detail", "HX-Current-URL": there})
    assert done.response.headers["HX-Replace-Url"] == f"/tasks/{task}"
    beside = clerk.open(f"/tasks/{task}", **{"HX-Request": "true", "HX-Target": "div#detail", "HX-Current-URL": f"http://localhost/tasks/{task}"})
    assert "HX-Replace-Url" not in beside.response.headers


def test_where_nobody_can_be_given_it_the_page_says_why(office: Office, clerk: Person, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")
    alone = head.open(f"/tasks/{review}/with/transfer")
    assert "没有可选的人员。 这一岗位没有别的任职人。" in alone.text
    assert not alone.tree.xpath("//textarea[@name='text']")
    task = own_task(office, "第二件")
    put(clerk, task, "sign", id_of(office, "wang.fang"))
    office.engine.parties.answer(_seat(office, task), office.person("wang.fang"), "a" * 32, agreed=True)

    assert "王芳 有这一岗位，但经办过前面的环节或者正在会签" in clerk.open(f"/tasks/{task}/with/transfer").text
    fields = clerk.open("/tasks").fields("/tasks/approve", task=[task])
    assert "王芳 有这一岗位" in clerk.post("/tasks/transfer", fields).text
    fields = clerk.open("/tasks").fields("/tasks/approve", task=[task, own_task(office, "第三件")])
    assert "王芳 有这一岗位" in clerk.post("/tasks/transfer", fields).text


def _seat(office: Office, task: str) -> str:
    return next(seat.id for seat in office.engine.task(task, office.person("li.na")).seats.parties)
