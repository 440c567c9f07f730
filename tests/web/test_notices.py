"""The bell: reminders and urgings for the posts that a person holds."""

from __future__ import annotations

from datetime import timedelta

from deadlines.rules import TermRule
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.office import Office


def overdue_case(office: Office, login: str = "li.na") -> str:
    instance_id = office.start("期限已过的案件")
    with office.database.write() as session:
        posts = sorted(office.person(login).post_ids)
        rule = TermRule("seal", "用印期限", "Seal", 3, "day")
        office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=posts)
    office.clock.advance(timedelta(days=10))
    office.deadlines.tick(office.database)
    office.tell()
    return instance_id


def bell(person: Person) -> str:
    return str(person.open("/profile").tree.xpath("//a[@data-go='n']/@aria-label")[0])


def test_a_passed_term_rings_for_those_who_answer_for_it(office: Office) -> None:
    instance_id = overdue_case(office)
    clerk, outsider = signed_in(office, "li.na"), signed_in(office, "chen.wei")

    page = clerk.open("/notices")

    assert "用印期限" in page.text
    assert page.tree.xpath("//ul[@class='notices']//p/span[1]/text()")[0].startswith("期限已过的案件")
    assert page.tree.xpath("//ul[@class='notices']//a/@href") == [f"/cases/{instance_id}", f"/notices?case={instance_id}"]
    assert "没有提醒" in outsider.open("/notices").text


def test_the_bell_counts_what_came_since_one_last_looked(office: Office) -> None:
    overdue_case(office)
    clerk = signed_in(office, "li.na")
    before = bell(clerk)
    clerk.open("/notices").submit("/notices/read")

    assert (before, bell(clerk)) == ("提醒，1 条未读", "提醒，0 条未读")


def test_a_passed_term_is_red_and_one_that_ends_today_says_so(office: Office) -> None:
    instance_id = office.start("今天到期的案件")
    with office.database.write() as session:
        rule = TermRule("seal", "用印期限", "Seal", 3, "day", reminders=(0,))
        office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=sorted(office.person("li.na").post_ids))
    office.clock.advance(timedelta(days=3))
    office.deadlines.tick(office.database)
    office.tell()
    clerk = signed_in(office, "li.na")

    page = clerk.open("/notices")
    assert "“用印期限”今日（2026-03-05）届满" in page.text
    assert "0 个工作日" not in page.text
    assert not page.tree.xpath("//li[contains(@class, 'is-late')]")

    office.clock.advance(timedelta(days=1))
    office.deadlines.tick(office.database)
    office.tell()
    assert len(signed_in(office, "li.na").open("/notices").tree.xpath("//li[contains(@class, 'is-late')]")) == 1
