"""A network that is cut: the locks of whoever is gone are free within ten seconds, and whoever waits for an answer is told so within ten.

The cut is silent and every byte is acknowledged, the worst kind: neither side's kernel can see it, only the limits of transactions do.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from db.clock import ManualClock
from db.outages import is_outage
from db.session import Database
from db.timeouts import LONG
from engine.link import Link
from tests.conftest import POSTGRES_URL
from tests.factories.network import Proxy
from tests.unit.db.test_session import remark

WITHIN_S = 10.0


@pytest.fixture
def proxy(postgres: Database) -> Iterator[Proxy]:
    proxy = Proxy(POSTGRES_URL)
    yield proxy
    proxy.close()


@pytest.mark.slow
def test_a_cut_network_frees_its_locks_and_gives_up_waiting_within_ten_seconds(postgres: Database, proxy: Proxy, clock: ManualClock) -> None:
    node = Database(proxy.url)
    with postgres.write() as session:
        remark(Link(session), "1", clock)

    def lock_it_elsewhere() -> float:
        begun = monotonic()
        with postgres.write(LONG) as session:
            assert Link(session).all("SELECT id FROM comment WHERE id = '1' FOR UPDATE") == [("1",)]
        return monotonic() - begun

    def ask() -> float:
        begun = monotonic()
        with pytest.raises(Exception) as raised, node.read() as session:
            Link(session).all("SELECT 1")
        assert is_outage(raised.value)
        return monotonic() - begun

    with ThreadPoolExecutor() as threads, pytest.raises(Exception) as raised, node.write() as session:
        with node.read() as other:
            Link(other).all("SELECT 1")  # a second connection waits in the pool
        Link(session).all("SELECT id FROM comment WHERE id = '1' FOR UPDATE")
        proxy.silence()
        freed, answered = threads.submit(lock_it_elsewhere), threads.submit(ask)
        seconds = freed.result(), answered.result()
        Link(session).all("SELECT 1")

    node.dispose()
    assert is_outage(raised.value)
    assert 1 < seconds[0] < WITHIN_S
    assert 1 < seconds[1] < WITHIN_S


def test_a_server_that_went_down_is_told_at_once_and_taken_up_again(proxy: Proxy, postgres: Database) -> None:
    node = Database(proxy.url)
    with node.read() as session:
        Link(session).all("SELECT 1")
    proxy.go_down()

    begun = monotonic()
    with pytest.raises(Exception) as raised, node.read() as session:
        Link(session).all("SELECT 1")
    seconds = monotonic() - begun
    proxy.come_back()
    with node.read() as session:
        again = Link(session).all("SELECT 1")

    node.dispose()
    assert is_outage(raised.value)
    assert seconds < WITHIN_S
    assert again == [(1,)]
