"""The second factor on the pages: setting it up, signing in with it, losing it, being obliged to it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from records.audit import Who, trail_of
from records.offices.lock_out import LOCK_OUT
from records.offices.sign_in_rules import SignInRules, change_rules
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.enrolling import HERE, begin, enrol, password_of
from tests.web.office import PASSWORD, Office
from web.returned.tables import WebReturned
from web.sessions.tables import WebHalfway


def oblige(office: Office, *roles: str) -> None:
    with office.database.write() as session:
        change_rules(session, SignInRules(second_factor_roles=roles), Who("", "test", office.clock.now()))


def test_the_code_of_the_device_follows_the_password(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")

    assert asked.address == "/sign-in/code"
    assert asked.person.open("/tasks").address == "/sign-in"
    inside = asked.submit("/sign-in/code", one_time_password=device.code())
    assert (inside.status, inside.address) == (200, "/tasks")


def test_the_picture_for_the_device_is_drawn_here_without_style_or_script(office: Office, clerk: Person) -> None:
    _device, page = begin(office, clerk)
    (picture,) = page.tree.xpath("//*[contains(@class, 'qr-picture')]")

    assert picture.xpath(".//svg//path")
    assert not picture.xpath(".//script | .//style | .//*[@style] | .//*[@href]")


def test_a_recovery_code_comes_in_once(office: Office, clerk: Person) -> None:
    _device, codes = enrol(office, clerk)

    assert password_of(office, "li.na").submit("/sign-in/code", one_time_password=codes[0]).address == "/tasks"
    again = password_of(office, "li.na").submit("/sign-in/code", one_time_password=codes[0])
    assert (again.status, again.address) == (401, "/sign-in/code")
    assert "验证码不正确，或者已经用过" in again.text


def test_a_code_that_was_used_is_refused_at_another_node(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    one, two = password_of(office, "li.na"), password_of(office, "li.na")
    code = device.code()

    assert one.submit("/sign-in/code", one_time_password=code).address == "/tasks"
    assert two.submit("/sign-in/code", one_time_password=code).status == 401


def test_the_form_of_the_code_sent_twice_comes_in_once_and_counts_no_failure(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")
    fields = asked.fields("/sign-in/code", one_time_password=device.code())
    twin = Person(office.web.test_client())  # a double click: sent before the cookies of the first answer are there
    for name in ("jinshui_visitor", "jinshui_halfway"):
        held = asked.person.client.get_cookie(name)
        assert held is not None
        twin.client.set_cookie(name, held.value)

    assert asked.person.post("/sign-in/code", fields).address == "/tasks"
    late = twin.post("/sign-in/code", fields)

    assert (late.status, twin.client.get_cookie("jinshui_session")) == (401, None)
    assert "这次登录已经失效" in late.text
    with office.database.read() as session:
        events = [row.event for row in trail_of(session, "login", "li.na")]
        assert session.scalar(select(func.count()).select_from(WebHalfway)) == 0
    assert events[-1] == "session:second_factor:code"


def test_half_a_sign_in_lasts_five_minutes(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")
    for _ in range(11):
        code = device.next()
    late = asked.submit("/sign-in/code", one_time_password=code)

    assert late.address == "/sign-in/code"
    assert "请重新登录" in late.text
    assert late.person.open("/tasks").address == "/sign-in"


def test_nobody_is_asked_for_a_code_without_having_shown_a_password(visitor: Person) -> None:
    assert visitor.open("/sign-in/code").address == "/sign-in"


def test_wrong_codes_lock_the_login(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")
    for _ in range(LOCK_OUT.failures):
        page = asked.submit("/sign-in/code", one_time_password=device.wrong())

    assert page.status == 429
    assert "该用户已锁定" in page.text
    assert password_of(office, "li.na").status == 429


def test_wrong_codes_of_one_address_close_it(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    visitor = Person(office.web.test_client())
    form = visitor.open("/sign-in").fields("/sign-in", password="guess")
    asked = password_of(office, "li.na")
    for number in range(30):
        visitor.post("/sign-in", {**form, "login": f"nobody{number}"})

    page = asked.submit("/sign-in/code", one_time_password=device.code())
    assert page.status == 429
    assert "这台设备或网络登录失败次数过多" in page.text


def test_an_empty_code_counts_for_nothing(office: Office, clerk: Person) -> None:
    enrol(office, clerk)
    asked = password_of(office, "li.na")

    assert all(asked.submit("/sign-in/code", one_time_password=" ").status == 422 for _ in range(6))


def test_setting_it_up_signs_out_everywhere_else(office: Office, clerk: Person) -> None:
    elsewhere = signed_in(office, "li.na")
    enrol(office, clerk)

    assert elsewhere.open("/tasks").address == "/sign-in"
    assert clerk.open("/tasks").address == "/tasks"


def test_a_wrong_first_code_sets_nothing_up_and_keeps_no_picture(office: Office, clerk: Person) -> None:
    device, page = begin(office, clerk)
    again = page.submit(f"{HERE}/confirm", one_time_password=device.wrong())

    assert "请核对手机的时间" in again.text
    assert password_of(office, "li.na").address == "/tasks"
    with office.database.read() as session:
        assert session.scalars(select(WebReturned)).all() == []


def test_recovery_codes_are_shown_once_and_kept_on_no_page(office: Office, clerk: Person) -> None:
    _device, codes = enrol(office, clerk)

    assert len(set(codes)) == 10
    assert not any(code in clerk.open(HERE).text for code in codes)
    with office.database.read() as session:
        assert session.scalars(select(WebReturned)).all() == []


def test_new_recovery_codes_need_a_code_and_void_the_old_ones(office: Office, clerk: Person) -> None:
    device, codes = enrol(office, clerk)

    assert "验证码不正确" in clerk.open(HERE).submit(f"{HERE}/codes", one_time_password=device.wrong()).text
    fresh = clerk.open(HERE).submit(f"{HERE}/codes", one_time_password=device.code())
    assert fresh.status == 201
    assert password_of(office, "li.na").submit("/sign-in/code", one_time_password=codes[1]).status == 401
    new = fresh.tree.xpath("//ol/li/text()")[0]
    assert password_of(office, "li.na").submit("/sign-in/code", one_time_password=new).address == "/tasks"


def test_a_form_for_new_recovery_codes_works_once(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    page = clerk.open(HERE)
    fields = page.fields(f"{HERE}/codes", one_time_password=device.code())

    assert clerk.post(f"{HERE}/codes", fields).status == 201
    fields["one_time_password"] = device.next()
    assert "这张表单已经用过" in clerk.post(f"{HERE}/codes", fields).text


def test_taking_it_away_needs_a_code(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)

    clerk.open(HERE).submit(f"{HERE}/remove", one_time_password=device.wrong())
    assert password_of(office, "li.na").address == "/sign-in/code"
    clerk.open(HERE).submit(f"{HERE}/remove", one_time_password=device.code())
    assert password_of(office, "li.na").address == "/tasks"


def test_whoever_is_obliged_sets_it_up_before_anything_else(office: Office, clerk: Person) -> None:
    oblige(office, "clerk")

    assert clerk.open("/tasks").address == HERE
    assert clerk.open("/security/password").address == "/security/password"
    assert "必须使用第二验证" in clerk.open("/tasks").text
    enrol(office, clerk)
    assert clerk.open("/tasks").address == "/tasks"


def test_nothing_can_be_done_by_form_either_before_it_is_set_up(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = office.task_of(office.start())
    form = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}/claim")
    oblige(office, "clerk")

    assert clerk.post(f"/tasks/{task_id}/claim", form).address == HERE
    oblige(office)
    assert colleague.open(f"/tasks/{task_id}").form(f"/tasks/{task_id}/claim") is not None  # still nobody's


def test_whoever_is_obliged_cannot_take_it_away(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    fields = clerk.open(HERE).fields(f"{HERE}/remove", one_time_password=device.code())
    oblige(office, "clerk")

    assert "不能停用" in clerk.post(f"{HERE}/remove", fields).text
    assert password_of(office, "li.na").address == "/sign-in/code"


def test_others_are_not_obliged(office: Office, head: Person) -> None:
    oblige(office, "clerk")

    assert head.open("/tasks").address == "/tasks"


def test_going_on_after_the_code_stays_in_the_house(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    visitor = Person(office.web.test_client())
    form = visitor.open("/cases?q=a").fields("/sign-in", login="li.na", password=PASSWORD)
    asked = visitor.post("/sign-in", form)
    for address, place in (("https://evil.example/", "/"), ("//evil.example", "/"), ("/cases?q=a", "/cases?q=a")):
        fields = asked.fields("/sign-in/code", one_time_password=device.next(), next=address)
        answer = visitor.client.post("/sign-in/code", data=fields)

        assert answer.headers["Location"] == place
        visitor.open("/profile").submit("/sign-out")
        asked = visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)


def test_the_session_has_a_token_of_its_own_after_the_code(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")
    halfway = asked.person.client.get_cookie("jinshui_halfway")
    assert halfway is not None
    asked.person.client.set_cookie("jinshui_session", halfway.value)

    assert asked.person.open("/tasks").address == "/sign-in"
    assert asked.submit("/sign-in/code", one_time_password=device.code()).address == "/tasks"
    session = asked.person.client.get_cookie("jinshui_session")
    assert session is not None
    assert session.value != halfway.value
    assert asked.person.client.get_cookie("jinshui_halfway") is None


def test_both_halves_are_in_the_trail(office: Office, clerk: Person) -> None:
    device, _codes = enrol(office, clerk)
    asked = password_of(office, "li.na")
    asked.submit("/sign-in/code", one_time_password=device.wrong())
    asked.submit("/sign-in/code", one_time_password=device.code())
    with office.database.read() as session:
        events = [row.event for row in trail_of(session, "login", "li.na")]

    assert events == [
        "session:sign_in:accepted", "session:sign_in:password_accepted", "session:second_factor:refused", "session:second_factor:code",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/security", "/security/password", HERE])
def test_own_pages_are_nobody_elses(visitor: Person, address: str) -> None:
    assert visitor.open(address).address == "/sign-in"


def test_a_colleague_sees_his_own_second_factor_only(office: Office, clerk: Person, colleague: Person) -> None:
    enrol(office, clerk)

    assert "开始设置" in colleague.open(HERE).text
    assert "恢复码还有" in clerk.open(HERE).text
