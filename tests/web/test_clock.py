"""The clock of a case is stopped and resumed on its page; every list, the task, its sheet and the board say what stands, and why each date is its date."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from lxml import etree

from deadlines.rules import TermRule
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from records.offices.organisation import load_organisation
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import PASSWORD, Office

REFUND = process(
    properties(may_stop_clock="head@own"), start(), user("check", "clerk@own"), user("sign", "head@own"), end(), chain("begun", "check", "sign", "done"), id_="refund",
)  # fmt: skip
RULE = TermRule("refund", "退税审核期限", "Refund review", 10, "working_day", "civil", (3,), 5, "税收征管规范第五条", article_en="Code, art. 5")
LEADER = {"login": "he.jie", "name": "贺洁", "name_en": "He Jie", "password": PASSWORD, "posts": [{"role": "inspection_director", "office": "hs"}]}
KEPT = "计时已中止（剩余 6 个工作日）"


@pytest.fixture
def case(office: Office) -> str:
    """A refund of Haishu that began on Monday 2 March 2026, due on the 16th; it is the 6th."""
    with office.database.write() as session:
        load_organisation(session, {"people": [LEADER]})
    office.engine.deploy(ProcedureFiles("refunds", {"refund.bpmn": REFUND.decode()}), SYSTEM)
    li = office.person("li.na")
    id_ = office.engine.start("refund", office_id=li.office_id, actor=li, key="refund", title="退税申请").instance_id
    (task,) = office.engine.case(id_, li).open_tasks
    office.engine.claim(task.id, li, "claim")
    with office.database.write() as session:
        row = office.deadlines.start(session, id_, RULE, office.clock.today())
        office.engine.set_due(session, id_, row.due_on, row.label)
    office.clock.set(datetime(2026, 3, 6, 2, tzinfo=UTC))
    return id_


def stopped(head: Person, case: str, reason: str = "等待纳税人补正", until: str = "2026-03-20") -> Page:
    return head.open(f"/cases/{case}/clock").submit(f"/cases/{case}/clock/stop", reason=reason, until=until)


def text_of(node: etree._Element) -> str:
    return " ".join(str(node.xpath("string()")).split())


def chips(page: Page) -> list[str]:
    return [text_of(chip) for chip in page.tree.xpath("//span[contains(@class, 'chip ')]")]


def test_the_clock_is_stopped_and_resumed_on_the_page_of_the_case(office: Office, case: str, head: Person, clerk: Person) -> None:
    assert "中止计时" in head.open(f"/cases/{case}").text
    assert "/clock" not in clerk.open(f"/cases/{case}").text

    page = stopped(head, case)

    assert "计时自 2026-03-06 起中止，预计至 2026-03-20：等待纳税人补正" in page.text
    assert "计时中止，预计至 2026-03-20" in page.text  # the trail
    assert set(chips(page)) == {KEPT}
    assert "自2026年3月6日起停止计算（等待纳税人补正），余 6 个工作日" in page.text
    office.clock.set(datetime(2026, 6, 1, 2, tzinfo=UTC))
    asked = signed_in(office, "zhao.jun").open(f"/cases/{case}/clock")
    assert "恢复计时" in asked.text
    back = asked.submit(f"/cases/{case}/clock/resume", reason="已补正")
    assert "2026年3月6日至2026年6月1日停止计算，余 6 个工作日，顺延至2026年6月9日" in back.text
    assert "计时自" not in back.text
    assert office.engine.header(case, office.person("li.na")).due_on == date(2026, 6, 9)


def test_every_list_says_that_it_stands_and_never_that_it_is_late(office: Office, case: str, head: Person) -> None:
    stopped(head, case)
    office.clock.set(datetime(2026, 6, 1, 2, tzinfo=UTC))
    clerk = signed_in(office, "li.na")
    task = office.task_of(case)

    for address in ("/tasks", "/tasks?term=stopped", "/cases", f"/cases/{case}", f"/tasks/{task}"):
        page = clerk.open(address)
        assert {KEPT, "计时已中止"}.intersection(chips(page)), address
        assert "剩余 6 个工作日" in page.text, address
        assert "逾期 " not in page.text, address
        assert "9999" not in page.text, address
    assert "没有符合条件的任务" in clerk.open("/tasks?term=overdue").text


def test_the_board_counts_it_apart_and_does_not_urge_it(office: Office, case: str, head: Person) -> None:
    stopped(head, case)
    office.clock.set(datetime(2026, 6, 1, 2, tzinfo=UTC))
    leader = signed_in(office, "he.jie")

    index = leader.open("/board")
    assert [text_of(figure) for figure in index.tree.xpath("//ul[@class='figures']//b")][:3] == ["1", "0", "0"]
    (link,) = index.tree.xpath("//ul[@class='figures']//small/a[contains(., '其中计时中止 1 件')]")
    listed = leader.open(str(link.get("href")))
    assert "计时中止的案件" in listed.text
    assert chips(listed) == [KEPT]
    assert "（税收征管规范第五条）" in listed.text
    assert "余 6 个工作日" in listed.text
    assert listed.tree.xpath("//input[@type='checkbox' and @name='case']") == []
    for address in ("/board", "/board/cases", "/board/table", "/board/tasks", "/board/waits"):
        assert "9999" not in leader.open(address).text, address
    fields = leader.open("/profile").fields("/sign-out", case=case, text="请抓紧", key="a" * 32, next="/board/cases")
    said = leader.post("/board/urge", fields)
    assert "1 件计时已中止，不催办" in said.text
    with office.database.read() as session:
        assert office.deadlines.urgings(session, case) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"reason": ""}, "请填写中止计时的理由"), ({"reason": "补正", "until": "下周"}, "日期应写作 2001-07-30，但这里是“下周”"), ({"reason": "补正", "until": "2026-03-06"}, "应晚于今天")],
)  # fmt: skip
def test_what_was_entered_wrongly_is_said_beside_it_and_nothing_is_lost(office: Office, case: str, head: Person, fields: dict[str, str], sentence: str) -> None:
    page = head.open(f"/cases/{case}/clock").submit(f"/cases/{case}/clock/stop", **fields)

    assert page.status == 422
    assert "操作被拒绝" not in head.open(f"/cases/{case}").text
    assert sentence in page.text
    assert fields["reason"] in page.text
    assert office.engine.header(case, office.person("li.na")).due_on == date(2026, 3, 16)


def test_of_two_who_stop_at_once_the_second_is_told(office: Office, case: str, head: Person) -> None:
    first, second = head.open(f"/cases/{case}/clock"), head.open(f"/cases/{case}/clock")
    first.submit(f"/cases/{case}/clock/stop", reason="等待纳税人补正", until="")

    late = second.submit(f"/cases/{case}/clock/stop", reason="等待回函", until="")

    assert late.status == 409
    assert "计时已经中止，不能再次中止" in late.text


def test_nobody_else_finds_the_page(office: Office, case: str, clerk: Person, outsider: Person) -> None:
    for person in (clerk, outsider):
        assert person.open(f"/cases/{case}/clock").status == 404
        fields = person.open("/profile").fields("/sign-out", key="a" * 32, reason="补正")
        for act in ("stop", "resume"):
            assert person.post(f"/cases/{case}/clock/{act}", fields).status == 404


@pytest.mark.parametrize("stands", [False, True])
def test_task_sheet_and_board_tell_rule_article_event_day_and_why_it_moved(office: Office, case: str, head: Person, stands: bool) -> None:
    """The same sentences stand on the page of the task, on the sheet that is printed, and in the list of the board."""
    with office.database.write() as session:
        row = office.deadlines.extend(session, case, "refund", date(2026, 3, 21), approved_by="市局", reason="案情复杂")  # a Saturday
        office.engine.set_due(session, case, row.due_on, row.label)
    if stands:
        stopped(head, case)
    with office.database.read() as session:
        (row,) = office.deadlines.for_subject(session, case)
    told = ["退税审核期限（税收征管规范第五条）", "2026年3月2日为起算事由发生之日", "经市局批准延期至2026年3月23日（案情复杂）"]
    told += ["自2026年3月6日起停止计算（等待纳税人补正）"] if stands else []
    assert all(part in row.explanation for part in told)
    office.clock.set(datetime(2026, 3, 30, 2, tzinfo=UTC))
    leader, clerk = signed_in(office, "he.jie"), signed_in(office, "li.na")
    task = office.task_of(case)

    for person, address in (
        (clerk, f"/tasks/{task}"), (clerk, f"/tasks/{task}/sheet"), (clerk, f"/cases/{case}"), (leader, f"/board/cases?term={'stopped' if stands else 'overdue'}"),
    ):  # fmt: skip
        assert row.explanation in person.open(address).text, address
    assert (row.explanation in leader.open("/board").text) is not stands  # the overview lists what is overdue


def test_the_date_that_the_model_gives_a_step_is_explained_wherever_it_stands(office: Office, case: str) -> None:
    """On the task, on its sheet, and in the board's lists of cases and of tasks; the term of the case is explained beside it."""
    hurried = user("check", "clerk@own", camunda_dueDate='${date("2026-03-04")}')
    office.engine.deploy(ProcedureFiles("hurried", {"hurried.bpmn": process(start(), hurried, end(), chain("begun", "check", "done"), id_="hurried").decode()}), SYSTEM)
    li = office.person("li.na")
    id_ = office.engine.start("hurried", office_id=li.office_id, actor=li, key="hurried", title="加急申请").instance_id
    with office.database.write() as session:
        row = office.deadlines.start(session, id_, RULE, office.clock.today())
        office.engine.set_due(session, id_, row.due_on, row.label)
    leader, clerk, task = signed_in(office, "he.jie"), signed_in(office, "li.na"), office.task_of(id_)

    for person, address in ((clerk, f"/tasks/{task}"), (clerk, f"/tasks/{task}/sheet"), (leader, "/board/cases?term=overdue"), (leader, "/board/tasks?term=overdue")):
        page = person.open(address)
        assert "环节自己的期限，由流程设定" in page.text, address
        assert "逾期 2 天" in page.text, address
        assert (row.explanation in page.text) is address.startswith("/tasks"), address
    assert "环节自己的期限" not in clerk.open(f"/tasks/{office.task_of(case)}").text


