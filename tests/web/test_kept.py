"""What was typed outlives its session, and a task that went to somebody else meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import FILLED, PASSWORD, Office
from tests.web.test_tasks import own_task

OURS = {"Origin": "http://localhost"}  # as browsers say it of every form


def half_filled(office: Office, clerk: Person) -> tuple[str, Any]:
    task_id = own_task(office)
    return f"/tasks/{task_id}", clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}", **{**FILLED, "copies": "一百", "remark": "请加急"})


def sign_in(page: Page, password: str = PASSWORD) -> Page:
    return page.submit("/sign-in", login="li.na", password=password)


def test_a_form_that_comes_after_its_session_goes_on_when_one_has_signed_in_again(office: Office, clerk: Person) -> None:
    address, fields = half_filled(office, clerk)
    office.clock.advance(timedelta(hours=3))

    refused = sign_in(clerk.post(address, fields, **OURS), password="wrong")
    assert "没有丢失" in refused.text
    waiting = sign_in(refused)
    page = waiting.submit(address)

    form = page.form(address)
    assert page.status == 422
    assert (form.fields["copies"], form.fields["remark"]) == ("一百", "请加急")


def test_nothing_is_carried_for_a_form_of_another_page(office: Office, clerk: Person, visitor: Person) -> None:
    address, fields = half_filled(office, clerk)

    assert "请加急" not in visitor.post(address, fields).response.get_data(as_text=True)
    entered = visitor.open("/sign-in").fields("/sign-in", login="li.na", password=PASSWORD, kept_at="//evil.example/x", kept="remark=1")
    assert visitor.post("/sign-in", entered).address == "/tasks"


def test_a_form_whose_person_signed_in_anew_elsewhere_is_asked_about_and_sent_again(office: Office, clerk: Person) -> None:
    address, fields = half_filled(office, clerk)
    anew = signed_in(office, "li.na")

    asked = anew.post(address, fields, **OURS)
    assert asked.status == 403
    page = asked.submit(address)

    assert page.form(address).fields["remark"] == "请加急"


def test_what_was_typed_for_a_task_that_was_given_back_is_in_the_form_when_it_is_claimed_again(office: Office, clerk: Person) -> None:
    address, fields = half_filled(office, clerk)
    clerk.open(address).submit(f"{address}/release")

    given_back = clerk.post(address, fields)
    assert "已经退领，刚才填写的内容没有提交" in given_back.text
    page = given_back.submit(f"{address}/claim")

    form = page.form(address)
    assert (form.fields["copies"], form.fields["remark"]) == ("一百", "请加急")


def test_what_was_typed_for_a_task_that_a_colleague_took_is_shown(office: Office, clerk: Person) -> None:
    address, fields = half_filled(office, clerk)
    clerk.open(address).submit(f"{address}/release")
    office.engine.claim(address.split("/")[-1], office.person("wang.fang"), "claim:faster")

    page = clerk.post(address, fields)

    assert page.status == 409
    assert "已由 王芳 办理" in page.text
    assert "请加急" in page.text
