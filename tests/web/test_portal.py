"""我的业务 in the browser without JavaScript: an enterprise applies, is asked to correct, receives its paper, and sees nothing of the office."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from deadlines.rules import TermRule
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from engine.registry import BpmnError, StepContext
from tests.factories.bpmn import boundary, flow, service
from tests.factories.statements import counted
from tests.web.asking import ABOUT, ASKING, FIRM, FORM, REVIEW, with_parties
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import TOY, Office
from web.portal import overview

BUDGET = 40  # statements of a party's first page, whatever it has


@pytest.fixture
def asking(office: Office) -> Office:
    return with_parties(office)


@pytest.fixture
def firm(asking: Office) -> Person:
    return signed_in(asking, "ent.firm")


def section(page: Page, heading: str) -> str:
    """What stands under a heading of the page."""
    found = page.tree.xpath(f"//section[.//h2[starts-with(normalize-space(), '{heading}')]]")
    assert found, (heading, page.text)
    return " ".join(found[0].text_content().split())


def applied(person: Person, reason: str = "业务扩大") -> tuple[str, str]:
    """(case, task) after the application is handed in."""
    task = person.open("/start/asking").submit("/start/asking").address
    person.open(task).submit(task, reason=reason)
    page = person.open("/portal")
    case = str(page.tree.xpath("//td[@class='main']/a/@href")[0]).rpartition("/")[2]
    return case, task.rpartition("/")[2]


def test_a_party_lands_on_its_own_business_and_the_office_has_no_such_page(asking: Office, firm: Person) -> None:
    page = firm.open("/")

    assert page.address == "/portal"
    assert [a.text_content().strip() for a in page.tree.xpath("//header[@class='top']//nav/a")] == ["我的业务"]
    assert "宁波甲公司 · 主管税务机关：海曙区税务局" in page.text
    assert "目前没有需要您办理的事项" in page.text
    assert "还没有案件" in page.text
    assert "还没有文书" in page.text
    assert firm.open("/tasks").address == firm.open("/start").address == "/portal"
    clerk = signed_in(asking, "li.na")
    assert clerk.open("/portal").status == 404
    assert "我的业务" not in clerk.open("/").text


def test_it_applies_and_is_at_its_task_at_once(firm: Person) -> None:
    page = firm.open("/portal")
    assert "申请限额申请开具大额发票" in section(page, "可以申请")
    assert "用印" not in page.text

    task = firm.open("/start/asking").submit("/start/asking")

    assert "已提交" in task.text
    assert task.address.startswith("/tasks/")
    assert not task.tree.xpath("//form[contains(@action, '/claim') or contains(@action, '/release')]")
    assert [crumb.text_content() for crumb in task.tree.xpath("//ol[@class='crumbs']/li")] == ["我的业务", "限额〔2026〕1号", "填写申请"]
    wrong = task.submit(task.address, reason="")
    assert wrong.status == 422
    assert "有 1 处需要更正" in wrong.text
    kept = task.submit(task.address, to=f"{task.address}/draft", reason="写了一半")
    assert kept.form(task.address).fields["reason"] == "写了一半"

    case = kept.submit(task.address, reason="业务扩大")
    assert case.address.startswith("/cases/")
    assert "由海曙区税务局办理" in case.text
    assert "申请理由业务扩大" in section(case, "您提交的内容")
    assert "申请单位" in case.text


def test_what_runs_is_not_offered_again_and_what_it_may_not_start_is_no_page(firm: Person) -> None:
    applied(firm)

    page = firm.open("/portal")
    assert "目前没有可以在网上申请的事项" in page.text
    old = firm.open("/start/asking")
    assert "贵单位现在一般不能办理这项业务" in old.text
    assert old.status == 200  # the procedure itself says why it refuses, to whoever comes by an old page
    assert firm.open("/start/seal_request").status == 404
    assert "由海曙区税务局办理" in section(page, "我的案件")
    assert "2026-03-02" in section(page, "我的案件")


def test_a_colleague_of_the_same_firm_goes_on_with_its_task(asking: Office, firm: Person) -> None:
    task = firm.open("/start/asking").submit("/start/asking").address
    firm_actor = asking.person("ent.firm")
    asking.engine.release(task.rpartition("/")[2], firm_actor, "release")
    second = signed_in(asking, "ent.second")
    page = second.open("/portal")
    assert "填写申请" in section(page, "需要您办理")
    assert second.open(task).form(f"{task}/claim") is not None

    taken = page.submit(f"{task}/claim")
    assert taken.address == task
    taken.submit(task, reason="由出纳填写")

    assert "由出纳填写" in firm.open("/portal").person.open(str(firm.open("/portal").tree.xpath("//td[@class='main']/a/@href")[0])).text
    assert firm.open(task).address.startswith("/cases/")  # over: the case says where it stands


def test_of_its_case_it_sees_its_own_and_nothing_of_the_office(asking: Office, firm: Person) -> None:
    case, _task = applied(firm)
    clerk = asking.person("li.na")
    review = asking.task_of(case)
    asking.engine.attach(case, "内部核查.pdf", b"%PDF-1.7", "application/pdf", clerk, "attach")
    asking.engine.comment(case, "此户有疑点", clerk, "remark")
    firm.open(f"/cases/{case}").submit(f"/cases/{case}/comments", text="请问何时办好")
    with asking.database.read() as session:
        (foreign,) = (row[0] for row in Link(session).all("SELECT id FROM attachment"))
    asking.engine.claim(review, clerk, "claim")
    asking.engine.complete(review, {"opinion": "疑点已排除"}, clerk, "complete")

    page = firm.open(f"/cases/{case}")
    for secret in ("内部核查", "此户有疑点", "疑点已排除", "李娜", "审核", "内部意见"):
        assert secret not in page.text
    assert "请问何时办好" in page.text
    assert "由宁波服务公司办理" in page.text
    for address in ("history", "diagram", "invoices", "invoices.xlsx", f"attachments/{foreign}"):
        assert firm.client.get(f"/cases/{case}/{address}").status_code == 404, address
    for address in (f"/tasks/{review}", f"/tasks/{review}/sheet"):
        assert firm.client.get(address).status_code == 404
    assert firm.client.get(f"/portal/cases/{case}/receipt").status_code == 200
    seen = signed_in(asking, "li.na").open(f"/cases/{case}").text
    assert "此户有疑点" in seen
    assert "请问何时办好" in seen


def test_its_papers_are_those_that_are_for_it(asking: Office, firm: Person) -> None:
    case, _task = applied(firm)
    made = {}
    asking.papers.make = lambda papers: ["".join(["%PDF-1.7", *copies]).encode() for copies in papers]  # type: ignore[method-assign,assignment]
    with asking.database.write() as session:
        made["inside"] = asking.papers.issue(session, "toy", "sheet", {"title": "x"}, subject_id=case, prefix="内", issued_by="李娜", once="inside").id
    assert "还没有文书" in firm.open("/portal").text
    toy = dict(read_folder(TOY).files)
    toy["procedure.yaml"] = toy["procedure.yaml"].replace("sheet: {title: 用印单", "sheet: {for_parties: [enterprise], title: 用印单")
    assert firm.client.get(f"/cases/{case}/papers/{made['inside']}").status_code == 404

    asking.engine.deploy(ProcedureFiles("toy", toy), SYSTEM)
    assert "制作中" in section(firm.open("/portal"), "收到的文书")
    asking.papers.render(asking.database, made["inside"])

    assert f"/cases/{case}/papers/{made['inside']}" in str(firm.open("/portal").response.get_data(as_text=True))
    assert firm.client.get(f"/cases/{case}/papers/{made['inside']}").mimetype == "application/pdf"
    assert "内〔2026〕1号" in section(firm.open(f"/cases/{case}"), "收到的文书")
    unit = signed_in(asking, "unit.one")
    assert unit.client.get(f"/cases/{case}/papers/{made['inside']}").status_code == 404  # for enterprises


def test_a_correction_is_asked_with_its_reason(asking: Office, firm: Person) -> None:
    case, _task = applied(firm)
    clerk, review = asking.person("li.na"), asking.task_of(case)
    asking.engine.claim(review, clerk, "claim")
    (step,) = asking.engine.moves.options(review, clerk)
    preview = asking.engine.moves.preview(review, step.done.node, clerk)
    asking.engine.moves.return_task(review, step.done.node, preview.version, "请写明月用量", clerk, "return")

    page = firm.open("/portal")
    assert "退回补正" in section(page, "需要您办理")
    assert "退回原因：请写明月用量" in section(page, "需要您办理")
    assert "等待您单位办理" in section(page, "我的案件")
    address = str(page.tree.xpath("//section[1]//form[contains(@action,'/claim')]/@action | //section[1]//a[contains(@href,'/tasks/')]/@href")[0])
    task = page.submit(address) if address.endswith("/claim") else firm.open(address)
    assert "税务机关请您补正请写明月用量" in task.text
    assert "由海曙区税务局办理" in task.submit(task.address, reason="每月 30 份").text


def test_the_first_page_asks_the_database_as_little_for_twelve_cases_as_for_three(asking: Office, firm: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk, asked, own = asking.person("li.na"), [], list[str]()
    execute = Link._execute

    def noting(link: Link, sql: str, values: Sequence[object]) -> None:
        own.append(sql)
        execute(link, sql, values)

    monkeypatch.setattr(Link, "_execute", noting)
    toy = dict(read_folder(TOY).files)
    toy["procedure.yaml"] = toy["procedure.yaml"].replace("sheet: {title: 用印单", "sheet: {for_parties: [enterprise], title: 用印单")
    asking.engine.deploy(ProcedureFiles("toy", toy), SYSTEM)
    for n in range(1, 13):
        case = asking.engine.start("asking", office_id=clerk.office_id, actor=clerk, key=f"start {n}").instance_id
        with asking.database.write() as session:
            asking.papers.issue(session, "toy", "sheet", {"title": f"通知 {n}"}, subject_id=case, prefix="限", issued_by="李娜", once=f"paper {n}")
        if n in {3, 12}:
            firm.open("/portal")
            own.clear()
            with counted(asking.database) as sent:
                page = firm.open("/portal")
            asked.append(len(sent) + len(own))

    assert section(page, "收到的文书").count("通知") == 12
    assert asked[1] - asked[0] <= 2
    assert asked[1] <= BUDGET


def test_another_firm_sees_nothing_of_it(asking: Office, firm: Person) -> None:
    case, task = applied(firm)
    other = signed_in(asking, "ent.other")

    assert "还没有案件" in other.open("/portal").text
    for address in (f"/cases/{case}", f"/tasks/{task}", f"/portal/cases/{case}/receipt"):
        assert other.client.get(address).status_code == 404
    assert case not in other.open("/cases?q=限额").response.get_data(as_text=True)


def test_a_service_unit_has_its_tasks_here_too(asking: Office, firm: Person) -> None:
    case, _task = applied(firm)
    clerk, review = asking.person("li.na"), asking.task_of(case)
    asking.engine.claim(review, clerk, "claim")
    asking.engine.complete(review, {"opinion": "同意"}, clerk, "complete")
    unit = signed_in(asking, "unit.one")

    page = unit.open("/")
    assert "安装" in section(page, "需要您办理")
    assert "可以在网上申请的事项" in page.text
    assert "业务扩大" not in unit.open(f"/cases/{case}").text
    action = str(page.tree.xpath("//form[contains(@action,'/claim')]/@action")[0])
    done = page.submit(action)
    assert "已办结" in done.submit(done.address).text
    assert "已办结" in section(firm.open("/portal"), "我的案件")


def test_a_clerk_starts_for_an_enterprise_without_an_account(asking: Office) -> None:
    case = asking.engine.start("asking", office_id=asking.person("li.na").office_id, actor=asking.person("li.na"), key="by the clerk").instance_id

    assert "这件业务由税务机关发起" in signed_in(asking, "ent.firm").open(f"/cases/{case}").text


def test_in_english(firm: Person) -> None:
    case, _task = applied(firm, "more")
    firm.open("/portal").submit("/language", language="en")

    page = firm.open("/portal")
    assert "My business" in page.text
    assert "with Haishu District" in section(page, "My cases")
    assert "What you may apply for" in page.text
    shown = firm.open(f"/cases/{case}").text
    assert "What you handed in" in shown
    assert "Reasonmore" in shown
    assert "Receipt" in firm.open(f"/portal/cases/{case}/receipt").text


def test_its_list_of_cases_offers_no_process_of_others(firm: Person) -> None:
    applied(firm)

    listed = firm.open("/cases")
    assert [option.text_content() for option in listed.tree.xpath("//select[@name='process']/option")] == ["全部", "申请限额"]


def test_it_takes_its_application_back_before_anybody_has_acted_on_it(asking: Office, firm: Person) -> None:
    case, task = applied(firm)
    page = firm.open(f"/cases/{case}")
    assert page.tree.xpath(f"//a[@href='/cases/{case}/withdraw']")

    asked = firm.open(f"/cases/{case}/withdraw")
    back = asked.submit(f"/cases/{case}/withdraw", reason="填错了")

    assert "已撤回" in back.text
    assert "等待您单位办理" in section(firm.open("/portal"), "我的案件")
    assert back.submit(back.address, reason="改正后").status == 200
    assert "由海曙区税务局办理" in firm.open(f"/cases/{case}").text
    assert firm.open(f"/tasks/{task}").address == f"/cases/{case}"


def test_every_page_has_each_id_once_a_name_for_each_field_and_its_headings_in_order(firm: Person) -> None:
    case, _task = applied(firm)
    own = firm.open("/portal").person
    for address in ("/portal", f"/cases/{case}", f"/portal/cases/{case}/receipt", "/start/asking"):
        tree = own.open(address).tree
        ids = [str(id_) for id_ in tree.xpath("//main//@id")]
        assert len(ids) == len(set(ids)), address
        for field in tree.xpath("//main//*[self::input[not(@type='hidden')] or self::select or self::textarea]"):
            assert field.get("aria-label") or tree.xpath(f"//label[@for='{field.get('id')}']") or field.getparent().tag == "label", (address, field.get("name"))
        levels = [int(h.tag[1]) for h in tree.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
        assert levels[0] == 1 and levels.count(1) == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), (address, levels)


def test_a_page_that_is_not_there_leads_a_party_back_to_its_own_pages(asking: Office, firm: Person) -> None:
    gone = firm.open("/cases/nowhere")

    assert gone.status == 404
    assert "回到“我的业务”" in gone.text and "待办工作台" not in gone.text and "承办机关" not in gone.text


def test_a_case_that_is_over_says_with_which_result(asking: Office, firm: Person) -> None:
    refused = ASKING.replace(b'<endEvent id="done"', '<endEvent id="done" name="不予批准"'.encode())
    assert refused != ASKING
    files = {"asking.bpmn": refused.decode(), "procedure.yaml": ABOUT, "forms/apply.form": json.dumps(FORM), "forms/review.form": json.dumps(REVIEW)}
    asking.engine.deploy(ProcedureFiles("limits", files), SYSTEM)
    case, _task = applied(firm)
    for login, values in (("li.na", {"opinion": "不符"}), ("unit.one", {})):
        task = asking.engine.at_hand([case], asking.person(login))[case][0]
        asking.engine.claim(task, asking.person(login), f"claim {login}")
        asking.engine.complete(task, values, asking.person(login), f"done {login}")

    for page in (firm.open("/portal"), firm.open(f"/cases/{case}")):
        (tag,) = [tag for tag in page.tree.xpath("//span[contains(@class, 'tag')]") if "已办结" in tag.text_content()]
        assert tag.text_content() == "已办结：不予批准"
        assert "tag-green" not in tag.get("class")


def test_the_running_terms_of_a_case_are_told_with_what_ends(asking: Office, firm: Person) -> None:
    case, _task = applied(firm)
    with asking.database.write() as session:
        rule = TermRule("crime", "侦破期限", "Time to solve it", 15, "day", counting="civil")
        asking.deadlines.start(session, case, rule, asking.clock.today(), owner_posts=())

    assert "侦破期限" in section(firm.open("/portal"), "我的案件")
    page = firm.open(f"/cases/{case}")
    assert "侦破期限2026-03-17" in page.text.replace(" ", "")
    assert "接下来不需要您办理" in page.text
    assert "侦破期限 2026-03-17" in firm.open(f"/portal/cases/{case}/receipt").text


def test_more_than_the_first_page_shows_is_a_link_away(asking: Office, firm: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "TASKS_SHOWN", 1)
    clerk = asking.person("li.na")
    for n in range(2):
        asking.engine.start("asking", office_id=clerk.office_id, actor=clerk, key=f"start {n}")

    first = firm.open("/portal")
    (link,) = first.tree.xpath("//a[contains(@href, 'all=tasks')]/@href")
    assert (section(first, "需要您办理").count("填写申请 申请限额"), section(firm.open(str(link)), "需要您办理").count("填写申请 申请限额")) == (1, 2)


def asked_for(office: Office, model: bytes, *components: dict[str, object]) -> None:
    """The procedure again, with another model or other fields of the enterprise's form."""
    form = {**FORM, "components": [*FORM["components"], *components]}
    files = {"asking.bpmn": model.decode(), "procedure.yaml": ABOUT, "forms/apply.form": json.dumps(form), "forms/review.form": json.dumps(REVIEW)}
    office.engine.deploy(ProcedureFiles("limits", files), SYSTEM)


