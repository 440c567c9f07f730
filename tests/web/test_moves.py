"""退回, 直达, 拿回, 撤回, 终止 on their pages: as the clerk in charge, a colleague, an outsider, a visitor; without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deadlines.rules import TermRule
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from tests.factories.bpmn import chain, end, gateway, process, start, user
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import FILLED, Office
from tests.web.test_parties import id_of, put
from tests.web.test_tasks import own_task, reviewed_by

BRANCHED = process(
    start(), gateway("parallel", "split"), user("a", name="甲路核对"), user("a2", name="甲路复核"), user("b", name="乙路核对"), gateway("parallel", "join"), end(),
    chain("begun", "split", "a", "a2", "join", "done"), chain("split", "b", "join"), id_="branched",
)  # fmt: skip


def steps(page: Page) -> list[str]:
    return page.tree.xpath("//ol[@class='passed']/li//b/text()")  # type: ignore[no-any-return]


def chosen(page: Page) -> Page:
    """The page after its first step was chosen."""
    return page.person.open(page.tree.xpath("//ol[@class='passed']//a/@href")[0])


def returned(office: Office, head: Person, reason: str = "份数写错") -> str:
    """A case that the head has returned to its clerk; the id of the task that is open again."""
    review = reviewed_by(office, "zhao.jun")
    page = chosen(head.open(f"/tasks/{review}/return"))
    page.submit(f"/tasks/{review}/return", reason=reason)
    instance_id = office.engine.cases(office.person("li.na"))[0][0].instance_id
    return office.task_of(instance_id)


def test_the_task_offers_to_return_it_once_something_was_passed(office: Office, clerk: Person, head: Person) -> None:
    first = own_task(office, "第一件")
    assert not clerk.open(f"/tasks/{first}").tree.xpath(f"//a[@href='/tasks/{first}/return']")
    review = reviewed_by(office, "zhao.jun")

    assert head.open(f"/tasks/{review}").tree.xpath(f"//a[@href='/tasks/{review}/return']")


def test_it_is_offered_while_others_are_asked_to_sign(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")
    page = put(head, review, "sign", id_of(office, "chen.wei"), rule="all", text="请会签")

    assert "正在等 陈伟" in page.text
    assert page.tree.xpath(f"//a[@href='/tasks/{review}/return']")
    assert steps(head.open(f"/tasks/{review}/return")) == ["填写用印单"]


def test_the_passed_steps_stand_there_with_who_did_them(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")

    page = head.open(f"/tasks/{review}/return")

    assert steps(page) == ["填写用印单"]
    assert "李娜" in page.text
    assert "请先选择一步" in page.text


def test_the_preview_says_what_is_cancelled_and_kept(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")

    page = chosen(head.open(f"/tasks/{review}/return"))

    assert "退回到“填写用印单”" in page.text
    assert page.text.index("将撤销") < page.text.index("科室审核", page.text.index("将撤销")) < page.text.index("保留不动")
    drawn = head.open(page.tree.xpath("//bpmn-view/@src")[0]).response.json
    assert drawn is not None
    assert (drawn["current"], drawn["incidents"]) == (["fill_request"], ["review"])


def test_what_the_preview_keeps_stands_under_its_heading(office: Office, clerk: Person) -> None:
    office.engine.deploy(ProcedureFiles("branched", {"branched.bpmn": BRANCHED.decode()}), SYSTEM)
    li = office.person("li.na")
    case = office.engine.start("branched", office_id=li.office_id, actor=li, key="branched", variables={}, title="两路").instance_id
    for element in ("a", "a2"):
        (task,) = (task.id for task in office.engine.case(case, li).open_tasks if task.element == element)
        office.engine.claim(task, li, f"claim {element}")
        if element == "a":
            office.engine.complete(task, {}, li, "a is done")

    page = chosen(clerk.open(f"/tasks/{task}/return"))

    fates = {heading: page.tree.xpath(f"//div[h3='{heading}']//span[@class='name']/text()") for heading in ("将撤销", "保留不动", "须重新办理")}
    assert fates == {"将撤销": ["甲路复核"], "保留不动": ["乙路核对"], "须重新办理": ["甲路核对"]}


THREE = process(start(), user("a", name="甲"), user("b", name="乙"), user("c", name="丙"), end(), chain("begun", "a", "b", "c", "done"), id_="three")


def test_what_was_done_before_and_stays_so_is_kept_and_whoever_holds_what_is_withdrawn_is_named_in_english(office: Office, clerk: Person) -> None:
    office.engine.deploy(ProcedureFiles("three", {"three.bpmn": THREE.decode()}), SYSTEM)
    li = office.person("li.na")
    case = office.engine.start("three", office_id=li.office_id, actor=li, key="three", variables={}, title="三步").instance_id
    for element in "abc":
        task = office.task_of(case)
        office.engine.claim(task, li, f"claim {element}")
        if element != "c":
            office.engine.complete(task, {}, li, element)
    page = clerk.open(f"/tasks/{task}/return")
    page = clerk.open(page.tree.xpath("//ol[@class='passed']//a[contains(@class,'btn')]/@href")[1])

    assert page.tree.xpath("//div[h3='保留不动']//li/span/text()") == ["甲", "已办，仍然有效"]
    assert "没有别的正在办理的事项" not in page.text
    clerk.client.set_cookie("lang", "en")
    english = clerk.open(f"{page.address}?to={page.form(page.address).fields['to']}")
    assert english.tree.xpath("//div[h3='Will be withdrawn']//li/span/text()") == ["丙", "Li Na"]
    assert english.tree.xpath("//title/text()")[0].startswith("Return ·")


def test_a_reason_is_asked_for(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")

    page = chosen(head.open(f"/tasks/{review}/return")).submit(f"/tasks/{review}/return", reason="  ")

    assert page.status == 422
    assert "请填写退回的理由" in page.text
    assert office.engine.task(review, office.person("zhao.jun")).task.state == "open"


def test_returned_work_stands_with_its_reason_and_both_ways_back(office: Office, clerk: Person, head: Person) -> None:
    task = returned(office, head)

    page = clerk.open(f"/tasks/{task}")

    assert "赵军 从“科室审核”退回" in page.text
    assert "份数写错" in page.text
    buttons = [button.text_content() for button in page.tree.xpath("//footer//button[@form='task-form']")]
    assert buttons[:2] == ["直达", "重走"]
    assert "两个环节之间没有别的环节：直达由 赵军 接着办理" in page.text
    assert "退回" in page.tree.xpath("//header[@class='d-head']")[0].text_content()
    assert "退回" in clerk.open("/tasks?scope=mine").text


def test_the_direct_way_leads_to_who_returned_it(office: Office, clerk: Person, head: Person) -> None:
    task = returned(office, head)

    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", to=f"/tasks/{task}/direct", **FILLED)

    assert page.status == 200
    assert "下一环节：科室审核" in page.text
    assert "由 赵军" in page.text or "赵军" in page.text


def test_wrong_entries_on_the_direct_way_come_back(office: Office, clerk: Person, head: Person) -> None:
    task = returned(office, head)

    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", to=f"/tasks/{task}/direct", **{**FILLED, "copies": "一百"})

    assert page.status == 422
    assert page.form(f"/tasks/{task}").fields["copies"] == "一百"


def test_a_task_that_was_not_returned_has_no_direct_way(office: Office, clerk: Person) -> None:
    task = own_task(office)
    fields = clerk.open(f"/tasks/{task}").fields(f"/tasks/{task}", **FILLED)

    page = clerk.post(f"/tasks/{task}/direct", fields)

    assert page.status == 422
    assert "不是退回的" in page.text


def test_what_was_booked_cannot_be_returned_to_and_says_so(office: Office, clerk: Person) -> None:
    review = reviewed_by(office, "zhao.jun")
    office.engine.complete(review, {"decision": "approve", "opinion": "同意用印"}, office.person("zhao.jun"), "approve")
    instance_id = office.engine.cases(office.person("li.na"))[0][0].instance_id
    keep = office.task_of(instance_id)
    office.engine.claim(keep, office.person("li.na"), "claim keep")

    page = clerk.open(f"/tasks/{keep}/return")

    assert steps(page) == ["填写用印单", "科室审核"]
    assert page.text.count("“登记用印”已经办理并入账") == 2
    assert "走过的环节都不能再退回" in page.text
    assert not page.tree.xpath("//ol[@class='passed']//a")


def test_a_case_that_moved_meanwhile_asks_for_another_look(office: Office, head: Person) -> None:
    review = reviewed_by(office, "zhao.jun")
    page = chosen(head.open(f"/tasks/{review}/return"))
    instance_id = office.engine.task(review, office.person("zhao.jun")).task.instance_id
    with office.database.write() as session:
        office.engine.set_due(session, instance_id, office.clock.today(), "期限")

    answer = page.submit(f"/tasks/{review}/return", reason="份数写错")

    assert answer.status == 409
    assert "案件又有了变化" in answer.text
    assert answer.form(f"/tasks/{review}/return").fields["reason"] == "份数写错"
    assert answer.submit(f"/tasks/{review}/return").status == 200  # what is shown now may be carried out


def test_only_who_holds_the_task_sees_its_page_of_return(office: Office, head: Person, clerk: Person, colleague: Person, outsider: Person, visitor: Person) -> None:
    review = reviewed_by(office, "zhao.jun")

    for person in (clerk, colleague, outsider):
        assert person.open(f"/tasks/{review}/return").status == 404
        assert person.open(f"/tasks/{review}/return/diagram?to=1").status == 404
        fields = person.open("/profile").fields("/sign-out", key="d" * 32, to="4", version="3", reason="想退回")
        assert person.post(f"/tasks/{review}/return", fields).status == 404
    assert visitor.open(f"/tasks/{review}/return").address == "/sign-in"
    assert head.open(f"/tasks/{review}/return?to=99999").status == 200


def test_what_one_has_just_sent_on_may_be_taken_back(office: Office, clerk: Person) -> None:
    task = own_task(office)
    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", **FILLED)

    again = page.submit(f"/tasks/{task}/take-back")

    assert "已拿回" in again.text
    assert again.tree.xpath("//form[@id='task-form']")
    assert again.form(again.address).fields["copies"] == "3"
    assert "已取出草稿" in again.text


def test_once_the_next_one_has_claimed_it_is_too_late(office: Office, clerk: Person, head: Person) -> None:
    task = own_task(office)
    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", **FILLED)
    instance_id = office.engine.cases(office.person("li.na"))[0][0].instance_id
    office.engine.claim(office.task_of(instance_id), office.person("zhao.jun"), "claim")

    answer = page.submit(f"/tasks/{task}/take-back")

    assert answer.status == 409
    assert "赵军认领" in answer.text
    assert answer.tree.xpath("//div[@role='alert']//a/@href") == [f"/tasks/{task}", f"/cases/{instance_id}", "/"]
    assert not clerk.open(f"/cases/{instance_id}").tree.xpath(f"//form[@action='/tasks/{task}/take-back']")


def test_a_colleague_takes_back_nothing_of_mine(office: Office, clerk: Person, colleague: Person, outsider: Person) -> None:
    task = own_task(office)
    clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}", **FILLED)

    for person in (colleague, outsider):
        fields = person.open("/profile").fields("/sign-out", key="e" * 32)
        assert person.post(f"/tasks/{task}/take-back", fields).status == 404


def test_the_starter_withdraws_and_finds_what_he_had_entered(office: Office, clerk: Person) -> None:
    begun = clerk.open("/start/seal_request")
    entered = begun.submit("/start/seal_request", purpose="年度合同用印")
    instance_id = office.engine.cases(office.person("li.na"))[0][0].instance_id
    assert entered.status == 200

    page = clerk.open(f"/cases/{instance_id}/withdraw").submit(f"/cases/{instance_id}/withdraw", reason="写错了")

    assert page.address == "/start/seal_request"
    assert "已撤回" in page.text
    assert page.form("/start/seal_request").fields["purpose"] == "年度合同用印"
    assert "已撤销" in clerk.open(f"/cases/{instance_id}").text


def test_only_the_starter_withdraws(office: Office, colleague: Person, outsider: Person, visitor: Person) -> None:
    instance_id = office.start()

    for person in (colleague, outsider):
        assert person.open(f"/cases/{instance_id}/withdraw").status == 404
        fields = person.open("/profile").fields("/sign-out", key="f" * 32)
        assert person.post(f"/cases/{instance_id}/withdraw", fields).status == 404
        assert person.open(f"/start/seal_request?again={instance_id}").status in {200, 404}
    assert visitor.open(f"/cases/{instance_id}/withdraw").address == "/sign-in"


def test_nobody_terminates_what_the_model_lets_nobody_terminate(office: Office, clerk: Person, head: Person, outsider: Person) -> None:
    instance_id = office.start()

    for person in (clerk, head, outsider):
        assert person.open(f"/cases/{instance_id}/terminate").status == 404
        fields = person.open("/profile").fields("/sign-out", key="a" * 32, reason="终止", sure="yes")
        assert person.post(f"/cases/{instance_id}/terminate", fields).status == 404
    assert office.engine.header(instance_id, office.person("li.na")).status == "active"


def test_terminating_asks_for_a_reason_and_a_second_look(office: Office, clerk: Person, head: Person) -> None:
    instance_id = office.start()
    may_cancel(office, "head@own")
    page = head.open(f"/cases/{instance_id}/terminate")

    assert page.submit(f"/cases/{instance_id}/terminate", reason="").status == 422
    unsure = page.submit(f"/cases/{instance_id}/terminate", reason="当事人撤回申请")
    assert "请先确认" in unsure.text
    over = unsure.submit(f"/cases/{instance_id}/terminate", sure="yes")

    assert "案件已终止" in over.text
    assert "当事人撤回申请" in over.text
    assert office.engine.header(instance_id, office.person("li.na")).status == "cancelled"


def may_cancel(office: Office, posts: str) -> None:
    """As if the deployed model let these posts end its cases."""
    for procedure in office.engine.procedures():
        for model in procedure.models.values():
            object.__setattr__(model, "properties", {**model.properties, "may_cancel": posts})


@pytest.mark.parametrize("page", ["return", "withdraw"])
def test_the_pages_speak_english(office: Office, clerk: Person, head: Person, page: str) -> None:
    review = reviewed_by(office, "zhao.jun")
    instance_id = office.start("第二件")
    person, address = (head, f"/tasks/{review}/return") if page == "return" else (clerk, f"/cases/{instance_id}/withdraw")
    person.client.set_cookie("lang", "en")

    text = person.open(address).text

    assert "退回" not in text
    assert "撤回" not in text


def test_the_clock_of_a_returned_case_keeps_running(office: Office, head: Person) -> None:
    """The ledger of deadlines knows nothing of tokens: same term, same day, and the reminder comes when it is due."""
    review = reviewed_by(office, "zhao.jun")
    instance_id = office.engine.task(review, office.person("zhao.jun")).task.instance_id
    rule = TermRule("seal", "用印期限", "Seal", 3, "day", reminders=(0,))
    with office.database.write() as session:
        office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=sorted(office.person("li.na").post_ids))
    with office.database.read() as session:
        before = [(row.key, row.state, row.due_on) for row in office.deadlines.for_subject(session, instance_id)]

    page = chosen(head.open(f"/tasks/{review}/return"))
    page.submit(f"/tasks/{review}/return", reason="份数写错")

    with office.database.read() as session:
        assert [(row.key, row.state, row.due_on) for row in office.deadlines.for_subject(session, instance_id)] == before
    office.clock.advance(timedelta(days=5))
    office.deadlines.tick(office.database)
    office.tell()
    assert "用印期限" in signed_in(office, "li.na").open("/notices").text
