"""When the database is away a person is told so, keeps what was entered, and sends it again under the same key: it is done once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.api import Engine
from engine.kernel import EngineSettings, Kernel
from engine.people import SYSTEM
from engine.procedures import read_folder
from engine.registry import Registry
from handlers.people import Directory
from records.offices.organisation import load_organisation
from tests.conftest import POSTGRES_URL
from tests.factories.network import Proxy
from tests.web.browsing import upload
from tests.web.conftest import signed_in
from tests.web.office import FILLED, ORGANISATION, PASSWORD, SECRET, TOY, Office, open_office


@pytest.fixture
def proxy(postgres: Database) -> Iterator[Proxy]:
    proxy = Proxy(POSTGRES_URL)
    yield proxy
    proxy.close()


@pytest.fixture
def office(postgres: Database, proxy: Proxy, clock: ManualClock) -> Iterator[Office]:
    """The office on PostgreSQL, at the other end of a network that can be cut."""
    with postgres.write() as session:
        load_organisation(session, {**ORGANISATION, "people": [{**p, "password": PASSWORD} for p in ORGANISATION["people"]]})
    Engine(Kernel(postgres, Registry(), Directory(), clock, EngineSettings(SECRET))).deploy(read_folder(TOY), SYSTEM)
    database = Database(proxy.url)
    yield open_office(database, clock)
    database.dispose()


def test_what_was_entered_is_kept_on_the_page_and_done_once(office: Office, proxy: Proxy) -> None:
    clerk = signed_in(office, "li.na")
    case = office.start("年度合同")
    task = office.task_of(case)
    office.engine.claim(task, office.person("li.na"), "claim")
    form = clerk.open(f"/tasks/{task}")
    proxy.go_down()

    told = form.submit(f"/tasks/{task}", **FILLED)
    proxy.come_back()
    done = told.submit(f"/tasks/{task}")
    again = told.submit(f"/tasks/{task}")

    assert (told.status, told.response.headers["Retry-After"]) == (503, "5")
    assert "数据库暂时没有应答" in told.text
    assert "没有丢失" in told.text
    assert (done.status, again.status) == (200, 200)
    history = office.engine.case(case, office.person("li.na")).history
    assert [row.kind for row in history].count("completed_task") == 1


def test_a_password_is_not_drawn_into_the_page(office: Office, proxy: Proxy) -> None:
    visitor = signed_in(office, "nobody")
    page = visitor.open("/sign-in")
    proxy.go_down()

    told = page.submit("/sign-in", login="li.na", password=PASSWORD)

    assert told.status == 503
    assert "没有丢失" not in told.text
    assert PASSWORD not in told.response.get_data(as_text=True)


def test_what_is_too_much_to_be_kept_on_the_page_gets_it_without(office: Office, proxy: Proxy) -> None:
    clerk = signed_in(office, "li.na")
    case = office.start("年度合同")
    with_file = clerk.open(f"/cases/{case}").fields(f"/cases/{case}/attachments")
    with_file["file"] = upload("证据.pdf", b"%PDF")
    proxy.go_down()

    answers = [clerk.post(f"/cases/{case}/attachments", with_file), clerk.post("/tasks/claim", {"padding": "x" * (3 * 1024 * 1024)})]

    assert [told.status for told in answers] == [503, 503]
    assert all("没有丢失" not in told.text for told in answers)