def test_what_is_known_of_a_party_stands_on_its_form_and_what_the_office_enters_does_not(asking: Office, firm: Person) -> None:
    asked_for(
        asking, ASKING,
        {"id": "c3", "type": "textfield", "key": "name", "label": "企业名称", "properties": {"party": "enterprise.name"}, "validate": {"required": True}},
        {"id": "c4", "type": "checkbox", "key": "vouched", "label": "已核对凭证", "properties": {"inside": "true"}},
    )  # fmt: skip
    task = firm.open("/start/asking").submit("/start/asking")

    assert "企业名称" in task.text
    assert "宁波甲公司" in section_of_form(task)
    assert "已核对凭证" not in task.text
    assert "vouched" not in task.form(task.address).fields
    assert task.tree.xpath("//*[@name='name']/@type") == ["hidden"]
    forged = {**task.fields(task.address, reason="业务扩大", name="别的公司"), "vouched": "on"}
    case = firm.post(task.address, forged).address.rpartition("/")[2]
    seen = asking.engine.case(case, asking.person("li.na")).variables
    assert (seen["name"], "vouched" in seen) == ("宁波甲公司", False)  # not even when it is posted: the word of the office


def section_of_form(page: Page) -> str:
    return " ".join(page.form(page.address).text_content().split())


