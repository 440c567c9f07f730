"""A station that waits hears of a new job at once, holds no thread, and leaves no job locked when it goes; on a real port, on both databases."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest

from db.session import Database
from hardware.door import DoorShut, Job
from hardware.http_door import HttpDoor
from hardware.jobs import JOBS
from tests.factories.processes import wait_until
from tests.factories.streams import Node, served
from tests.web.counters import begin, deploy, made
from tests.web.office import Office, open_office

TOPICS = tuple(JOBS)
ON_SQLITE = pytest.mark.parametrize("office", ["sqlite"], indirect=True)
NOTICED_S = 0.2  # the promise; the figure itself is in bench/results/stations.json
RESULTS = {"card_check": "00AA11BB"}


@pytest.fixture
def house(office: Office) -> Office:
    deploy(office)
    return office


def door(node: Node, token: str) -> HttpDoor:
    return HttpDoor(f"http://127.0.0.1:{node.port}", token, driver="pcsc")


def _ask(node: Node, token: str) -> None:
    with suppress(DoorShut):  # a server that stops may have no time left for its answer; a station asks again
        door(node, token).fetch(TOPICS, 8.0)


def waits(node: Node, *tokens: str) -> list[threading.Thread]:
    """Stations that wait, each in a thread; returns when they stand there."""
    threads = [threading.Thread(target=_ask, args=(node, token)) for token in tokens]
    for thread in threads:
        thread.start()
    wait_until(lambda: node.streams.parking.count == len(tokens))
    return threads


def noticed(office: Office, node: Node, token: str) -> tuple[float, Job]:
    """Seconds from the commit of a job to the answer at the station that waits for it."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: (door(node, token).fetch(TOPICS, 8.0), time.monotonic()))
        wait_until(lambda: node.streams.parking.count == 1)
        begin(office, f"案件 {time.monotonic()}")
        committed = time.monotonic()
        jobs, at = asked.result()
    (job,) = jobs
    return at - committed, job


def test_a_job_is_noticed_at_once(house: Office) -> None:
    token = made(house)[1]
    with served(house) as node:
        times = [noticed(house, node, token)[0] for _ in range(5)]

    assert statistics.median(times) < NOTICED_S


@pytest.mark.parametrize("office", ["postgres"], indirect=True)
def test_a_job_is_noticed_at_once_through_another_process_of_one_database(house: Office) -> None:
    other = Database(house.database.url.render_as_string(hide_password=False))
    token = made(house)[1]
    with served(house), served(open_office(other, house.clock)) as far:  # the step is done here, the station waits there
        times = [noticed(house, far, token)[0] for _ in range(3)]
    other.dispose()

    assert statistics.median(times) < NOTICED_S


def test_many_wait_hold_no_thread_and_a_job_goes_to_one_of_them(house: Office) -> None:
    tokens = [made(house, f"窗口 {n} 号")[1] for n in range(6)]
    got = list[str]()

    def ask(token: str) -> None:
        got.extend(job.id for job in door(node, token).fetch(TOPICS, 8.0))

    with served(house, threads=2) as node, ExitStack() as stack:
        threads = [threading.Thread(target=ask, args=(token,)) for token in tokens]
        stack.callback(lambda: [thread.join() for thread in threads])
        for thread in threads:
            thread.start()
        wait_until(lambda: node.streams.parking.count == 6)
        assert node.browser("li.na").get("/notices").status == 200
        for n in range(3):
            begin(house, f"案件 {n}")
        wait_until(lambda: len(got) == 3)
        for _ in range(3):
            begin(house, f"案件 {time.monotonic()}")
        wait_until(lambda: len(got) == 6)

    assert len(set(got)) == 6


@ON_SQLITE
def test_nobody_is_woken_for_what_he_does_not_work_and_is_answered_when_his_time_is_over(house: Office) -> None:
    token, other = made(house)[1], made(house, "鄞州窗口", "yz", ("clerk@yz",))[1]
    with served(house) as node, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(door(node, token).fetch, ("station.read_card",), 1.0), pool.submit(door(node, other).fetch, TOPICS, 1.0)]
        wait_until(lambda: node.streams.parking.count == 2)
        began = time.monotonic()
        begin(house)

        assert [list(one.result()) for one in asked] == [[], []]
        assert time.monotonic() - began > 0.3
    assert len(house.engine.workers.free()) == 1


@ON_SQLITE
def test_a_job_that_comes_back_without_a_ring_is_found_too(house: Office) -> None:
    token = made(house)[1]
    begin(house)
    with served(house) as node, ThreadPoolExecutor(1) as pool:
        assert len(door(node, token).fetch(TOPICS, 0)) == 1
        asked = pool.submit(door(node, token).fetch, TOPICS, 8.0)
        wait_until(lambda: node.streams.parking.count == 1)
        house.clock.advance(timedelta(minutes=3))  # its lock is over

        assert [job.attempt for job in asked.result()] == [2]


@ON_SQLITE
def test_a_server_that_stops_lets_go_of_whoever_waits(house: Office) -> None:
    token = made(house)[1]
    with served(house) as node:
        (thread,) = waits(node, token)
    thread.join(5)

    assert not thread.is_alive()


@ON_SQLITE
def test_a_station_that_went_while_it_waited_takes_no_job(house: Office) -> None:
    token = made(house)[1]
    with served(house) as node:
        gone = http.client.HTTPConnection("127.0.0.1", node.port, timeout=5)
        gone.request("POST", "/api/stations/jobs/fetch", '{"wait": 8}', {"Authorization": f"Bearer {token}"})
        wait_until(lambda: node.streams.parking.count == 1)
        gone.close()
        begin(house)
        wait_until(lambda: node.streams.parking.count == 0)

        assert [job.attempt for job in door(node, token).fetch(TOPICS, 0)] == [1]
