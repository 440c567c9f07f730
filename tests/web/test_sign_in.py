"""The way in and out: passwords, lock-out, sessions that end at once, languages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from records.audit import trail_of
from records.offices import sign_in
from records.offices.model import Person as PersonRow
from records.offices.model import PostHolding
from records.offices.sign_in import ADDRESS_LIMIT
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.office import PASSWORD, Office


def cookie(person: Person, name: str = "jinshui_session") -> str:
    found = person.client.get_cookie(name)
    return found.value if found else ""


def test_the_front_page_asks_who_is_there(visitor: Person) -> None:
    assert visitor.open("/").address == "/sign-in"


def test_the_right_password_opens_the_worklist(visitor: Person) -> None:
    page = visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)

    assert (page.status, page.address) == (200, "/tasks")
    assert "李娜" in page.text


def test_a_refusal_does_not_say_which_of_the_two_was_wrong(visitor: Person) -> None:
    wrong_password = visitor.open("/sign-in").submit("/sign-in", login="li.na", password="guess")
    no_such_login = visitor.open("/sign-in").submit("/sign-in", login="nobody", password="guess")

    assert wrong_password.status == no_such_login.status == 401
    assert "用户名或密码不正确" in wrong_password.text
    assert "用户名或密码不正确" in no_such_login.text


def test_five_wrong_passwords_lock_the_login_and_say_until_when(visitor: Person) -> None:
    for _ in range(5):
        page = visitor.open("/sign-in").submit("/sign-in", login="li.na", password="guess")

    assert page.status == 429
    assert "请在 09:15 之后再试" in page.text
    assert visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD).status == 429


def test_what_was_left_empty_is_told_and_counts_for_nothing(visitor: Person) -> None:
    for fields in ({"login": "", "password": ""}, {"login": "li.na", "password": ""}, {"login": "", "password": PASSWORD}):
        for _ in range(3):
            page = visitor.open("/sign-in").submit("/sign-in", **fields)
            assert "请填写用户名和密码" in page.text
            assert "不正确" not in page.text

    assert visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD).address == "/tasks"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(visitor: Person) -> None:
    page = visitor.open("/cases?q=协查").submit("/sign-in", login="li.na", password=PASSWORD)

    assert page.address == "/cases"


def test_nobody_is_sent_to_another_site_after_signing_in(visitor: Person) -> None:
    for address in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        form = visitor.open("/sign-in").fields("/sign-in", login="li.na", password=PASSWORD, next=address)
        answer = visitor.client.post("/sign-in", data=form)

        assert answer.headers["Location"] == "/", address
        visitor.open("/profile").submit("/sign-out")


def test_a_session_gets_a_new_token_when_somebody_signs_in(visitor: Person) -> None:
    visitor.client.set_cookie("jinshui_session", "planted")
    visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)

    assert cookie(visitor) not in {"", "planted"}


def test_a_stolen_token_is_worth_nothing_after_signing_out(clerk: Person, visitor: Person) -> None:
    token = cookie(clerk)
    clerk.open("/profile").submit("/sign-out")

    visitor.client.set_cookie("jinshui_session", token)
    assert visitor.open("/tasks").address == "/sign-in"


def test_an_idle_session_ends(clerk: Person, office: Office) -> None:
    office.clock.advance(timedelta(hours=2, minutes=1))

    assert clerk.open("/tasks").address == "/sign-in"


def test_a_session_in_use_lasts_until_its_lifetime_is_over(clerk: Person, office: Office) -> None:
    for _ in range(11):
        office.clock.advance(timedelta(hours=1))
        assert clerk.open("/tasks").address == "/tasks"
    office.clock.advance(timedelta(hours=1, minutes=1))

    assert clerk.open("/tasks").address == "/sign-in"


def test_a_person_who_left_is_out_with_the_next_request(clerk: Person, office: Office) -> None:
    with office.database.write() as session:
        session.execute(update(PersonRow).where(PersonRow.login == "li.na").values(active=False))

    assert clerk.open("/tasks").address == "/sign-in"


def test_a_post_that_ended_yesterday_gives_no_right_today(clerk: Person, office: Office) -> None:
    instance_id = office.start()
    with office.database.write() as session:
        session.execute(update(PostHolding).values(valid_to=date(2026, 3, 1)))

    assert clerk.open(f"/cases/{instance_id}").status == 404


def test_other_sessions_can_be_ended_from_ones_own_page(clerk: Person, office: Office) -> None:
    elsewhere = signed_in(office, "li.na")
    clerk.open("/security").submit("/security/sessions/end-others")

    assert elsewhere.open("/tasks").address == "/sign-in"
    assert clerk.open("/tasks").address == "/tasks"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(visitor: Person) -> None:
    form = visitor.open("/sign-in").fields("/sign-in", login="li.na", password=PASSWORD)
    cookies = visitor.client.post("/sign-in", data=form).headers.getlist("Set-Cookie")
    session = next(c for c in cookies if c.startswith("jinshui_session="))

    assert "HttpOnly" in session
    assert "SameSite=Lax" in session


def test_the_language_stays_with_the_person(clerk: Person, office: Office) -> None:
    page = clerk.open("/tasks").submit("/language", language="en")

    assert "Worklist" in page.text
    assert "Worklist" in signed_in(office, "li.na").open("/tasks").text


def test_a_language_that_nobody_offers_is_chinese(clerk: Person) -> None:
    assert "待办工作台" in clerk.open("/tasks").submit("/language", language="fr").text


def test_every_way_in_and_out_is_in_the_trail(visitor: Person, office: Office) -> None:
    visitor.open("/sign-in").submit("/sign-in", login="li.na", password="guess")
    visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)
    visitor.open("/profile").submit("/sign-out")

    with office.database.read() as session:
        events = [entry.event.rsplit(":")[-1] for entry in trail_of(session, "login", "li.na")]
    assert events == ["refused", "accepted", "ended"]


def test_an_address_that_fails_too_often_is_asked_to_wait_and_nothing_more_is_written(office: Office, visitor: Person) -> None:
    form = visitor.open("/sign-in").fields("/sign-in", password="guess")
    limit = ADDRESS_LIMIT.failures
    statuses = [visitor.post("/sign-in", {**form, "login": f"nobody{n}"}).status for n in range(limit + 2)]
    with office.database.read() as session:
        kept = len(trail_of(session, "address", "127.0.0.1"))

    assert statuses == [401] * limit + [429] * 2
    assert kept == limit
    refused = visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)
    assert "这台设备或网络登录失败次数过多，请在 09:15 之后再试" in refused.text
    office.clock.advance(ADDRESS_LIMIT.period)
    assert visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD).address == "/tasks"


def test_a_password_is_checked_with_no_transaction_open(office: Office, visitor: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite whoever writes has the database alone: a loop of sign-ins would hold up everybody's work."""
    written: list[bool] = []

    def slow(_hash: str | None, _password: str) -> bool:
        clerk = office.task_of(office.start(f"照常 {len(written)}"))
        office.engine.claim(clerk, office.person("li.na"), f"claim {len(written)}")
        written.append(office.database.engine.pool.checkedout() == 0)  # type: ignore[attr-defined]
        return False

    monkeypatch.setattr(sign_in, "matches", slow)
    for login in ("li.na", "nobody"):
        visitor.open("/sign-in").submit("/sign-in", login=login, password="guess")

    assert written == [True, True]


@pytest.mark.parametrize(("login", "first"), [("li.na", "/tasks"), ("gao.bo", "/operations"), ("tian.yu", "/administration"), ("jiang.tao", "/audit")])
def test_everybody_comes_in_where_his_work_is(office: Office, login: str, first: str) -> None:
    person = signed_in(office, login)

    assert person.client.get("/").headers["Location"] == first
    assert person.open(first).tree.xpath("//header//nav/a/@href")[0] == first
