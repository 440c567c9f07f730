"""The life of one sign-in through the pages of two nodes, on both databases: set up, used, lost, reset, chosen anew, ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.clock import ManualClock
from db.session import Database
from records.audit import trail_of
from tests.factories.devices import HALF_A_MINUTE
from tests.web.browsing import Page, Person
from tests.web.conftest import signed_in
from tests.web.enrolling import HERE, enrol, password_of
from tests.web.office import Office, furnish, open_office

NEW = "Harbour-42-lamp"


@pytest.fixture
def nodes(any_database: Database, clock: ManualClock, gate_in_process: None) -> Iterator[tuple[Office, Office]]:
    furnish(any_database)
    beside = Database(any_database.url.render_as_string(hide_password=False))
    yield open_office(any_database, clock), open_office(beside, clock)
    beside.dispose()


def at(node: Office, person: Person) -> Person:
    """The same browser at another node."""
    there = Person(node.web.test_client())
    for name in ("jinshui_session", "jinshui_visitor", "jinshui_halfway"):
        held = person.client.get_cookie(name)
        if held is not None:
            there.client.set_cookie(name, held.value)
    return there


def moved(page: Page, node: Office) -> Page:
    """The page as it stands, in a browser whose next request goes to another node."""
    return Page(at(node, page.person), page.response)


def test_what_one_node_did_every_node_knows(nodes: tuple[Office, Office]) -> None:
    here, there = nodes
    clerk, guardian = signed_in(here, "li.na"), signed_in(there, "wei.lan")
    device, codes = enrol(here, clerk)

    asked = password_of(here, "li.na")
    code = device.code()
    assert moved(asked, there).submit("/sign-in/code", one_time_password=code).address == "/tasks"
    assert password_of(here, "li.na").submit("/sign-in/code", one_time_password=code).status == 401
    assert password_of(here, "li.na").submit("/sign-in/code", one_time_password=codes[0]).address == "/tasks"
    here.clock.advance(HALF_A_MINUTE)
    assert clerk.open(HERE).submit(f"{HERE}/codes", one_time_password=device.code()).status == 201

    about = f"/security/people/{here.person('li.na').person_id}"
    guardian.open(about).submit(f"{about}/remove-factor")
    assert at(here, clerk).open("/tasks").address == "/sign-in"
    clerk = signed_in(here, "li.na")
    once = str(guardian.open(about).submit(f"{about}/reset").tree.xpath("//*[contains(@class, 'one-time')]/text()")[0])
    assert [at(node, clerk).open("/tasks").address for node in nodes] == ["/sign-in", "/sign-in"]

    first = password_of(here, "li.na", once)
    assert at(there, first.person).open("/tasks").address == "/security/password"
    assert moved(first, there).submit("/security/password", new_password=NEW, password_again=NEW).address == "/tasks"
    assert at(here, first.person).open("/tasks").address == "/tasks"

    phone = password_of(there, "li.na", NEW).person
    fields = first.person.open("/security").fields("/security/sessions/end-others")
    first.person.post("/security/sessions/end-others", fields)
    assert at(there, phone).open("/tasks").address == "/sign-in"

    rules = guardian.open("/security/rules").submit("/security/rules", idle_minutes="30", roles=["security_administrator"])
    assert rules.address == HERE  # whoever made the rule is the first to follow it
    with here.database.read() as session:
        acts = [row.event for row in trail_of(session, "person", here.person("li.na").person_id)]
    assert acts == [
        "person:second_factor:enrolled", "person:recovery_codes:made", "person:recovery_codes:made", "person:second_factor:removed",
        "person:password:reset", "person:password:changed",
    ]  # fmt: skip
