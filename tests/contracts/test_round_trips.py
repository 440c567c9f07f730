"""How often a step waits for PostgreSQL: a click of a clerk whose database stands in another building costs that many journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, select

from bench.beside.proxy import Proxy
from db.clock import ManualClock
from db.queue import TaskQueue
from db.session import Database
from engine.errors import TaskAlreadyClaimed
from engine.link import Link
from engine.people import Actor, Stead
from engine.registry import EffectContext
from engine.tables import Comment
from tests.conftest import POSTGRES_URL
from tests.factories.bpmn import catch, chain, end, flow, gateway, process, script, service, start, timer, user
from tests.factories.kit import ANN, BOB, Kit

PROCESS = process(
    start(), user("a"), script("mark", "seen", "true"), gateway("exclusive", "big", "big_to_b"), user("b"), user("c"), end(),
    chain("begun", "a", "mark", "big"), flow("big", "b"), flow("big", "c", "amount > 1000"), flow("b", "done"), flow("c", "done"),
)  # fmt: skip
PRINTING = process(start(), user("a"), service("print", "toys.print"), end(), chain("begun", "a", "print", "done"), id_="printing")
WAITING = process(start(), catch("later", timer("PT1H")), user("b"), end(), chain("begun", "later", "b", "done"), id_="waiting")


@pytest.fixture
def door(postgres: Database) -> Iterator[Proxy]:
    """A counting door to the test server, on whose other side stands an empty database."""
    url = make_url(POSTGRES_URL)
    opened = Proxy(url.port or 5432, url.host or "127.0.0.1")
    yield opened
    opened.close()


@pytest.fixture
def kits(door: Proxy) -> Iterator[Callable[[], Kit]]:
    """Makes nodes that share the database."""
    databases: list[Database] = []
    clock = ManualClock(datetime(2026, 3, 2, 1, tzinfo=UTC))

    def make() -> Kit:
        url = make_url(POSTGRES_URL).set(host="127.0.0.1", port=door.port)
        databases.append(Database(url.render_as_string(hide_password=False)))
        kit = Kit(databases[-1], clock)
        kit.count = 1000 * len(databases)
        kit.deploy(toy_bpmn=PROCESS)
        kit.deploy("waiting", waiting_bpmn=WAITING)
        return kit

    yield make
    for database in databases:
        database.dispose()


def _journeys(door: Proxy, act: Callable[[], object]) -> int:
    before = door.round_trips
    act()
    return door.round_trips - before


def _warm_up(kit: Kit) -> None:
    """Statements are prepared and the model is compiled."""
    for _ in range(2):
        case = kit.start(amount=1)
        kit.engine.claim(kit.open(case)["a"], ANN, kit.key())
        kit.complete(case, "a")


def test_a_completion_waits_twice_for_the_database(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    task = kit.open(kit.start(amount=1))["a"]

    assert _journeys(door, lambda: kit.engine.complete(task, {}, ANN, kit.key())) == 2


def test_a_completion_waits_twice_where_nothing_is_in_memory(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    case = kit.start(amount=1)
    task = kit.open(case)["a"]
    kit.kernel.warm.take(case)

    assert _journeys(door, lambda: kit.engine.complete(task, {}, ANN, kit.key())) == 2
    assert kit.variables(case)["amount"] == 1


def test_a_completion_waits_twice_where_another_node_has_gone_on(door: Proxy, kits: Callable[[], Kit]) -> None:
    here, there = kits(), kits()
    _warm_up(here)
    _warm_up(there)
    case = here.start(amount=5000)
    there.complete(case, "a")
    task = here.open(case)["c"]

    assert _journeys(door, lambda: here.engine.complete(task, {}, ANN, here.key())) == 2
    assert here.status(case) == "completed"


def test_a_claim_waits_twice(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    task = kit.open(kit.start(amount=1))["a"]

    assert _journeys(door, lambda: kit.engine.claim(task, ANN, kit.key())) == 2


def test_a_deputy_waits_as_often_as_the_person_in_whose_stead_he_acts(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    dora = Actor("dora", "dora", steads=(Stead(ANN.person_id, ANN.name, ANN.post_ids, ANN.scopes, ANN.roles, frozenset({"toy"})),))
    for _ in range(2):  # the second time its statements are prepared
        task = kit.open(kit.start(amount=1))["a"]
        claim = _journeys(door, lambda task=task: kit.engine.claim(task, dora, kit.key()))  # type: ignore[misc]
        completion = _journeys(door, lambda task=task: kit.engine.complete(task, {}, dora, kit.key()))  # type: ignore[misc]

    assert (claim, completion) == (2, 2)


def test_a_claim_that_comes_too_late_waits_once_and_leaves_no_transaction(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    task = kit.open(kit.start(amount=1))["a"]
    kit.engine.claim(task, BOB, kit.key())

    def come_too_late() -> None:
        with pytest.raises(TaskAlreadyClaimed):
            kit.engine.claim(task, ANN, kit.key())

    come_too_late()
    assert _journeys(door, come_too_late) == 1


def test_a_start_waits_at_most_three_times(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)

    assert _journeys(door, lambda: kit.start(amount=1)) <= 3


def test_a_completion_that_calls_a_worker_for_an_effect_waits_twice_as_well(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    kit.kernel.effects = TaskQueue()

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints."""

    kit.deploy("printing", printing_bpmn=PRINTING)
    for _ in range(2):
        kit.complete(kit.start("printing"), "a")
    task = kit.open(kit.start("printing"))["a"]

    assert _journeys(door, lambda: kit.engine.complete(task, {}, ANN, kit.key())) == 2
    assert kit.rows("SELECT count(*) FROM procrastinate_jobs") == [(3,)]


def test_a_timer_waits_at_most_three_times(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()
    _warm_up(kit)
    for _ in range(12):
        kit.start("waiting")
    kit.clock.advance(timedelta(hours=2))
    kit.engine.tick(2)

    one = _journeys(door, lambda: kit.engine.tick(1))
    more = _journeys(door, lambda: kit.engine.tick(6))

    assert (more - one) / 5 <= 3


def test_a_reading_block_begins_along_with_its_first_question(door: Proxy, kits: Callable[[], Kit]) -> None:
    kit = kits()

    def by_driver() -> None:
        with kit.database.read() as session:
            Link(session).all("SELECT id FROM comment")

    def by_table_objects() -> None:
        with kit.database.read() as session:
            session.scalars(select(Comment.id)).all()

    for look in (by_driver, by_table_objects):
        look()

    assert _journeys(door, by_driver) == 2  # the question, and the end
    assert _journeys(door, by_table_objects) == 3  # the driver's cursors begin apart
