"""A form that is refused comes back as a page of its own: going back or reloading never asks to send it again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from tests.web.browsing import Person
from tests.web.office import Office
from web.returned.tables import WebReturned


def refused(person: Person) -> str:
    """A start form that lacks what it needs; returns where it came back."""
    fields = person.open("/start/seal_request").fields("/start/seal_request", purpose="", remark="写了一半")
    answer = person.client.post("/start/seal_request", data=fields)
    assert answer.status_code == 303
    return answer.location


def test_a_refused_form_is_read_again_as_often_as_one_likes(office: Office, clerk: Person) -> None:
    place = refused(clerk)

    pages = [clerk.open(place) for _ in range(2)]

    assert [page.status for page in pages] == [422, 422]
    assert all("请填写“用印事由”" in page.text for page in pages)
    done = pages[1].submit("/start/seal_request", purpose="补上了")
    assert done.address.startswith("/tasks/")


def test_nobody_else_reads_it(office: Office, clerk: Person, colleague: Person, visitor: Person) -> None:
    place = refused(clerk)

    assert colleague.open(place).status == 404
    assert visitor.open(place).address == "/sign-in"
    assert clerk.open("/returned/" + "0" * 32).status == 404


def test_what_htmx_asked_for_is_answered_in_place(office: Office, clerk: Person) -> None:
    fields = clerk.open("/start/seal_request").fields("/start/seal_request", purpose="")
    answer = clerk.client.post("/start/seal_request", data=fields, headers={"HX-Request": "true"})

    assert answer.status_code == 422


def test_a_further_row_without_scripts_has_an_address_too(office: Office, clerk: Person) -> None:
    fields = clerk.open("/start/seal_request").fields("/start/seal_request", purpose="写了一半")
    page = clerk.post("/start/seal_request/form", fields)

    assert (page.status, page.address.partition("/returned/")[0]) == (200, "")
    assert page.form("/start/seal_request").fields["purpose"] == "写了一半"


def test_pages_are_kept_no_longer_than_a_session(office: Office, clerk: Person) -> None:
    refused(clerk)
    office.clock.advance(timedelta(hours=13))
    clerk.open("/sign-in").submit("/sign-in", login="li.na", password="seal and paper")
    refused(clerk)

    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WebReturned)) == 1


def test_a_form_that_was_used_already_leads_to_itself_anew(office: Office, clerk: Person) -> None:
    page = clerk.open(refused(clerk))
    page.submit("/start/seal_request", purpose="补上了")

    again = page.submit("/start/seal_request", purpose="又一件")
    assert (again.status, again.address.partition("/returned/")[0]) == (409, "")
    assert "这张表单已经用过" in again.text
    (anew,) = again.tree.xpath("//a[text()='重新打开这一页']/@href")
    assert clerk.open(anew).submit("/start/seal_request", purpose="又一件").address.startswith("/tasks/")


def test_what_was_typed_is_not_left_behind_by_choosing_a_language(office: Office, clerk: Person, visitor: Person) -> None:
    assert clerk.open("/start/seal_request").tree.xpath("//form[@action='/language']")
    page = clerk.open(refused(clerk))
    assert not page.tree.xpath("//form[@action='/language']")
    (switch,) = page.tree.xpath("//header//button[@form='task-form']/@formaction")
    english = page.submit("/start/seal_request", to=str(switch), purpose="写了一半")
    assert (english.status, english.form("/start/seal_request").fields["purpose"]) == (200, "写了一半")
    assert "1 entry needs correction" in english.submit("/start/seal_request", purpose="").text
    assert clerk.open("/profile").tree.xpath("/html/@lang") == ["en"]  # from now on, as by any other switch
    wrong = visitor.open("/sign-in").submit("/sign-in", login="li.na", password="x")
    assert wrong.tree.xpath("//form[@action='/language']")
