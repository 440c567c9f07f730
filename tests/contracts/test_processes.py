"""Several real processes on one PostgreSQL: what one of them is told, every other knows with its next request."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import Application, Config, compose
from commands import demo_office
from commands.serving.start import prepare
from db.ids import new_id
from db.session import Database
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from records.offices import store
from records.offices.model import PostHolding
from records.offices.organisation import load_organisation
from tests.conftest import POSTGRES_URL, missing
from tests.factories.bpmn import chain, end, process, start, user
from tests.factories.network import Sluice
from tests.factories.processes import Answer, Browser, Process, listening, wait_until
from tests.factories.races import until_it_waits
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


# --- a node that is killed in the middle of a form ---------------------------------------------------------------------------------

TOYS = process(start(), user("work"), user("after"), end(), chain("begun", "work", "after", "done"), id_="toy_of_processes")
WRITTEN, STORED = b"completed_task", b"COMMIT\x00"  # in what a node sends, in what PostgreSQL answers


def nothing_was_asked() -> Callable[[bytes], bool]:
    """The database hears nothing of the form."""
    return lambda _data: True


def nothing_was_written() -> Callable[[bytes], bool]:
    """The node has locked the case, and what it would write and commit does not arrive."""
    return lambda data: WRITTEN in data


def nobody_was_told() -> Callable[[bytes], bool]:
    """All of it is stored, and the node never hears so."""
    seen = list[bool]()

    def is_answer(data: bytes) -> bool:
        seen.extend([True] * (WRITTEN in data))
        return bool(seen) and STORED in data

    return is_answer


def a_task(here: Application) -> str:
    """An open task of Li Na's office."""
    here.engine.deploy(ProcedureFiles("toys_of_processes", {"toy.bpmn": TOYS.decode()}), SYSTEM)
    with here.database.read() as session:
        office = store.office_by_code(session, "hs")
    assert office is not None
    case = here.engine.start("toy_of_processes", office_id=office.id, actor=SYSTEM, key=new_id(), title="一件案子")
    (task,) = here.engine.case(case.instance_id, SYSTEM).open_tasks
    return task.id


def what_came(here: Application, task: str) -> tuple[list[str], list[str]]:
    """How the case of a task went, and what is open in it."""
    with here.database.read() as session:
        link = Link(session)
        ((case,),) = link.all("SELECT instance_id FROM task WHERE id = ?", task)
        rows = link.all("SELECT kind, element FROM history WHERE instance_id = ? ORDER BY id", case)
        left = link.all("SELECT element FROM task WHERE instance_id = ? AND state = 'open'", case)
    return [f"{kind} {element}".strip() for kind, element in rows], [element for (element,) in left]


def posted_to_the_other(browser: Browser, task: str, page: Answer, key: str) -> list[tuple[int, str]]:
    """The same form, posted twice more."""
    answers = [browser.post(f"/tasks/{task}", page, key=key) for _ in range(2)]
    return [(answer.status, answer.path) for answer in answers]


@pytest.fixture
def doomed(here: Application, ports: dict[str, int]) -> Iterator[tuple[Process, Browser, Sluice]]:
    """A node behind a sluice, and a browser that is signed in there."""
    sluice = Sluice(POSTGRES_URL)
    with listening() as sock, Process(here.config.data, "node", "--socket", str(sock.fileno()), socket=sock, url=sluice.url) as node:
        port = sock.getsockname()[1]
        wait_until(lambda: Browser(port).get("/readyz").status == 200)
        yield node, signed_in(port, "li.na"), sluice
    sluice.close()


@pytest.mark.slow
@pytest.mark.parametrize("moment", [nothing_was_asked, nothing_was_written, nobody_was_told])
def test_a_form_whose_node_is_killed_and_that_is_posted_to_another_is_done_once(
    here: Application, ports: dict[str, int], doomed: tuple[Process, Browser, Sluice], moment: Callable[[], Callable[[bytes], bool]]
) -> None:
    node, browser, sluice = doomed
    task, page, key = a_task(here), browser.get("/"), new_id()
    sluice.closes_at = moment()

    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(browser.post, f"/tasks/{task}", page, key=key)
        assert sluice.closed.wait(30)
        node.end(signal.SIGKILL)
        with pytest.raises(OSError, match=r"closed|reset"):
            lost.result(30)
    done = what_came(here, task)[1] == ["after"]
    answers = posted_to_the_other(browser.at(ports["two"]), task, page, key)

    assert done is (moment is nobody_was_told)
    assert answers == [(200, f"/tasks/{task}")] * 2
    assert what_came(here, task) == (["started", "opened work", "completed_task work", "opened after"], ["after"])


@pytest.mark.slow
def test_a_form_whose_node_is_killed_while_it_waits_for_the_case_is_done_once(
    here: Application, ports: dict[str, int], doomed: tuple[Process, Browser, Sluice]
) -> None:
    node, browser, _sluice = doomed
    task, page, key = a_task(here), browser.get("/"), new_id()

    with ThreadPoolExecutor(1) as pool:
        with here.database.write() as session:
            Link(session).all("SELECT 1 FROM instance i JOIN task t ON t.instance_id = i.id WHERE t.id = ? FOR UPDATE OF i", task)
            lost = pool.submit(browser.post, f"/tasks/{task}", page, key=key)
            until_it_waits(here.database, lost)
            node.end(signal.SIGKILL)
        with pytest.raises(OSError, match=r"closed|reset"):
            lost.result(30)
    answers = posted_to_the_other(browser.at(ports["two"]), task, page, key)

    assert answers == [(200, f"/tasks/{task}")] * 2
    assert what_came(here, task) == (["started", "opened work", "completed_task work", "opened after"], ["after"])
