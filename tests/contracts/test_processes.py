"""Several real processes on one PostgreSQL: what one of them is told, every other knows with its next request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import Application, Config, compose
from commands import demo_office
from commands.serving.start import prepare
from db.session import Database
from engine.people import SYSTEM
from engine.procedures import read_folder
from records.offices import store
from records.offices.model import PostHolding
from records.offices.organisation import load_organisation
from tests.conftest import POSTGRES_URL, missing
from tests.factories.processes import Browser, Process, listening, wait_until
from tests.rooms import drop_all
from tests.web.office import TOY

CLERK = {"offices": [], "people": [{"login": "li.na", "name": "李娜", "password": "jinshui-demo", "posts": [{"role": "clerk", "office": "hs"}]}]}
NODES = ("one", "two")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The application in the process of the test: a third node beside the two that serve."""
    if not POSTGRES_URL:
        missing("PostgreSQL", "run ./test")
    empty = Database(POSTGRES_URL)
    drop_all(empty)
    empty.dispose()
    application = compose(Config(tmp_path_factory.mktemp("data"), POSTGRES_URL))
    prepare(application)
    demo_office.load(application)
    with application.database.write() as session:
        load_organisation(session, CLERK)
    yield application
    application.database.dispose()


@pytest.fixture(scope="module")
def ports(here: Application) -> Iterator[dict[str, int]]:
    """Two web nodes, each on a port of its own so that a test can choose, and a worker."""
    with ExitStack() as running:
        found = {}
        for name in NODES:
            sock = running.enter_context(listening())
            running.enter_context(Process(here.config.data, "node", "--socket", str(sock.fileno()), socket=sock))
            found[name] = sock.getsockname()[1]
        running.enter_context(Process(here.config.data, "worker", "--supervised"))
        wait_until(lambda: all(Browser(port).get("/readyz").status == 200 for port in found.values()))
        yield found


def signed_in(port: int, login: str) -> Browser:
    browser = Browser(port)
    assert browser.sign_in(login, "jinshui-demo").status == 200
    return browser


def test_a_session_is_good_on_every_node_and_over_on_every_node(ports: dict[str, int]) -> None:
    browser = signed_in(ports["one"], "chen.min")
    on_two = browser.at(ports["two"])
    before = on_two.get("/imports")
    browser.post("/sign-out", browser.get("/imports"))

    assert before.status == 200
    assert on_two.get("/imports").path == "/sign-in"


def test_a_transferred_clerk_is_refused_on_every_node_with_the_next_request(here: Application, ports: dict[str, int]) -> None:
    browsers = [signed_in(ports[name], "gu.ning") for name in NODES]
    before = [browser.get("/imports").status for browser in browsers]
    yesterday = here.clock.today() - timedelta(days=1)
    with here.database.write() as session:
        person = store.person_by_login(session, "gu.ning")
        assert person is not None
        session.execute(update(PostHolding).where(PostHolding.person_id == person.id).values(valid_to=yesterday))

    assert before == [200, 200]
    assert [browser.get("/imports").status for browser in browsers] == [403, 403]


def test_a_new_procedure_is_seen_on_every_node(here: Application, ports: dict[str, int]) -> None:
    browsers = [signed_in(ports[name], "li.na") for name in NODES]
    before = ["用印" in browser.get("/start").text for browser in browsers]
    here.engine.deploy(read_folder(TOY), SYSTEM)

    assert before == [False, False]
    assert ["用印" in browser.get("/start").text for browser in browsers] == [True, True]


def test_wrong_passwords_are_counted_over_all_nodes(ports: dict[str, int]) -> None:
    statuses = [Browser(ports[NODES[at % 2]]).sign_in("wu.fang", "wrong").status for at in range(5)]

    locked = [Browser(ports[name]).sign_in("wu.fang", "jinshui-demo").status for name in NODES]

    assert 429 not in statuses[:4]
    assert locked == [429, 429]


def test_the_worker_turns_and_every_node_knows(ports: dict[str, int]) -> None:
    answers: list[Any] = [Browser(port).get("/readyz") for port in ports.values()]

    assert [answer.text for answer in answers] == ['{"status":"ready","reasons":{}}'] * 2
