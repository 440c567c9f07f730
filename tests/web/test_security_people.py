"""The security administrator's pages: for whom they are, for whom one may act there, and what each act does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from records.audit import trail_of
from records.offices.lock_out import LOCK_OUT
from records.offices.sign_in_rules import SignInRules, rules_of
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.enrolling import enrol, password_of
from tests.web.office import PASSWORD, Office, open_office
from web import create_web
from web.entry.outside.settings import OutsideSettings
from web.returned.tables import WebReturned
from web.services import KEY, Services, WebSettings

NEW = "Harbour-42-lamp"
SSO = OutsideSettings("https://sso.example", "jinshui", "secret", "employee_number")


def at(office: Office, login: str) -> str:
    return f"/security/people/{office.person(login).person_id}"


def reset(office: Office, guardian: Person, login: str = "li.na") -> tuple[Page, str]:
    page = guardian.open(at(office, login)).submit(f"{at(office, login)}/reset")
    return page, str(page.tree.xpath("//*[contains(@class, 'one-time')]/text()")[0])


@pytest.mark.parametrize("address", ["/security/people", "/security/rules"])
def test_the_pages_are_for_security_administrators(clerk: Person, operator: Person, visitor: Person, guardian: Person, address: str) -> None:
    assert [person.open(address).status for person in (clerk, operator)] == [403, 403]
    assert visitor.open(address).address == "/sign-in"
    assert guardian.open(address).status == 200
    assert "登录管理" not in clerk.open("/tasks").text


def test_who_is_not_beneath_looks_as_if_not_there(office: Office, warden: Person) -> None:
    shown = warden.open("/security/people").text

    assert "李娜" in shown
    assert "陈伟" not in shown
    assert "韦岚" not in shown
    answers = [warden.open(at(office, "chen.wei")), warden.open("/security/people/unknown")]
    assert [page.status for page in answers] == [404, 404]
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("act", ["reset", "unlock", "remove-factor", "end-sessions", "sessions/x/end", "outside"])
def test_no_act_reaches_who_is_not_beneath_nor_oneself(office: Office, warden: Person, clerk: Person, act: str) -> None:
    fields = warden.open(at(office, "li.na")).fields(f"{at(office, 'li.na')}/reset")
    outside = signed_in(office, "chen.wei")

    assert warden.post(f"{at(office, 'chen.wei')}/{act}", fields).status == 404
    assert warden.post(f"{at(office, 'tian.yu')}/{act}", fields).status == 404
    assert clerk.post(f"{at(office, 'wang.fang')}/{act}", clerk.open("/profile").fields("/sign-out")).status == 403
    assert outside.open("/tasks").address == "/tasks"


def test_a_reset_shows_a_one_time_password_once_and_ends_every_session(office: Office, guardian: Person, clerk: Person) -> None:
    there = Person(open_office(office.database, office.clock).web.test_client())
    held = clerk.client.get_cookie("jinshui_session")
    assert held is not None
    there.client.set_cookie("jinshui_session", held.value)
    page, password = reset(office, guardian)

    assert page.status == 201
    assert [person.open("/tasks").address for person in (clerk, there)] == ["/sign-in", "/sign-in"]
    assert password not in guardian.open(at(office, "li.na")).text
    assert password_of(office, "li.na").status == 401
    with office.database.read() as session:
        assert session.scalars(select(WebReturned)).all() == []
        assert password not in str([row.new for row in trail_of(session, "person", office.person("li.na").person_id)])


def test_the_one_time_password_opens_nothing_but_the_page_for_an_own_one(office: Office, guardian: Person) -> None:
    _page, password = reset(office, guardian)
    page = password_of(office, "li.na", password)
    person = page.person

    assert page.address == "/security/password"
    assert "设置自己的密码" in page.text
    assert page.tree.xpath("//header//nav") == []
    for address in ("/tasks", "/cases", "/security", "/profile", "/start"):
        assert person.open(address).address == "/security/password"
    refused = page.submit("/security/password", new_password=password, password_again=password)
    assert "应与现在的密码不同" in refused.text
    inside = page.submit("/security/password", new_password=NEW, password_again=NEW)
    assert inside.address == "/tasks"
    assert password_of(office, "li.na", NEW).address == "/tasks"
    assert password_of(office, "li.na", password).status == 401


def test_a_one_time_password_expires(office: Office, guardian: Person) -> None:
    _page, password = reset(office, guardian)
    office.clock.advance(SignInRules().initial)

    assert "这个一次性密码已经过期" in password_of(office, "li.na", password).text
    assert "一次性密码已过期" in signed_in(office, "wei.lan").open("/security/people?q=li.na").text


def test_the_form_of_a_reset_works_once(office: Office, guardian: Person) -> None:
    here = at(office, "li.na")
    fields = guardian.open(here).fields(f"{here}/reset")
    first = guardian.post(f"{here}/reset", fields)
    second = guardian.post(f"{here}/reset", fields)

    assert (first.status, second.status) == (201, 409)
    assert password_of(office, "li.na", str(first.tree.xpath("//*[contains(@class, 'one-time')]/text()")[0])).address == "/security/password"


def test_a_locked_login_is_opened_at_once(office: Office, guardian: Person) -> None:
    for _ in range(LOCK_OUT.failures):
        password_of(office, "li.na", "guess")
    page = guardian.open(at(office, "li.na"))
    assert "锁定至" in page.text

    assert "已解除锁定" in page.submit(f"{at(office, 'li.na')}/unlock").text
    assert password_of(office, "li.na").address == "/tasks"


def test_a_lost_device_is_reset_and_its_person_signed_out(office: Office, guardian: Person, clerk: Person) -> None:
    enrol(office, clerk)
    guardian.open(at(office, "li.na")).submit(f"{at(office, 'li.na')}/remove-factor")

    assert clerk.open("/tasks").address == "/sign-in"
    assert password_of(office, "li.na").address == "/tasks"


def test_a_sign_in_that_is_half_done_ends_with_a_reset(office: Office, guardian: Person, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    half = password_of(office, "li.na")
    reset(office, guardian)

    assert half.submit("/sign-in/code", one_time_password=device.code()).status == 401
    assert half.person.open("/tasks").address == "/sign-in"


def test_one_device_or_all_are_ended(office: Office, guardian: Person, clerk: Person) -> None:
    phone = signed_in(office, "li.na")
    here = at(office, "li.na")
    first = next(form.action for form in guardian.open(here).tree.forms if form.action.endswith("/end"))
    guardian.open(here).submit(first)
    assert sorted(person.open("/tasks").address for person in (clerk, phone)) == ["/sign-in", "/tasks"]

    assert "所有设备上退出" in guardian.open(here).submit(f"{here}/end-sessions").text
    assert [person.open("/tasks").address for person in (clerk, phone)] == ["/sign-in", "/sign-in"]


def test_every_act_is_in_the_trail_with_who_did_it(office: Office, guardian: Person, clerk: Person) -> None:
    enrol(office, clerk)
    here = at(office, "li.na")
    guardian.open(here).submit(f"{here}/remove-factor")
    reset(office, guardian)
    with office.database.read() as session:
        person = [(row.event, row.person_name) for row in trail_of(session, "person", office.person("li.na").person_id)]
        ended = [(row.event, row.person_name, row.new) for row in trail_of(session, "login", "li.na") if "device" in row.event]

    assert person[-2:] == [("person:second_factor:removed", "韦岚"), ("person:password:reset", "韦岚")]
    assert ended == [("session:devices:ended", "韦岚", {"sessions": 1, "by": "administrator"})]


def test_the_list_says_how_people_sign_in(office: Office, guardian: Person, clerk: Person) -> None:
    enrol(office, clerk)
    (row,) = guardian.open("/security/people?q=李娜").tree.xpath("//tr[@data-row]")

    assert "已启用" in row.text_content()
    assert "没有找到人员" in guardian.open("/security/people?q=没有这个人").text


def test_rules_change_for_everybody_at_once(office: Office, guardian: Person, clerk: Person) -> None:
    page = guardian.open("/security/rules").submit("/security/rules", min_length="14", roles=["data_entry"])

    assert "登录规则已保存" in page.text
    with office.database.read() as session:
        assert rules_of(session) == SignInRules(min_length=14, second_factor_roles=("data_entry",))
    assert "14 至 128 个字" in clerk.open("/security/password").text


@pytest.mark.parametrize("value", ["", "7", "65", "1e1", "²", "9" * 400])
def test_a_number_that_cannot_be_is_told_at_its_field(office: Office, guardian: Person, value: str) -> None:
    page = guardian.open("/security/rules").submit("/security/rules", min_length=value)

    assert "应为 8 至 64 的整数" in page.text
    with office.database.read() as session:
        assert rules_of(session) == SignInRules()


def test_rules_are_changed_at_the_head_of_the_tree_only(office: Office, warden: Person) -> None:
    page = warden.open("/security/rules")

    assert "只有最上级机关的安全管理员可以改动" in page.text
    assert warden.post("/security/rules", page.fields("/security/rules", min_length="14")).status == 404


def with_provider(office: Office, login: str) -> Person:
    deps: Services = office.web.extensions[KEY]
    person = Person(create_web(replace(deps, settings=WebSettings(outside=SSO))).test_client())
    person.open("/sign-in").submit("/sign-in", login=login, password=PASSWORD)
    return person


def test_by_what_a_provider_knows_people_is_written_down_once(office: Office, clerk: Person) -> None:
    guardian = with_provider(office, "wei.lan")
    clerk_at, other_at = at(office, "li.na"), at(office, "wang.fang")

    assert "已保存" in guardian.open(clerk_at).submit(f"{clerk_at}/outside", value=" 330203001 ").text
    assert clerk.open("/tasks").address == "/sign-in"
    assert "已经对应另一位用户" in guardian.open(other_at).submit(f"{other_at}/outside", value="330203001").text
    assert guardian.open(clerk_at).form(f"{clerk_at}/outside").fields["value"] == "330203001"


def test_without_a_provider_there_is_nothing_to_write_down(office: Office, guardian: Person) -> None:
    here = at(office, "li.na")

    assert guardian.post(f"{here}/outside", guardian.open(here).fields(f"{here}/reset")).status == 404


def test_english_pages_hold_no_chinese_but_names(office: Office, guardian: Person) -> None:
    guardian.open("/tasks").submit("/language", language="en")
    texts = [guardian.open(address).text for address in ("/security", "/security/password", "/security/second-factor", "/security/people", "/security/rules", at(office, "li.na"))]
    texts.append(reset(office, guardian)[0].text)

    left = {character for text in texts for character in text if "\u4e00" <= character <= "\u9fff" or character in "，：；。（）"}
    assert left - set("中文") == set()
