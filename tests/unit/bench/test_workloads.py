"""The workloads of `make bench-peers` play to their end on our engine, and its measuring measures."""

from __future__ import annotations

import pytest

from bench.beside.figures import growth, ratios
from bench.beside.players import Result
from bench.beside.proxy import Counter
from bench.workloads.clients import Client
from bench.workloads.models import PAYLOAD_BYTES, PROCESSES, payload
from bench.workloads.ours import Ours
from bench.workloads.turns import Turns
from db.session import Database
from engine.link import Link

STARTUP = (8).to_bytes(4, "big") + (196608).to_bytes(4, "big")
TLS = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


def message(letter: bytes, content: bytes = b"") -> bytes:
    return letter + (4 + len(content)).to_bytes(4, "big") + content


@pytest.fixture
def ours(database: Database) -> Ours:
    return Ours(database)


def rows(ours: Ours, sql: str) -> list[tuple[object, ...]]:
    with ours.database.read() as session:
        return Link(session).all(sql)


@pytest.mark.parametrize(("turn", "completions"), [("sequence", 2), ("branches", 3)])
def test_a_turn_completes_its_case(ours: Ours, turn: str, completions: int) -> None:
    client = Client(0)

    getattr(Turns(ours, 0), turn)(client)

    assert len(client.took) == completions
    assert rows(ours, "SELECT status FROM instance") == [("completed",)]


def test_the_service_task_of_w1_is_played(ours: Ours) -> None:
    Turns(ours, 0).sequence(Client(0))

    assert any("svc" in str(path) for (path,) in rows(ours, "SELECT path FROM history"))


def test_the_loop_ends_after_its_turns(ours: Ours) -> None:
    client = Client(0)

    Turns(ours, 0).loop(client, 5)

    assert len(client.took) == 5
    assert rows(ours, "SELECT status FROM instance") == [("completed",)]


def test_every_client_wins_one_task_of_a_block_and_none_is_won_twice(ours: Ours) -> None:
    turns = Turns(ours, 0)
    tasks = [ours.open(turns.begin("W1"))[0] for _ in range(64)]
    clients = [Client(n) for n in range(64)]

    for client in clients:
        turns.claims(client, tasks)

    assert [len(client.took) for client in clients] == [1] * 64
    assert sum(client.refused for client in clients) > 0
    assert rows(ours, "SELECT count(DISTINCT assignee_id), count(*) FROM task") == [(64, 64)]


def test_payloads_are_of_equal_size_and_differ() -> None:
    assert len(payload(1).encode()) == len(payload(2).encode()) == PAYLOAD_BYTES
    assert payload(1) != payload(2)


@pytest.mark.parametrize("engine", ["camunda", "flowable"])
def test_the_peers_get_conditions_in_their_own_language(engine: str) -> None:
    assert "${amount &gt; 1000}" in PROCESSES["W1"](engine).decode()


def test_a_round_trip_is_what_the_client_waits_for() -> None:
    counter = Counter()
    begin = message(b"P", b"BEGIN") + message(b"B") + message(b"E")

    counter.feed(STARTUP + begin + message(b"P", b"SELECT") + message(b"S"))
    counter.feed(message(b"Q", b"COMMIT"))

    assert counter.round_trips == 2


def test_messages_are_counted_once_however_they_are_cut() -> None:
    counter, sent = Counter(), TLS + STARTUP + message(b"P", b"SELECT 'S'") + message(b"S")

    for at in range(len(sent)):
        counter.feed(sent[at : at + 1])

    assert counter.round_trips == 1


def test_ratios_are_above_one_where_ours_is_ahead() -> None:
    ours = [Result(done=100, refused=0, wall_s=1, cpu_s=0.1, rss_kb=1, database_cpu_s=0.1)] * 3
    theirs = [Result(done=50, refused=0, wall_s=1, cpu_s=0.2, rss_kb=1, database_cpu_s=0.0)] * 3

    assert ratios(ours, theirs) == {"throughput": 2.0, "cpu": 4.0, "cpu_with_database": 2.0}


def test_a_round_in_which_nothing_was_left_to_do_makes_no_ratio() -> None:
    done, idle = (Result(done=n, refused=0, wall_s=1, cpu_s=1, rss_kb=1) for n in (1, 0))

    assert ratios([done], [idle]) == {}


def test_growth_compares_the_last_tenth_with_the_second() -> None:
    series = [900, 100, *[150] * 7, 300]

    assert growth([Result(done=10, refused=0, wall_s=1, cpu_s=1, rss_kb=1, us=[series])]) == 3.0
