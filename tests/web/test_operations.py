"""The operators' page: only for them, with what stopped and why, and three acts that stand in the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Declined
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext, StepContext
from records.offices.organisation import load_organisation
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import Office

MAILING = process(start(), service("mail", "toys.mail"), user("read", "clerk@own"), end(), chain("begun", "mail", "read", "done"), id_="mailing")
NUMBERING = process(start(), service("number", "toys.number"), end(), chain("begun", "number", "done"), id_="numbering")


@pytest.fixture
def broken(office: Office) -> Office:
    """Two effects that never succeed, one of which must be done."""

    @office.engine.kernel.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> None:
        """Fails."""
        raise OSError("邮件服务器拒绝连接")

    @office.engine.kernel.registry.effect("toys.number", skippable=False)
    def number(ctx: EffectContext) -> None:
        """Fails, and must be done."""
        raise OSError("编号服务未启动")

    office.engine.deploy(ProcedureFiles("mailing", {"mailing.bpmn": MAILING.decode()}), SYSTEM)
    office.engine.deploy(ProcedureFiles("numbering", {"numbering.bpmn": NUMBERING.decode()}), SYSTEM)
    return office


def stopped(office: Office, process_id: str = "mailing", login: str = "li.na") -> str:
    case = office.engine.start(
        process_id, office_id=office.person(login).office_id, actor=SYSTEM, key=f"{process_id} {login}", variables={}, title="寄送通知"
    )
    for _attempt in range(9):
        office.engine.tick()
        office.clock.advance(timedelta(hours=7))
    return case.instance_id


def opened(office: Office, address: str = "/operations") -> Page:
    return signed_in(office, "gao.bo").open(address)


def act_of(page: Page, ending: str) -> str:
    (action,) = {form.action for form in page.tree.forms if form.action and form.action.endswith(ending) and "/all/" not in form.action}
    return str(action)


def trail(office: Office) -> list[tuple[str, str]]:
    with office.database.read() as session:
        return Link(session).all("SELECT event, person_name FROM trail_entry WHERE event LIKE 'operations%' ORDER BY sequence")  # type: ignore[return-value]


def test_only_a_system_administrator_has_the_page(office: Office, clerk: Person, operator: Person) -> None:
    assert clerk.open("/operations").status == 403
    assert "异常处理" not in clerk.open("/worklist").text
    assert "没有停下来的事项" in operator.open("/operations").text


def test_it_says_what_stopped_and_why(broken: Office) -> None:
    stopped(broken)

    page = opened(broken)

    assert "邮件服务器拒绝连接" in page.text
    assert "已停止" in page.text
    assert "没有停下来的事项" in opened(broken, "/operations?kind=timer").text
    assert "邮件服务器拒绝连接" in opened(broken, "/operations?state=stopped&kind=effect&procedure=mailing&age=hour").text


@pytest.mark.parametrize("login", ["li.na", "chen.wei"])
def test_a_case_is_not_named_to_an_administrator_of_whatever_office(broken: Office, login: str) -> None:
    case = stopped(broken, login=login)

    page = opened(broken)

    assert "无权查看案件" in page.text
    assert "寄送通知" not in page.text
    assert case not in page.response.get_data(as_text=True)


def test_an_administrator_sees_no_case_acts_on_none_and_opens_no_list_of_them(office: Office, clerk: Person, operator: Person) -> None:
    case = office.start()
    comment = clerk.open(f"/cases/{case}").fields(f"/cases/{case}/comments", text="管理员来过")
    comment["csrf"] = operator.open("/profile").fields("/sign-out")["csrf"]

    assert operator.open(f"/cases/{case}").status == 404
    assert operator.post(f"/cases/{case}/comments", comment).status == 404
    assert "管理员来过" not in clerk.open(f"/cases/{case}").text
    for address in ("/cases", "/registers/received", "/registers/delegated.xlsx", "/registers/received.pdf", "/registers"):
        assert operator.open(address).status == 403, address
    assert operator.open("/operations").tree.xpath("//header//nav/a/@href") == ["/operations", "/administration"]


@pytest.mark.parametrize("role", ["system_administrator", "security_administrator", "audit_administrator"])
def test_none_of_the_three_administrators_posts_shows_an_office(office: Office, role: str) -> None:
    with office.database.write() as session:
        load_organisation(session, {"people": [{"login": "new", "name": "新", "password": "long enough", "posts": [{"role": role, "office": "nb"}]}]})

    assert office.person("new").scopes == ()


def test_a_retry_is_done_once_and_stands_in_both_trails(broken: Office) -> None:
    case = stopped(broken)
    page = opened(broken)
    address = act_of(page, "/retry")

    answered = page.submit(address)
    page.submit(address)

    assert "已安排重试" in answered.text
    assert trail(broken)[0] == ("operations:effect:retry", "高博")
    kinds = [row.kind for row in broken.engine.case(case, SYSTEM).history]
    assert kinds.count("operator_retry") == 1


def test_a_skip_needs_a_reason_and_lets_the_case_go_on(broken: Office) -> None:
    case = stopped(broken)
    page = opened(broken)
    address = act_of(page, "/skip")

    assert "请写明理由" in page.submit(address, reason=" ").text
    answered = opened(broken).submit(address, reason="已改用挂号信寄出")

    assert "已跳过" in answered.text
    assert [task.element for task in broken.engine.case(case, SYSTEM).open_tasks] == ["read"]
    assert "已改用挂号信寄出" in signed_in(broken, "li.na").open(f"/cases/{case}").text
    assert trail(broken) == [("operations:effect:skip", "高博")]


def test_what_must_be_done_offers_no_skip(broken: Office) -> None:
    stopped(broken, "numbering")

    page = opened(broken)

    assert "必须办成" in page.text
    assert not [form for form in page.tree.forms if (form.action or "").endswith("/skip")]


def test_a_task_of_a_person_is_shown_without_acts(office: Office, head: Person) -> None:
    case = office.start()
    office.engine.complete(office.task_of(case), {"purpose": "a", "kind": "letter", "copies": "3", "on": "2026-03-05", "seal": "office"}, office.person("li.na"), "k")
    office.stamp.broken = True
    with pytest.raises(Exception, match="印章柜打不开"):
        office.engine.complete(office.task_of(case, "zhao.jun"), {"decision": "approve", "opinion": "同意用印"}, office.person("zhao.jun"), "k2")

    page = opened(office)

    assert "印章柜打不开" in page.text
    assert "请由原办理人在案件页上重试" in page.text


def test_what_a_restore_holds_back_is_sent_or_declared_sent_all_at_once(broken: Office) -> None:
    first, second = stopped(broken), stopped(broken, login="chen.wei")
    with broken.database.write() as session:
        Link(session).run("UPDATE outbox SET state = 'held'")
        Link(session).run("UPDATE incident SET resolved_at = created_at")
    page = opened(broken, "/operations?state=held")
    assert page.text.count("恢复后待确认") >= 2

    assert "写明理由" in page.submit("/operations/all/skip", reason=" ").text
    answered = opened(broken, "/operations?state=held").submit("/operations/all/skip", reason="发信记录中都有")

    assert "没有停下来的事项" in answered.text
    assert [broken.engine.case(case, SYSTEM).open_tasks[0].element for case in (first, second)] == ["read", "read"]


def test_all_of_a_kind_are_tried_again_at_once(broken: Office) -> None:
    stopped(broken)
    stopped(broken, "numbering")

    answered = opened(broken, "/operations?kind=effect").submit("/operations/all/retry")

    assert "列出的事项已全部处理" in answered.text
    assert len(trail(broken)) == 2


def test_an_act_that_does_not_exist_is_not_found(broken: Office) -> None:
    stopped(broken)
    page = opened(broken)
    fields = page.fields(act_of(page, "/retry"))

    assert page.person.post(act_of(page, "/retry").replace("/retry", "/burn"), fields).status == 404


def test_the_page_speaks_english(broken: Office) -> None:
    stopped(broken)
    person = signed_in(broken, "gao.bo")
    page = person.open("/operations")
    page.submit("/language", language="en")

    assert "Incidents" in person.open("/operations").text


def test_a_double_click_stands_once_in_the_trail(broken: Office) -> None:
    stopped(broken)
    page = opened(broken)
    retry, skip = act_of(page, "/retry"), act_of(page, "/skip")

    for address, values in ((retry, {}), (skip, {"reason": "已改用挂号信寄出"})):
        fields = page.fields(address, **values)
        answers = [page.person.post(address, fields) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200]

    assert trail(broken) == [("operations:effect:retry", "高博"), ("operations:effect:skip", "高博")]


def test_a_refusal_of_the_case_that_would_go_on_is_told_in_its_own_words(broken: Office) -> None:
    @broken.engine.kernel.registry.operation("toys.book")
    def book(_ctx: StepContext) -> None:
        raise Declined("台账已经封存，不能再登记", "the register is closed")

    after = process(start(), service("mail", "toys.mail"), service("book", "toys.book"), end(), chain("begun", "mail", "book", "done"), id_="booking")
    broken.engine.deploy(ProcedureFiles("booking", {"booking.bpmn": after.decode()}), SYSTEM)
    stopped(broken, "booking")
    page = opened(broken)

    answered = page.submit(act_of(page, "/skip"), reason="已改用挂号信寄出")

    assert answered.status == 422
    assert "按规定不能办理：台账已经封存，不能再登记" in answered.text
    assert trail(broken) == []