def test_the_list_of_tasks_tells_of_each_date_how_it_came_about(office: Office, case: str) -> None:
    with office.database.read() as session:
        (row,) = office.deadlines.for_subject(session, case)
    leader, li = signed_in(office, "he.jie"), office.person("li.na")

    assert row.explanation in leader.open("/board/tasks").text
    with office.database.write() as session:
        office.deadlines.meet(session, case, "refund", office.clock.today())
        office.engine.set_due(session, case, None)
    assert row.explanation not in leader.open("/board/tasks").text
    with office.database.write() as session:
        office.engine.set_due(session, case, row.due_on, row.label)
    office.engine.complete(office.task_of(case), {}, li, "check")
    office.engine.board.count_new()
    assert row.explanation in leader.open("/board/tasks?state=done").text  # met by now, but it was the date of this step


def test_the_page_of_the_case_says_when_its_owners_are_reminded_and_what_they_were_told_last(office: Office, case: str) -> None:
    def told(day: int, language: str = "zh") -> str:
        office.clock.set(datetime(2026, 3, day, 2, tzinfo=UTC))
        office.deadlines.tick(office.database)
        clerk = signed_in(office, "li.na")
        clerk.client.set_cookie("lang", language)
        return " ".join(clerk.open(f"/cases/{case}").tree.xpath("string(//ul[@class='deadlines']/li/p[last()])").split())

    assert told(6) == "下次提醒 2026-03-11"
    assert told(11) == "下次提醒 2026-03-17；上次 2026-03-11 提醒将届满"
    assert told(17) == "下次提醒 2026-03-24；上次 2026-03-17 告知逾期"
    assert told(24) == "下次提醒 2026-03-31；上次 2026-03-24 再次告知逾期"
    assert told(24, "en") == "Next reminder 2026-03-31; last told on 2026-03-24 that it is still overdue"
    with office.database.write() as session:
        office.deadlines.meet(session, case, "refund", office.clock.today())
    assert "下次提醒" not in signed_in(office, "li.na").open(f"/cases/{case}").text


def test_the_pages_speak_english(office: Office, case: str, head: Person, clerk: Person) -> None:
    for person in (head, clerk):
        person.client.set_cookie("lang", "en")
    page = stopped(head, case)
    shown = [head.open(f"/cases/{case}/clock"), page, clerk.open("/tasks"), clerk.open(f"/tasks/{office.task_of(case)}/sheet")]

    for one in shown:
        assert "Clock stopped" in one.text
        assert "6 working days left" in one.text
        assert "计时" not in one.text


def test_a_clock_that_goes_on_already_offers_no_stop_in_answer_to_a_resume(case: str, head: Person) -> None:
    stopped(head, case)
    first, second = head.open(f"/cases/{case}/clock"), head.open(f"/cases/{case}/clock")
    first.submit(f"/cases/{case}/clock/resume", reason="已补正")
    late = second.submit(f"/cases/{case}/clock/resume", reason="已补正")

    assert late.status == 409
    assert "计时没有中止，不必恢复" in late.text
    assert late.tree.xpath("string(//h1)").strip() == "恢复计时"
    assert "/clock/stop" not in late.text
