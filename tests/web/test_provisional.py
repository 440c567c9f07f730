"""A date that rests on a holiday notice not published yet says so wherever it stands, and no other date does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from db.clock import ManualClock
from deadlines.api import DeadlineService
from deadlines.rules import TermRule
from records.coinvestigation.store import OfficeRef
from records.coinvestigation.store.receipts import open_receipt
from records.offices import store as offices
from tests.unit.deadlines.test_published import INVENTED
from tests.unit.records.making import CHEN, sent
from tests.web.browsing import Person
from tests.web.office import Office

SEAL = TermRule("seal", "用印期限", "Seal", 1, "month")
PLAIN = TermRule("plain", "自然日期限", "Plain", 1, "month", "plain")


@pytest.fixture
def clock() -> ManualClock:
    """A month from here lies in a year without notice."""
    return ManualClock(datetime(2026, 12, 7, 2, tzinfo=UTC))


def case_with(office: Office, rule: TermRule) -> str:
    instance_id = office.start("年末的案件")
    with office.database.write() as session:
        posts = sorted(office.person("li.na").post_ids)
        row = office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=posts)
        office.engine.set_due(session, instance_id, row.due_on, row.label)
    office.engine.claim(office.task_of(instance_id), office.person("li.na"), f"claim:{instance_id}")
    return instance_id


def pages(office: Office, instance_id: str) -> list[str]:
    return ["/tasks", f"/tasks/{office.task_of(instance_id)}", "/cases", f"/cases/{instance_id}"]


def tags(person: Person, address: str) -> list[str]:
    return [tag.text_content() for tag in person.open(address).tree.xpath("//span[@class='tag tag-amber']")]


def test_worklist_task_and_case_say_that_a_date_is_provisional(office: Office, clerk: Person) -> None:
    instance_id = case_with(office, SEAL)

    for address in pages(office, instance_id):
        assert "暂定" in tags(clerk, address), address
    office.tell()
    assert "“用印期限”依据的节假日安排尚未公布，到期日 2027-01-07 为暂定" in clerk.open("/notices").text


def test_both_registers_say_it(office: Office, clerk: Person) -> None:
    instance_id, due_on = case_with(office, SEAL), date(2027, 1, 7)
    with office.database.write() as session:
        hs, yz = (offices.office_by_code(session, code) for code in ("hs", "yz"))
        assert hs is not None
        assert yz is not None
        own, to = OfficeRef(hs.id, hs.scope, hs.name), OfficeRef(yz.id, yz.scope, yz.name)
        asked = sent(session, 1, own=own, to=to, due_on=due_on)
        open_receipt(
            session, CHEN, delegation_id=asked.id, office=own, received_on=office.clock.today(), due_on=due_on, case_id=instance_id
        )

    for register in ("delegated", "received"):
        assert "暂定" in tags(clerk, f"/registers/{register}"), register


def test_they_say_it_in_english(office: Office, clerk: Person) -> None:
    instance_id = case_with(office, SEAL)
    clerk.open("/tasks").submit("/language", language="en")

    for address in pages(office, instance_id):
        assert "provisional" in [tag.lower() for tag in tags(clerk, address)], address
    office.tell()
    assert "“Seal”: the holiday notice is not published yet, the due date 2027-01-07 is provisional" in clerk.open("/notices").text


def test_a_term_that_asks_for_no_notice_does_not(office: Office, clerk: Person) -> None:
    instance_id = case_with(office, PLAIN)

    for address in pages(office, instance_id):
        assert "暂定" not in tags(clerk, address), address


def test_once_the_year_is_published_nothing_is_provisional(office: Office, clerk: Person) -> None:
    instance_id = case_with(office, SEAL)
    with office.database.write() as session:
        office.deadlines.load_calendar(session, INVENTED, by="admin")
    office.deadlines.recount(office.database)

    for address in pages(office, instance_id):
        assert "暂定" not in tags(clerk, address), address


def test_a_calendar_that_another_node_loaded_counts_with_the_next_request(office: Office, clerk: Person) -> None:
    another = DeadlineService(office.clock)
    with office.database.write() as session:
        another.load_calendar(session, INVENTED, by="ann")
    before = office.deadlines.calendar.version

    clerk.open("/worklist")

    assert (before != INVENTED["version"], office.deadlines.calendar.version) == (True, INVENTED["version"])
