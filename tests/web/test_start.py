"""Starting a case: who may, at which office, once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import NotYours
from engine.forms import Option, parse_form
from records.offices import store
from records.offices.organisation import load_organisation
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.office import PASSWORD, Office
from web.start.beginning import first_with_choices


def test_people_see_what_their_posts_may_start(clerk: Person, head: Person) -> None:
    assert "用印审批" in clerk.open("/start").text
    assert "您的岗位没有可以发起的流程" in head.open("/start").text


def test_a_start_leads_to_the_first_task(office: Office, clerk: Person) -> None:
    page = clerk.open("/start/seal_request").submit("/start/seal_request", purpose="年度合同用印")

    assert page.address.startswith("/tasks/")
    assert "填写用印单" in page.text


def test_a_start_without_what_it_needs_says_so(office: Office, clerk: Person) -> None:
    page = clerk.open("/start/seal_request").submit("/start/seal_request", purpose="")

    assert page.status == 422
    assert "请填写“用印事由”" in page.text
    assert office.engine.cases(office.person("li.na")) == ([], False)


def test_a_start_sent_twice_makes_one_case(office: Office, clerk: Person) -> None:
    form = clerk.open("/start/seal_request").fields("/start/seal_request", purpose="只发一次")
    addresses = {clerk.post("/start/seal_request", form).address for _ in range(2)}

    assert len(addresses) == 1
    assert len(office.engine.cases(office.person("li.na"))[0]) == 1


def test_whoever_lacks_the_post_cannot_start(head: Person) -> None:
    form = head.open("/profile").fields("/sign-out", key="e" * 32, purpose="越权")

    assert head.open("/start/seal_request").status == 404
    assert head.post("/start/seal_request", form).status == 404


def test_nobody_starts_a_case_in_the_name_of_another_office(office: Office, clerk: Person) -> None:
    theirs = office.person("chen.wei").office_id
    clerk.open("/start/seal_request").submit("/start/seal_request", purpose="冒名", case_office=theirs)

    assert office.engine.cases(office.person("chen.wei")) == ([], False)


def hold(office: Office, login: str, *posts: tuple[str, str]) -> Person:
    with office.database.write() as session:
        people = [{"login": login, "name": login, "password": PASSWORD, "posts": [{"role": r, "office": o} for r, o in posts]}]
        load_organisation(session, {"people": people})
    return signed_in(office, login)


def offices_on(page: Page) -> list[str]:
    return [option.text_content().strip() for option in page.tree.xpath("//*[@name='case_office']/option")]


def test_only_offices_at_which_the_person_may_start_are_offered(office: Office) -> None:
    both = hold(office, "both", ("clerk", "hs"), ("clerk", "yz"), ("head", "nb"))
    page = both.open("/start/seal_request")
    assert offices_on(page) == ["海曙区税务局", "鄞州区税务局"]

    theirs = office.person("chen.wei").office_id
    page.submit("/start/seal_request", purpose="在鄞州", case_office=theirs)

    assert [case.title for case in office.engine.cases(office.person("chen.wei"))[0]] != []


def test_whoever_sees_an_office_from_above_does_not_start_in_its_name(office: Office) -> None:
    city = hold(office, "city", ("clerk", "nb"))
    theirs = office.person("chen.wei").office_id
    city.open("/start/seal_request").submit("/start/seal_request", purpose="冒名", case_office=theirs)

    with pytest.raises(NotYours):
        office.engine.start("seal_request", office_id=theirs, actor=office.person("city"), key="k", form={"purpose": "冒名"})
    assert office.engine.cases(office.person("chen.wei")) == ([], False)


@pytest.mark.parametrize(
    ("relation", "at", "reached"),
    [("own", "nb", ["nb"]), ("own:city", "nb", ["nb"]), ("own:city", "hs", []), ("city", "nb", ["nb", "hs", "yz"]), ("city", "hs", []), ("parent", "nb", ["hs", "yz"]), ("parent", "hs", [])],
)
def test_the_offices_that_a_post_reaches_are_those_for_which_it_is_found(office: Office, relation: str, at: str, reached: list[str]) -> None:
    hold(office, "new", ("archivist", at))
    directory, posts = office.engine.kernel.directory, office.person("new").post_ids
    with office.database.read() as session:
        every = {found.code: found.id for found in store.offices(session)}
        found = directory.reach(session, "archivist", relation, posts)
        candidates = {code: directory.candidates(session, "archivist", relation, id_) for code, id_ in every.items()}

    assert list(found) == [every[code] for code in reached]
    assert {code for code, of in candidates.items() if posts & set(of)} == set(reached)


def test_after_a_start_the_next_task_is_offered_and_the_list_stays(office: Office, clerk: Person) -> None:
    page = clerk.open("/start/seal_request").submit("/start/seal_request", purpose="年度合同用印")

    assert page.text.count("已发起") == 1
    assert "下一环节“填写用印单”可以由您办理" in page.text
    assert page.tree.xpath("//*[@id='filters']//a[@aria-current='true']/span/text()") == ["我的待办"]
    (form,) = page.tree.xpath("//div[contains(@class, 'begun')]//form")
    assert "认领并办理" in form.text_content()

    claimed = clerk.post(form.action, dict(form.form_values()))

    assert claimed.tree.xpath("//tr[@aria-current='true']//a[contains(@class, 'task-link')]")
    assert "可以由您办理" not in claimed.text


@pytest.mark.parametrize(("offered", "first"), [({}, "lh"), ({"yt": 1}, "yt"), ({"lh": 1, "yt": 1}, "lh")])
def test_the_office_that_has_something_to_choose_from_stands_first(offered: dict[str, int], first: str) -> None:
    form = parse_form({"components": [{"type": "select", "key": "n", "label": "企业", "valuesKey": "ready", "validate": {"required": True}}]})
    engine: Any = SimpleNamespace(filled=lambda asked, office: asked.filled({"ready": [Option("1", "甲")] * offered.get(office, 0)}))

    assert first_with_choices(engine, form, ["lh", "yt"]) == first
    assert first_with_choices(engine, None, ["lh", "yt"]) == "lh"
    assert first_with_choices(engine, form, []) == ""
