"""Fixtures that every test may use: databases of both kinds, and a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from db.clock import ManualClock
from db.session import Database
from engine import definitions
from engine.bpmn import check_in_process
from tests import cheap, dear_files, quick_tier, said
from tests.rooms import drop_all, emptied, empty_file, load_tables


def _own_database(url: str, called: str = os.environ.get("PYTEST_XDIST_WORKER", "")) -> str:
    """The address of this worker's database on the server of `url`, made if it is not there."""
    if not url or not called:
        return url
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{server.url.database}_{called}"
    with server.connect() as connection:
        if connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).first() is None:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    server.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


CI = os.environ.get("CI") == "true"
# Set by ./test: a running PostgreSQL on loopback; each worker of pytest-xdist empties a database of its own.
POSTGRES_URL = _own_database(os.environ.get("JINSHUI_TEST_POSTGRES", ""))


@pytest.fixture(scope="session", autouse=True)
def cheaply() -> None:
    cheap.keep_templates()
    cheap.compile_statements_once()
    cheap.compile_addresses_once()
    cheap.hash_quickly()


def _tier(config: pytest.Config) -> tuple[int, float]:
    """What the quick tier has taken; (0, 0) in a worker of pytest-xdist, which reports to the one that prints."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return quick_tier.spent(reporter.stats) if reporter is not None else (0, 0.0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if quick_tier.is_too_long(_tier(session.config)[1]):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in said.lines(terminalreporter.stats):
        terminalreporter.write_line(line)
    tests, seconds = _tier(config)
    if tests:
        terminalreporter.write_line(quick_tier.line(tests, seconds), red=seconds > quick_tier.LIMIT_S)
    if os.environ.get("JINSHUI_DEAREST"):  # set by ./test
        terminalreporter.write_sep("-", "the dearest files, seconds of one worker")
        for line in dear_files.lines(dear_files.dearest(terminalreporter.stats)):
            terminalreporter.write_line(line)


def missing(what: str, how: str) -> None:
    """A service that is promised in CI fails there; elsewhere the test is skipped with what to install."""
    message = f"{what} is not there: {how}"
    if CI:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def clock() -> ManualClock:
    """Monday 2026-03-02, 09:00 in Shanghai."""
    return ManualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture
def gate_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are read in this process: the child with its limits has its own tests in `tests/unit/engine/bpmn/test_gate.py`."""
    monkeypatch.setattr(definitions, "check", check_in_process)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with all tables."""
    database = empty_file(tmp_path / "test.db")
    yield database
    database.dispose()


def _promised_postgres() -> str:
    if not POSTGRES_URL:
        missing("PostgreSQL", "run ./test, which installs and starts it")
    return POSTGRES_URL


@pytest.fixture
def postgres() -> Iterator[Database]:
    """An empty PostgreSQL database with all tables."""
    database = emptied(Database(_promised_postgres()))
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def any_database(request: pytest.FixtureRequest) -> Database:
    """Both kinds of database, one after the other: a test that takes this runs twice."""
    chosen: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgres")
    return chosen


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Both kinds of database without a single table, for migrations; the tables of the code are loaded."""
    load_tables()
    database = Database(_promised_postgres() if request.param == "postgres" else f"sqlite:///{tmp_path}/migrated.db")
    if request.param == "postgres":
        drop_all(database)
    yield database
    database.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kept_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Both kinds of database, beside those of `any_database`: for what is written once and read by all tests of a module."""
    if request.param == "sqlite":
        database = empty_file(tmp_path_factory.mktemp("kept") / "kept.db")
    else:
        database = emptied(Database(_own_database(_promised_postgres(), "kept")))
    yield database
    database.dispose()