def test_an_answer_that_ends_the_case_is_asked_about_once_more(asking: Office, firm: Person) -> None:
    ends = {"confirm": "没有了", "confirm_text": "申请就此结束，不能恢复。", "confirm_text_en": "It ends for good."}
    asked_for(asking, ASKING, {"id": "c3", "type": "textfield", "key": "more", "label": "还有吗", "properties": ends})
    task = firm.open("/start/asking").submit("/start/asking")
    (asks,) = task.tree.xpath("//input[@form='task-form' and @type='hidden' and @value='1']/@name")

    answer = {"reason": "业务扩大", "more": "没有了", asks: "1"}
    asked = task.submit(task.address, **answer)
    assert asked.status == 422
    assert "申请就此结束，不能恢复。" in asked.text
    assert asked.form(task.address).fields["more"] == "没有了"
    (tick,) = asked.tree.xpath("//input[@form='task-form' and @type='checkbox']/@name")

    assert asked.submit(task.address, **answer, **{tick: "1"}).address.startswith("/cases/")


def test_what_is_declined_behind_the_form_is_said_on_it_at_once(asking: Office, firm: Person) -> None:
    def refuse(_ctx: StepContext) -> None:
        raise BpmnError("wrong", "只勾选了一张卡")

    asking.engine.kernel.registry.operation("toy.refuse")(refuse)
    catches = '<errorEventDefinition errorRef="wrong" camunda:errorMessageVariable="declined_because"/>'
    parts = service("look", "toy.refuse") + boundary("refused", "look", catches) + flow("refused", "apply") + flow("apply", "look") + flow("look", "review")
    looking = ASKING.replace(b'<sequenceFlow id="apply_to_review" sourceRef="apply" targetRef="review"></sequenceFlow>', parts.encode())
    looking = looking.replace(b"<process ", b'<error id="wrong" name="wrong" errorCode="wrong"/><process ', 1)
    assert looking.count(b"toy.refuse") == 1
    asked_for(asking, looking)
    task = firm.open("/start/asking").submit("/start/asking")

    again = task.submit(task.address, reason="业务扩大")

    assert again.status == 200  # the step is done, and the case has come back
    assert "只勾选了一张卡" in again.tree.xpath("string(//*[@role='alert'])")
    (form,) = [form for form in again.tree.forms if form.get("id") == "task-form"]
    assert form.action != task.address  # of the task that was opened anew, taken for whoever sent the first
    assert form.fields["reason"] == "业务扩大"
    assert firm.open(form.action).text.count("只勾选了一张卡") == 0


def test_what_the_form_told_stands_beside_what_was_handed_in(asking: Office, firm: Person) -> None:
    asked_for(asking, ASKING, {"id": "c3", "type": "textfield", "key": "firm", "label": "需补正的内容", "readonly": True})
    case, _task = applied(firm)

    page = firm.open(f"/cases/{case}")

    (told,) = page.tree.xpath("//dl[contains(@class, 'told')]")
    assert " ".join(told.text_content().split()) == f"需补正的内容{FIRM}"
    assert set(asking.engine.case(case, asking.person("ent.firm")).variables) == {"firm"}  # and nothing else of the case


def test_a_fault_sends_a_party_to_its_tax_office_and_to_no_administrator_of_the_house(asking: Office, firm: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(overview, "offers", fail)

    page = firm.open("/portal")

    assert page.status == 500
    assert "主管税务机关" in page.text
    assert "系统管理员" not in page.text
