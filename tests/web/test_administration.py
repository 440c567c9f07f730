"""The administrators' pages: each of the three sees all of the realm and changes what is his; nobody else has them; work follows people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.link import Link
from handlers.expired_posts import fall_back
from records.offices import store
from records.offices.model import Person
from records.offices.organisation import load_organisation
from tests.web.browsing import Page, upload
from tests.web.browsing import Person as Browser
from tests.web.conftest import signed_in
from tests.web.office import PASSWORD, Office
from web.sessions.store import Entry, open_session
from web.sessions.tables import WebSession

PAGES = ("offices", "people", "parties", "deputies", "unattended", "lists", "history")
PEOPLE = [
    {"login": "sys.nb", "name": "系统员", "name_en": "Sys", "password": PASSWORD, "posts": [{"role": "system_administrator", "office": "nb"}]},
    {"login": "sec.nb", "name": "安全员", "name_en": "Sec", "password": PASSWORD, "posts": [{"role": "security_administrator", "office": "nb"}]},
    {"login": "aud.nb", "name": "审计员", "name_en": "Aud", "password": PASSWORD, "posts": [{"role": "audit_administrator", "office": "nb"}]},
    {"login": "boss.nb", "name": "主管", "name_en": "Boss", "password": PASSWORD, "posts": [{"role": "supervising_director", "office": "nb"}]},
]


@pytest.fixture(autouse=True)
def administrators(office: Office) -> None:
    with office.database.write() as session:
        load_organisation(session, {"people": PEOPLE})


@pytest.fixture
def system(office: Office) -> Browser:
    return signed_in(office, "sys.nb")


@pytest.fixture
def security(office: Office) -> Browser:
    return signed_in(office, "sec.nb")


@pytest.fixture
def audit(office: Office) -> Browser:
    return signed_in(office, "aud.nb")


def person(office: Office, login: str) -> Person:
    with office.database.read() as session:
        found = store.person_by_login(session, login)
    assert found is not None
    return found


def office_id(office: Office, code: str) -> str:
    with office.database.read() as session:
        found = store.office_by_code(session, code)
    assert found is not None
    return found.id


def at(office: Office, login: str) -> str:
    return f"/administration/people/{person(office, login).id}"


def events(office: Office) -> list[str]:
    with office.database.read() as session:
        return [row[0] for row in Link(session).all("SELECT event FROM trail_entry WHERE event LIKE 'offices:%' ORDER BY sequence")]


def forms(page: Page) -> set[str]:
    return {form.action for form in page.tree.forms if "/administration/" in (form.action or "") and form.method == "POST"}


# --- who has which page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_three_administrators_have_every_page_and_nobody_else(
    office: Office, system: Browser, security: Browser, audit: Browser, clerk: Browser, outsider: Browser, head: Browser, visitor: Browser, page: str
) -> None:
    for reader in (system, security, audit):
        assert reader.open(f"/administration/{page}").status == 200
    for stranger in (clerk, outsider, head):
        assert stranger.open(f"/administration/{page}").status == 403
    assert visitor.open(f"/administration/{page}").address == "/sign-in"


def test_each_administrator_is_offered_only_what_is_his(office: Office, system: Browser, security: Browser, audit: Browser) -> None:
    here, hs = at(office, "li.na"), f"/administration/offices/{office_id(office, 'hs')}"

    assert {f.rsplit("/", 1)[-1] for f in forms(system.open(here))} == {"email", "leave", "rename", "transfer"}
    assert {f.rsplit("/", 1)[-1] for f in forms(security.open(here))} == {"password", "appoint", "end"}
    assert {f.rsplit("/", 1)[-1] for f in forms(system.open(hs))} == {"rename", "regions", "child", "close"}
    assert {f.rsplit("/", 1)[-1] for f in forms(security.open(hs))} == {"post"}
    for address in (here, hs, *(f"/administration/{page}" for page in PAGES)):
        assert forms(audit.open(address)) == set(), address


@pytest.mark.parametrize(
    ("login", "acts"),
    [
        ("sys.nb", ("people/{p}/appoint", "people/{p}/end", "people/{p}/password", "offices/{o}/post", "deputies/new", "lists/posts")),
        ("sec.nb", ("people/new", "people/{p}/leave", "people/{p}/rename", "offices/{o}/rename", "offices/{o}/move", "offices/{o}/close", "parties/new", "lists/people", "lists/offices", "lists/parties")),
        ("aud.nb", ("people/new", "people/{p}/leave", "people/{p}/appoint", "people/{p}/password", "offices/{o}/close", "offices/{o}/post", "parties/new", "deputies/new", "lists/posts", "lists/parties")),
    ],
)
def test_what_is_another_administrators_is_not_there(office: Office, login: str, acts: tuple[str, ...]) -> None:
    browser = signed_in(office, login)
    given = {"csrf": browser.open("/profile").fields("/sign-out")["csrf"], "key": "0" * 32}

    for act in acts:
        address = "/administration/" + act.format(p=person(office, "li.na").id, o=office_id(office, "hs"))
        assert browser.post(address, given).status == 404, address
    assert [event for event in events(office) if not event.endswith("refused")] == []


def test_an_administrator_looks_after_the_offices_of_the_post_and_those_beneath(office: Office, operator: Browser, system: Browser) -> None:
    """Gao Bo is system administrator at Haishu."""
    assert "鄞州" not in operator.open("/administration/offices").text
    assert "陈伟" not in operator.open("/administration/people").text
    assert operator.open(at(office, "chen.wei")).status == 404
    assert operator.open(f"/administration/offices/{office_id(office, 'nb')}").status == 404
    assert "李娜" in operator.open("/administration/people").text
    assert "陈伟" in system.open("/administration/people").text
    assert operator.open(at(office, "li.na") + "x").status == 404


def test_no_administrator_sees_a_case_by_these_pages(office: Office, system: Browser, security: Browser) -> None:
    case = office.start("机密用印")
    system.open(at(office, "li.na")).submit(at(office, "li.na") + "/leave")
    for reader in (system, security):
        for page in (*PAGES, f"people/{person(office, 'li.na').id}"):
            text = reader.open(f"/administration/{page}").response.get_data(as_text=True)
            assert "机密用印" not in text
            assert case not in text


# --- offices ---------------------------------------------------------------------------------------------------------------


def test_an_office_is_made_moved_closed_and_told_in_the_history(office: Office, system: Browser, audit: Browser) -> None:
    hs = f"/administration/offices/{office_id(office, 'hs')}"
    page = system.open(hs).submit(f"{hs}/child", code="hs1", child_name="海曙一所", child_name_en="Haishu 1", level="tax_office")
    assert "海曙一所" in page.text
    below = f"/administration/offices/{office_id(office, 'hs1')}"
    system.open(below).submit(f"{below}/move", above=office_id(office, "yz"))
    assert "鄞州区税务局" in system.open(below).text
    assert "恢复机构" in system.open(below).submit(f"{below}/close").text

    told = audit.open("/administration/history").text
    for words in ("设立机构", "移动机构", "撤销机构", "系统员"):
        assert words in told


def test_wrong_changes_of_the_tree_come_back_with_their_sentence_and_are_in_the_trail(office: Office, system: Browser) -> None:
    hs, nb = (f"/administration/offices/{office_id(office, code)}" for code in ("hs", "nb"))
    page = system.open(hs).submit(f"{hs}/child", code="hs1", child_name="一所", level="tax_office")
    form = system.open(f"/administration/offices/{office_id(office, 'hs1')}").fields(f"/administration/offices/{office_id(office, 'hs1')}/move", above=office_id(office, "yz"))

    moved = system.post(f"{hs}/move", {**form.to_dict(), "above": office_id(office, "hs1"), "key": "1" * 32})
    assert (moved.status, "不能移到自己的下级" in moved.text) == (422, True)
    closed = system.post(f"{nb}/close", {**form.to_dict(), "key": "2" * 32})
    assert "未撤销的下级机构" in closed.text
    twice = system.open(hs).submit(f"{hs}/child", code="yz", child_name="鄞州", level="tax_office")
    assert "已由“鄞州区税务局”使用" in twice.text
    assert events(office).count("offices:office.move:refused") == 1
    assert page.status == 200


def test_an_office_with_open_work_is_not_closed(office: Office, system: Browser) -> None:
    office.start()
    hs = f"/administration/offices/{office_id(office, 'hs')}"

    assert "还有 1 件未办结的案件" in system.open(hs).submit(f"{hs}/close").text


def test_cases_follow_a_moved_office_for_its_own_people_and_for_those_above(office: Office, system: Browser, clerk: Browser) -> None:
    case = office.start()
    with office.database.write() as session:
        load_organisation(
            session,
            {"offices": [{"code": "zj", "name": "浙江省局", "level": "province"}, {"code": "wz", "name": "温州市局", "level": "city", "parent": "zj"}],
             "people": [{"login": "sys.zj", "name": "省系统员", "password": PASSWORD, "posts": [{"role": "system_administrator", "office": "nb"}, {"role": "system_administrator", "office": "zj"}]},
                        {"login": "wz", "name": "温州", "password": PASSWORD, "posts": [{"role": "head", "office": "wz"}]}]},
        )  # fmt: skip
    hs = f"/administration/offices/{office_id(office, 'hs')}"
    boss, above = signed_in(office, "boss.nb"), signed_in(office, "wz")
    assert (boss.open(f"/cases/{case}").status, above.open(f"/cases/{case}").status) == (200, 404)

    mover = signed_in(office, "sys.zj")
    mover.open(hs).submit(f"{hs}/move", above=office_id(office, "wz"))

    assert (boss.open(f"/cases/{case}").status, above.open(f"/cases/{case}").status) == (404, 200)
    assert "年度合同用印" in above.open("/tasks?scope=office").text
    assert "年度合同用印" not in boss.open("/tasks?scope=office").text
    assert "年度合同用印" in clerk.open("/tasks?scope=claimable").text


# --- people and posts ------------------------------------------------------------------------------------------------------


def come_in(browser: Browser, login: str, given: str) -> None:
    """Signs in with a one-time password, which opens nothing but the page on which an own one is chosen."""
    page = browser.open("/sign-in").submit("/sign-in", login=login, password=given)
    assert (page.address, browser.open("/profile").address) == ("/security/password", "/security/password")
    after = page.submit("/security/password", present_password=given, new_password="Own password of 2026", password_again="Own password of 2026")
    assert after.address.startswith(("/tasks", "/portal"))  # an outside party comes to its own pages


def test_it_takes_two_administrators_to_make_a_clerk(office: Office, system: Browser, security: Browser) -> None:
    hs = office_id(office, "hs")
    page = system.open("/administration/people").submit("/administration/people/new", login="new.clerk", name="新人", name_en="New", office=hs)
    assert "新人" in page.text
    here = at(office, "new.clerk")
    page = security.open(here).submit(f"{here}/appoint", post_office=hs, role="collector")
    assert "征收员" in page.text
    assert "没有“clerc”这种岗位" in security.open(here).submit(f"{here}/appoint", post_office=hs, role="clerc").text
    page = security.open(here).submit(f"{here}/appoint", post_office="", role="collector")
    assert (page.status, "“机构”不能为空" in page.text) == (422, True)
    shown = security.open(here).submit(f"{here}/password")
    (password,) = shown.tree.xpath("//div[contains(@class, 'notice-good')]//b/text()")

    fresh = Browser(office.web.test_client())
    come_in(fresh, "new.clerk", password)
    assert fresh.open("/profile").status == 200
    assert password not in security.open(here).text


def test_a_login_is_taken_once(office: Office, system: Browser) -> None:
    page = system.open("/administration/people").submit("/administration/people/new", login="li.na", name="另一李娜", office=office_id(office, "hs"))

    assert (page.status, "用户名“li.na”已由“李娜”使用" in page.text) == (422, True)
    assert "offices:person.create:refused" in events(office)


def test_a_transfer_takes_effect_at_the_next_request(office: Office, security: Browser, clerk: Browser) -> None:
    office.start()
    assert "年度合同用印" in clerk.open("/tasks?scope=claimable").text
    here = at(office, "li.na")
    page = security.open(here)
    (holding,) = page.tree.xpath("//input[@name='holding']/@value")
    security.open(here).submit(f"{here}/end", holding=holding, until="")
    security.open(here).submit(f"{here}/appoint", post_office=office_id(office, "yz"), role="collector")

    assert "年度合同用印" not in clerk.open("/tasks?scope=claimable").text
    assert "鄞州区税务局" in clerk.open("/profile").text


def test_nobody_gives_himself_a_post(office: Office, security: Browser) -> None:
    here = at(office, "sec.nb")
    page = security.open(here).submit(f"{here}/appoint", post_office=office_id(office, "hs"), role="inspector")

    assert (page.status, "不能给自己任免" in page.text) == (422, True)
    assert "offices:person.appoint:refused" in events(office)


def test_a_warning_comes_before_the_last_holder_is_taken_away(office: Office, security: Browser) -> None:
    office.start()
    here = at(office, "zhao.jun")  # the only head at Haishu
    (holding,) = security.open(here).tree.xpath("//input[@name='holding']/@value")
    page = security.open(here).submit(f"{here}/end", holding=holding)
    assert (page.status, "最后一名任职人员" in page.text) == (422, True)
    assert office.person("zhao.jun").roles == {"head"}

    page.submit(f"{here}/end", holding=holding, confirmed="1")
    assert office.person("zhao.jun").roles == set()


def test_who_leaves_is_out_at_once_and_the_page_shows_what_fell_back(office: Office, system: Browser, clerk: Browser, colleague: Browser) -> None:
    tasks = [office.task_of(office.start(f"用印 {n}")) for n in range(3)]
    for task in tasks:
        office.engine.claim(task, office.person("li.na"), f"claim {task}")
    office.engine.save_draft(tasks[0], {"purpose": "写了一半"}, office.person("li.na"))
    here = at(office, "li.na")

    page = system.open(here).submit(f"{here}/leave")

    assert "共有 3 项任务退回岗位" in page.text
    assert page.text.count("同岗位可认领") == 3
    assert clerk.open("/tasks").address == "/sign-in"
    assert "用印 2" in colleague.open("/tasks?scope=claimable").text
    office.engine.claim(tasks[0], office.person("wang.fang"), "k")
    assert office.engine.task(tasks[0], office.person("wang.fang")).draft == {"purpose": "写了一半"}
    assert "退回岗位" in colleague.open(f"/tasks/{tasks[0]}").text


def test_an_expired_post_gives_back_what_was_in_hand(office: Office, colleague: Browser) -> None:
    task = office.task_of(office.start())
    office.engine.claim(task, office.person("li.na"), "claim")
    with office.database.write() as session:
        load_organisation(session, {"people": [{"login": "li.na", "name": "李娜", "posts": [{"role": "clerk", "office": "hs", "to": office.clock.today()}]}]})
    assert fall_back(office.engine, office.database, office.clock) == 0
    office.clock.advance(timedelta(days=1))

    assert fall_back(office.engine, office.database, office.clock) == 1
    assert "年度合同用印" in signed_in(office, "wang.fang").open("/tasks?scope=claimable").text


# --- unattended ------------------------------------------------------------------------------------------------------------


def test_work_that_nobody_is_there_for_is_shown_and_sent_on_by_the_supervisor(office: Office, system: Browser, security: Browser, clerk: Browser) -> None:
    case = office.start()
    for login in ("li.na", "wang.fang"):
        system.open(at(office, login)).submit(f"{at(office, login)}/leave")

    told = security.open("/administration/unattended").text
    assert "海曙区税务局" in told
    assert "年度合同用印" not in told
    boss = signed_in(office, "boss.nb")
    page = boss.open("/administration/unattended")
    assert "年度合同用印" in page.text
    (action,) = [form.action for form in page.tree.forms if "/unattended/" in (form.action or "")]
    (post,) = page.tree.xpath("//option[contains(text(), 'head') and contains(text(), '海曙')]/@value")
    assert "已改派" in page.submit(action, post=post, reason="两名经办都已离职").text
    office.engine.claim(office.task_of(case, "zhao.jun"), office.person("zhao.jun"), "k")
    assert "没有无人办理的任务" in boss.open("/administration/unattended").text
    assert security.post(action, page.fields(action, post=post, reason="x")).status == 403


# --- deputies --------------------------------------------------------------------------------------------------------------


def test_a_clerk_names_a_colleague_who_is_told_so_on_every_page(office: Office, head: Browser, clerk: Browser, outsider: Browser) -> None:
    until = str(office.clock.today() + timedelta(days=7))
    page = head.open("/profile").submit("/profile/deputies", deputy="li.na", until=until)
    assert "李娜" in page.text

    for address in ("/tasks", "/cases", "/profile"):
        assert "代理中" in clerk.open(address).text, address
    assert "代理中" not in outsider.open("/tasks").text
    (action,) = [form.action for form in head.open("/profile").tree.forms if "/withdraw" in (form.action or "")]
    head.open("/profile").submit(action)
    assert "代理中 您代" not in clerk.open("/tasks").text


def test_a_deputy_is_a_colleague_and_for_others_the_security_administrator_names_him(office: Office, head: Browser, security: Browser) -> None:
    until = str(office.clock.today() + timedelta(days=7))
    page = head.open("/profile").submit("/profile/deputies", deputy="li.na", until=until, reach="some")
    assert (page.status, "“流程”不能为空" in page.text) == (422, True)
    form = head.open("/profile").fields("/profile/deputies", until=until)
    form["deputy"] = "chen.wei"
    assert "只能指定本机构的人员" in head.post("/profile/deputies", form).text

    page = security.open("/administration/deputies").submit("/administration/deputies/new", principal="zhao.jun", deputy="chen.wei", until=until, reach="some", process=["seal_request"])
    assert "赵军" in page.text
    assert office.person("chen.wei").steads[0].processes == {"seal_request"}
    page = security.open("/administration/deputies").submit("/administration/deputies/new", principal="li.na", deputy="li.na", until=until)
    assert "不能指定本人代理本人" in page.text


def test_the_timeline_says_who_acted_for_whom(office: Office, head: Browser, clerk: Browser, security: Browser) -> None:
    until = str(office.clock.today() + timedelta(days=7))
    security.open("/administration/deputies").submit("/administration/deputies/new", principal="li.na", deputy="chen.wei", until=until)
    case = office.start()
    deputy = signed_in(office, "chen.wei")
    task = office.task_of(case)
    page = deputy.open(f"/tasks/{task}")
    assert "由您代 李娜 办理" in page.text
    page.submit(f"/tasks/{task}/claim")

    assert "陈伟 代 李娜" in clerk.open(f"/cases/{case}").text


def test_what_a_deputy_had_in_hand_falls_back_when_it_is_withdrawn(office: Office, security: Browser) -> None:
    until = str(office.clock.today() + timedelta(days=7))
    security.open("/administration/deputies").submit("/administration/deputies/new", principal="li.na", deputy="chen.wei", until=until)
    task = office.task_of(office.start())
    office.engine.claim(task, office.person("chen.wei"), "claim")
    page = security.open("/administration/deputies")
    (action,) = [form.action for form in page.tree.forms if "/withdraw" in (form.action or "")]
    page.submit(action)

    assert office.person("chen.wei").steads == ()
    office.engine.claim(task, office.person("wang.fang"), "again")


# --- parties ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "number"), [("service_unit", "FW001"), ("collecting_agent", "DZ001"), ("enterprise", "330203D2143569X")])
def test_a_party_is_registered_and_its_account_sees_nothing_that_does_not_name_it(
    office: Office, system: Browser, security: Browser, kind: str, number: str
) -> None:
    case = office.start()
    page = system.open("/administration/parties").submit("/administration/parties/new", kind=kind, number=number, name="某单位", office=office_id(office, "hs"))
    assert "某单位" in page.text
    (action,) = [form.action for form in page.tree.forms if "/accounts" in (form.action or "")]
    page.submit(action, login="service.one", name="服务")
    here = at(office, "service.one")
    (password,) = security.open(here).submit(f"{here}/password").tree.xpath("//div[contains(@class, 'notice-good')]//b/text()")
    unit = Browser(office.web.test_client())
    come_in(unit, "service.one", password)

    assert "没有符合条件的案件" in unit.open("/cases").text
    for address, status in ((f"/cases/{case}", 404), ("/registers", 403), ("/registers/received.xlsx", 403), ("/administration/people", 403), (f"/tasks/{office.task_of(case)}", 404)):
        assert unit.open(address).status == status, address
    assert "年度合同用印" not in unit.open("/tasks?scope=office").text
    with office.database.write() as session:
        Link(session).put("INSERT INTO case_party (party, instance_id) VALUES (?, ?)", f"{kind}:{number}", case)
    assert "年度合同用印" in unit.open("/cases").text
    assert unit.open(f"/cases/{case}").status == 200


def test_an_enterprise_is_a_taxpayer(office: Office, system: Browser) -> None:
    page = system.open("/administration/parties").submit("/administration/parties/new", kind="enterprise", number="12", name="某公司", office=office_id(office, "hs"))
    assert (page.status, "纳税人识别号应为 15、17、18 或 20 位" in page.text) == (422, True)


def test_a_post_of_a_service_unit_shows_no_office(office: Office) -> None:
    with office.database.write() as session:
        load_organisation(session, {"people": [{"login": "unit", "name": "服务", "password": "p", "posts": [{"role": "service_unit", "office": "nb"}, {"role": "collecting_agent", "office": "hs"}]}]})

    assert office.person("unit").scopes == ()


# --- lists -----------------------------------------------------------------------------------------------------------------


def test_a_list_is_imported_whole_or_comes_back_row_by_row(office: Office, system: Browser) -> None:
    head, good = "用户名,姓名,英文名,所属机构编码\r\n", "zhang.san,张三,,hs\r\n"
    page = system.open("/administration/lists").submit("/administration/lists/people", file=upload("人员.csv", (head + good + "li.na,李娜,,hs\r\n").encode("gb18030")))
    assert (page.status, "没有导入任何一行" in page.text, "已由“李娜”使用" in page.text) == (422, True, True)
    with office.database.read() as session:
        assert store.person_by_login(session, "zhang.san") is None

    page = system.open("/administration/lists").submit("/administration/lists/people", file=upload("人员.csv", (head + good).encode()))
    assert "已导入" in page.text
    assert "张三" in system.open("/administration/people").text


def test_outside_parties_come_with_their_accounts_from_a_list(office: Office, system: Browser, security: Browser) -> None:
    assert "由系统管理员导入" in security.open("/administration/lists").text
    head, good = system.open("/administration/lists/parties.csv").response.data.decode("utf-8-sig"), "代征代售单位,DZ001,某代售点,,hs,dz.one,钱一\r\n"
    page = system.open("/administration/lists").submit("/administration/lists/parties", file=upload("单位.csv", (head + good + "银行,YH001,某行,,hs,,\r\n").encode()))
    (fault,) = page.tree.xpath("//tr[@data-row]")
    assert (page.status, [cell.text_content() for cell in fault]) == (422, ["3", "种类", "银行", "外部单位的种类应为 企业、技术服务单位、代征代售单位 之一，但这里是“银行”"])
    assert "某代售点" not in system.open("/administration/parties").text

    page = system.open("/administration/lists").submit("/administration/lists/parties", file=upload("单位.csv", (head + good).encode()))

    assert "已导入" in page.text
    assert "某代售点" in system.open("/administration/parties").text
    assert person(office, "dz.one").party_id is not None
    page = system.open("/administration/lists").submit("/administration/lists/parties", file=upload("单位.csv", (head + "企业,12,某公司,,hs,,\r\n").encode()))
    assert (page.status, "纳税人识别号应为 15、17、18 或 20 位" in page.text) == (422, True)


def test_the_same_form_sent_twice_changes_things_once(office: Office, system: Browser) -> None:
    form = system.open("/administration/people").fields("/administration/people/new", login="once", name="一次", office=office_id(office, "hs"))

    for _ in range(2):
        assert system.post("/administration/people/new", form).status == 200
    assert events(office).count("offices:person:created") == 1


def test_the_history_of_changes_knows_only_the_realm(office: Office, system: Browser, operator: Browser) -> None:
    here = at(office, "chen.wei")
    system.open(here).submit(f"{here}/rename", name="陈伟伟")

    assert "陈伟伟" in system.open("/administration/history").text
    assert "陈伟伟" not in operator.open("/administration/history").text


def test_whoever_leaves_or_gets_a_new_password_is_out_everywhere(office: Office, clerk: Browser, system: Browser, security: Browser) -> None:
    here = at(office, "li.na")
    assert clerk.open("/tasks").status == 200
    security.open(here).submit(f"{here}/password")
    assert clerk.open("/tasks").address.startswith("/sign-in")

    with office.database.write() as session:
        open_session(session, Entry(here.rsplit("/", 1)[-1]), office.clock.now(), agent="", address="")
    system.open(here).submit(f"{here}/leave")
    with office.database.read() as session:
        assert session.query(WebSession).filter_by(person_id=here.rsplit("/", 1)[-1]).count() == 0


def test_a_password_is_given_after_a_question_and_stands_in_the_history_in_words(office: Office, system: Browser, audit: Browser) -> None:
    li, security = office.person("li.na").person_id, signed_in(office, "sec.nb")
    page = security.open(f"/administration/people/{li}")
    (asks,) = page.tree.xpath(f"//details[@class='asks'][.//form[@action='/administration/people/{li}/password']]")
    assert "原来的密码立即作废" in asks.text_content()

    page.submit(f"/administration/people/{li}/password")

    assert "person:password" not in security.open(f"/administration/people/{li}").text
    (row,) = audit.open("/administration/history?kind=person:password:reset").tree.xpath("//tr[@data-row]")
    assert {"给出一次性密码", "李娜", "安全员"} <= {str(cell.text_content()).strip() for cell in row}


def test_what_the_history_says_of_a_party_and_of_a_list_is_in_words(office: Office, system: Browser, audit: Browser) -> None:
    unit = "种类,单位代码,单位名称,英文名称,管理机构编码,用户名,账户姓名\r\n技术服务单位,FW007,宁波某技术服务公司,,hs,service.seven,钱七\r\n"
    system.open("/administration/lists").submit("/administration/lists/parties", file=upload("单位.csv", unit.encode()))
    told = audit.open("/administration/history").tree.xpath("string(//main)")

    assert "技术服务单位 FW007" in told
    assert "种类 外部单位和账户" in told
    assert "service_unit" not in told
