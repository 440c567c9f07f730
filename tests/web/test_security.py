"""One's own password and devices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.ids import new_id
from records.audit import Who, trail_of
from records.offices.model import Person as PersonRow
from records.offices.sign_in_rules import SignInRules, change_rules
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.enrolling import password_of
from tests.web.office import PASSWORD, Office, open_office
from web.security.devices import device
from web.sessions.tables import WebSession

HERE = "/security/password"
NEW = "Harbour-42-lamp"


def change(person: Person, new: str = NEW, present: str = PASSWORD, again: str | None = None) -> Page:
    return person.open(HERE).submit(HERE, present_password=present, new_password=new, password_again=new if again is None else again)


def test_a_new_password_opens_and_the_old_one_does_not(office: Office, clerk: Person) -> None:
    page = change(clerk)

    assert page.address == "/security"
    assert "密码已更换" in page.text
    assert password_of(office, "li.na").status == 401
    assert password_of(office, "li.na", NEW).address == "/tasks"


def test_changing_it_signs_out_everywhere_else(office: Office, clerk: Person) -> None:
    elsewhere = signed_in(office, "li.na")
    change(clerk)

    assert clerk.open("/tasks").address == "/tasks"
    assert elsewhere.open("/tasks").address == "/sign-in"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("Ab-1", "新密码至少 10 个字"), ("Ab-1" * 40, "新密码最多 128 个字"), ("onlysmallletters", "至少 3 种"), ("Password123!", "太常见"),
        ("Li.Na-2026-x", "不能含您的用户名或姓名"), (PASSWORD, "应与现在的密码不同"),
    ],
)  # fmt: skip
def test_each_rule_has_its_sentence(clerk: Person, new: str, said: str) -> None:
    page = change(clerk, new)

    assert said in page.text
    assert new not in page.response.get_data(as_text=True)


def test_two_different_ones_are_told(clerk: Person) -> None:
    assert "两次填写的新密码不一样" in change(clerk, again="Harbour-42-lamb").text


def test_the_rules_that_are_read_are_those_that_count(office: Office, clerk: Person) -> None:
    with office.database.write() as session:
        change_rules(session, SignInRules(min_length=16, min_kinds=1, max_age_days=90), Who("", "test", office.clock.now()))

    shown = clerk.open(HERE).text
    assert "16 至 128 个字" in shown
    assert "每 90 天更换一次" in shown
    assert "至少 16 个字" in change(clerk).text
    assert "密码已更换" in change(clerk, "quiet harbour and a lamp").text


def test_a_wrong_present_password_is_told_and_locks_after_five(office: Office, clerk: Person) -> None:
    for _ in range(4):
        assert "现在的密码不正确" in change(clerk, present="guess").text
    assert "该用户已锁定" in change(clerk, present="guess").text
    assert password_of(office, "li.na").status == 429


def test_an_empty_present_password_counts_for_nothing(office: Office, clerk: Person) -> None:
    for _ in range(6):
        assert "请填写现在的密码" in change(clerk, present="").text

    assert password_of(office, "li.na").address == "/tasks"


def test_the_form_sent_twice_changes_once_and_counts_no_failure(office: Office, clerk: Person) -> None:
    page = clerk.open(HERE)
    fields = page.fields(HERE, present_password=PASSWORD, new_password=NEW, password_again=NEW)
    clerk.post(HERE, fields)

    assert clerk.post(HERE, fields).address == "/security"
    with office.database.read() as session:
        row = session.scalars(select(PersonRow).where(PersonRow.login == "li.na")).one()
        events = [entry.event for entry in trail_of(session, "person", row.id)]
    assert (row.failed_count, events) == (0, ["person:password:changed"])


def test_one_session_is_ended_and_the_others_stay(office: Office, clerk: Person) -> None:
    phone, desk = signed_in(office, "li.na"), signed_in(office, "li.na")
    with office.database.read() as session:
        rows = session.scalars(select(WebSession.token_sha256)).all()
    forms = [form.action for form in clerk.open("/security").tree.forms if form.action.endswith("/end")]
    assert len(forms) == 2 == len(rows) - 1

    assert "已退出那台设备" in clerk.open("/security").submit(forms[0]).text
    assert sorted(person.open("/tasks").address for person in (phone, desk)) == ["/sign-in", "/tasks"]


def test_nobody_ends_the_session_of_somebody_else(office: Office, clerk: Person, colleague: Person) -> None:
    with office.database.read() as session:
        mine = session.scalars(select(WebSession.token_sha256).join(PersonRow, PersonRow.id == WebSession.person_id).where(PersonRow.login == "li.na")).one()
    form = colleague.open("/profile").fields("/sign-out")
    answers = [colleague.post(f"/security/sessions/{one}/end", {**form, "key": new_id()}) for one in (mine, "0" * 64)]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert clerk.open("/tasks").address == "/tasks"


def test_a_form_that_ends_a_session_says_so_again_when_it_is_sent_twice(office: Office, clerk: Person) -> None:
    signed_in(office, "li.na")
    page = clerk.open("/security")
    (action,) = (form.action for form in page.tree.forms if form.action.endswith("/end"))

    assert ["已退出那台设备" in page.submit(action).text for _ in range(2)] == [True, True]


def test_the_same_form_again_ends_nobody_who_came_in_since(office: Office, clerk: Person) -> None:
    before = signed_in(office, "li.na")
    fields = clerk.open("/security").fields("/security/sessions/end-others")
    clerk.post("/security/sessions/end-others", fields)
    since = signed_in(office, "li.na")
    clerk.post("/security/sessions/end-others", fields)

    assert [person.open("/tasks").address for person in (before, since)] == ["/sign-in", "/tasks"]


def test_ended_sessions_are_in_the_trail(office: Office, clerk: Person) -> None:
    signed_in(office, "li.na")
    signed_in(office, "li.na")
    first = next(form.action for form in clerk.open("/security").tree.forms if form.action.endswith("/end"))
    clerk.open("/security").submit(first)
    clerk.open("/security").submit("/security/sessions/end-others")
    with office.database.read() as session:
        events = [(row.event, row.new) for row in trail_of(session, "login", "li.na") if "device" in row.event]

    assert events == [("session:device:ended", None), ("session:devices:ended", {"sessions": 1})]


def test_a_session_that_was_ended_is_out_on_every_node(office: Office, clerk: Person) -> None:
    other = open_office(office.database, office.clock)
    held = clerk.client.get_cookie("jinshui_session")
    assert held is not None
    there = Person(other.web.test_client())
    there.client.set_cookie("jinshui_session", held.value)
    assert there.open("/tasks").address == "/tasks"

    clerk.open("/profile").submit("/sign-out")

    assert there.open("/tasks").address == "/sign-in"


def test_a_session_does_not_come_back_with_its_person(office: Office, clerk: Person) -> None:
    for active in (False, True):
        with office.database.write() as session:
            session.scalars(select(PersonRow).where(PersonRow.login == "li.na")).one().active = active
        assert clerk.open("/tasks").address == "/sign-in"


def test_time_outs_are_data_and_count_at_once(office: Office, clerk: Person) -> None:
    with office.database.write() as session:
        change_rules(session, SignInRules(idle_minutes=10, lifetime_hours=1), Who("", "test", office.clock.now()))
    for _ in range(6):
        office.clock.advance(timedelta(minutes=9))
        assert clerk.open("/tasks").address == "/tasks"
    office.clock.advance(timedelta(minutes=9))
    assert clerk.open("/tasks").address == "/sign-in"

    idle = signed_in(office, "li.na")
    office.clock.advance(timedelta(minutes=11))
    assert idle.open("/tasks").address == "/sign-in"


def test_another_sign_in_at_the_same_browser_ends_the_session_before(office: Office, clerk: Person) -> None:
    held = clerk.client.get_cookie("jinshui_session")
    assert held is not None
    fields = clerk.open("/profile").fields("/sign-out", login="wang.fang", password=PASSWORD)
    clerk.post("/sign-in", fields)
    thief = Person(office.web.test_client())
    thief.client.set_cookie("jinshui_session", held.value)

    assert "王芳" in clerk.open("/tasks").text
    assert thief.open("/tasks").address == "/sign-in"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/139.0 Safari/537.36 Edg/139.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"), ("curl/8", "未知设备"), ("", "未知设备"),
    ],
)  # fmt: skip
def test_devices_have_names_that_their_owners_know(office: Office, agent: str, said: str) -> None:
    with office.web.test_request_context():
        assert device(agent) == said
