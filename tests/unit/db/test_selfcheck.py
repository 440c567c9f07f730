"""A database that forgets what it has acknowledged is refused before anything is served, setting by setting, on a real server."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db import selfcheck, sqlite
from db.selfcheck import ACCEPT, DatabaseUnfit
from db.session import Database
from engine.link import Link
from tests.conftest import missing
from tests.factories.cluster import Cluster, programs

ROOT = Path(__file__).parents[3]
Spoil = Callable[[str, str], Database]
SPOILED = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "remote_write",
    "default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on",
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One server for this module; each test puts back what it spoiled."""
    bin_ = programs()
    if bin_ is None:
        missing("PostgreSQL", "run ./test")
    assert bin_ is not None
    cluster = Cluster(bin_)
    yield cluster
    cluster.stop()


@pytest.fixture
def spoil(cluster: Cluster) -> Iterator[Spoil]:
    """Gives a setting another value, as an administrator in a hurry does."""

    def change(setting: str, value: str) -> Database:
        cluster.set(setting, value)
        database = Database(cluster.url())
        opened.append(database)
        return database

    opened: list[Database] = []
    yield change
    for database in opened:
        database.dispose()
    cluster.reset()


@pytest.mark.parametrize("setting", SPOILED)
def test_a_setting_that_loses_work_is_refused_in_both_languages(spoil: Spoil, setting: str) -> None:
    database = spoil(setting, SPOILED[setting])

    with pytest.raises(DatabaseUnfit) as refused:
        selfcheck.require(database, {})

    assert f"数据库设置 {setting} 为 {SPOILED[setting]}" in str(refused.value)
    assert f"database setting {setting} is {SPOILED[setting]}, expected" in str(refused.value)


def test_a_server_as_it_should_be_is_taken(cluster: Cluster) -> None:
    database = Database(cluster.url())
    found = selfcheck.findings(database)
    database.dispose()

    assert found == []


def test_another_encoding_is_refused(cluster: Cluster) -> None:
    cluster.sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    database = Database(cluster.url("latin"))
    found = selfcheck.findings(database)
    database.dispose()

    assert [(f.setting, f.value) for f in found] == [("server_encoding", "LATIN1")]


def test_a_server_that_is_too_old_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "OLDEST_SERVER", 999)
    database = Database(cluster.url())

    with pytest.raises(DatabaseUnfit, match=r"server_version 为 \d+，应为 ≥ 999"):
        selfcheck.require(database, {})
    database.dispose()


def test_a_server_that_only_follows_another_is_refused(cluster: Cluster) -> None:
    with cluster.standing_by():
        database = Database(cluster.url())
        with pytest.raises(DatabaseUnfit, match="pg_is_in_recovery 为 true，应为 false"):
            selfcheck.require(database, {})
        database.dispose()


def test_what_is_accepted_by_name_is_taken_and_said_loudly(spoil: Spoil, caplog: pytest.LogCaptureFixture) -> None:
    database = spoil("fsync", "off")

    with caplog.at_level(logging.WARNING, "jinshui"):
        selfcheck.require(database, {ACCEPT: "fsync"})

    assert "UNSAFE DATABASE" in caplog.text
    assert "fsync is off" in caplog.text


@pytest.mark.parametrize("accepted", ["synchronous_commit", "all", "server_encoding", "fsync,1"])
def test_what_is_not_named_is_refused_and_only_durability_can_be_named(spoil: Spoil, accepted: str) -> None:
    database = spoil("fsync", "off")

    with pytest.raises(DatabaseUnfit):
        selfcheck.require(database, {ACCEPT: accepted})


def test_the_application_ends_with_code_1_and_the_sentence(spoil: Spoil, cluster: Cluster, tmp_path: Path) -> None:
    spoil("synchronous_commit", "off")
    environment = {**{k: v for k, v in os.environ.items() if k != ACCEPT}, "JINSHUI_DATABASE": cluster.url()}

    ended = subprocess.run(
        [sys.executable, "app.py", "run", "--no-demo", "--data", str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1, ended.stderr
    assert "✗ 数据库设置 synchronous_commit 为 off，应为 on" in ended.stdout


def test_an_old_sqlite_is_served_with_a_rollback_journal_and_says_so(database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(sqlite, "JOURNAL", "PERSIST")

    with caplog.at_level(logging.WARNING, "jinshui"):
        selfcheck.require(database, {})

    assert "改用回滚日志 PERSIST" in caplog.text
    assert "rollback journal PERSIST with synchronous=FULL" in caplog.text


def test_a_database_that_was_kept_with_a_write_ahead_log_leaves_it_under_an_old_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite.driver.connect(tmp_path / "office.db")) as connection:
        assert connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        connection.execute("CREATE TABLE kept (id INTEGER)")
    monkeypatch.setattr(sqlite, "JOURNAL", "PERSIST")

    database = Database(f"sqlite:///{tmp_path}/office.db")
    with database.read() as session:
        found = [Link(session).all(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")]
    database.dispose()

    assert found == ["persist", 2]
    assert (tmp_path / "office.db").read_bytes()[18:20] == b"\x01\x01"  # the header: written and read without such a log
