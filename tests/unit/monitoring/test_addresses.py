"""What a machine may ask: whether the process is alive, whether it can serve, and, from this machine or with the token, its figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from db.clock import ManualClock
from db.migrate import upgrade
from db.session import Database
from monitoring.addresses import Addresses
from monitoring.health import PUMP_SILENT_AFTER, Health
from monitoring.heartbeat import EVERY, Pulse, last_beat
from monitoring.meter import Meter
from tests.rooms import drop_all, load_tables


def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("418 I am a teapot", [])
    return [b"a page"]


def ask(addresses: Addresses, path: str, **environ: str) -> tuple[str, Any]:
    """Status and content of the answer."""
    said: list[str] = []
    content = b"".join(addresses({"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "10.0.0.7", **environ}, lambda status, headers: said.append(status)))
    return said[0].split()[0], orjson.loads(content) if content.startswith(b"{") else content.decode()


@pytest.fixture
def migrated(any_database: Database, tmp_path: Any) -> Database:
    """A database as the application makes it."""
    load_tables()
    if any_database.is_sqlite:
        any_database = Database(f"sqlite:///{tmp_path}/migrated.db")
    else:
        drop_all(any_database)
    upgrade(any_database)
    return any_database


def standing(database: Database, clock: ManualClock, token: str = "") -> Addresses:
    return Addresses(Health(database, clock), Meter(""), pages, token)


def test_a_process_is_ready_while_somebody_works_off_what_is_due(migrated: Database, clock: ManualClock) -> None:
    addresses = standing(migrated, clock)
    nobody = ask(addresses, "/readyz")
    Pulse(migrated, clock).beat()
    ready = ask(addresses, "/readyz")
    clock.advance(PUMP_SILENT_AFTER + timedelta(seconds=1))

    assert nobody == ("503", {"status": "not ready", "reasons": {"pump": "no worker has ever run"}})
    assert ready == ("200", {"status": "ready", "reasons": {}})
    assert ask(addresses, "/readyz") == ("503", {"status": "not ready", "reasons": {"pump": "no worker for 31 s"}})


def test_a_schema_of_another_time_is_a_reason(any_database: Database, clock: ManualClock) -> None:
    Pulse(any_database, clock).beat()

    status, answer = ask(standing(any_database, clock), "/readyz")

    assert status == "503"
    assert answer["reasons"]["schema"].startswith("revision None, expected ")


def test_a_database_that_is_away_is_a_reason_and_the_process_is_alive(clock: ManualClock) -> None:
    addresses = standing(Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere"), clock)

    status, answer = ask(addresses, "/readyz")

    assert (status, list(answer["reasons"])) == ("503", ["database"])
    assert ask(addresses, "/healthz") == ("200", {"status": "alive"})


def test_a_pump_beats_at_most_every_five_seconds(any_database: Database, clock: ManualClock) -> None:
    pulse = Pulse(any_database, clock)
    pulse.beat()
    first = last_beat(any_database)
    clock.advance(EVERY - timedelta(seconds=1))
    pulse.beat()
    second = last_beat(any_database)
    clock.advance(timedelta(seconds=1))
    pulse.beat()

    assert first == second == clock.now() - EVERY
    assert last_beat(any_database) == clock.now()


@pytest.mark.parametrize(
    ("token", "environ", "readable"),
    [
        ("", {"REMOTE_ADDR": "127.0.0.1"}, True),
        ("", {"REMOTE_ADDR": "::1"}, True),
        ("", {}, False),
        ("", {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"}, False),
        ("", {"HTTP_AUTHORIZATION": "Bearer "}, False),
        ("t0p", {"HTTP_AUTHORIZATION": "Bearer t0p"}, True),
        ("t0p", {"HTTP_AUTHORIZATION": "Bearer t0q"}, False),
        ("t0p", {"REMOTE_ADDR": "127.0.0.1"}, False),
    ],
)  # fmt: skip
def test_the_figures_are_for_this_machine_or_for_the_token(database: Database, clock: ManualClock, token: str, environ: dict[str, str], readable: bool) -> None:
    status, content = ask(standing(database, clock, token), "/metrics", **environ)

    assert (status, "jinshui_timer_late" in content) == (("200", True) if readable else ("418", False))


def test_every_other_request_is_passed_on_and_timed(database: Database, clock: ManualClock) -> None:
    addresses = standing(database, clock)

    assert ask(addresses, "/tasks") == ("418", "a page")
    assert b'jinshui_request_seconds_count{method="GET",status="418"} 1.0' in addresses.meter.text()
