"""Looked at before anything is served: whether what this database says is stored will still be there after a power cut.

Measured: with `synchronous_commit=off` twelve crashes of the server lost 184 acknowledged steps, with `on` twenty-five lost none. A
step that was answered and is gone is worse than no service, so such a database is refused. What is wrong on PostgreSQL is said; on
SQLite the product sets everything itself and only says what it chose.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from db import sqlite
from db.session import Database

# For throw-away databases of tests only: names the durability settings that may be off, separated by commas.
ACCEPT = "JINSHUI_ACCEPT_UNSAFE_DATABASE"
OLDEST_SERVER = 14
log = logging.getLogger("jinshui.database")

_ASKED = ("fsync", "full_page_writes", "synchronous_commit", "default_transaction_isolation", "default_transaction_read_only", "server_encoding")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    # `local` and `remote_write` answer before the stand-by has it on its disk: after a failover the step is gone.
    "synchronous_commit": ("on", "remote_apply"),
    # Row locks decide who was first; a snapshot per transaction would make each of them an error instead.
    "default_transaction_isolation": ("read committed",),
    "default_transaction_read_only": ("off",),
    "server_encoding": ("UTF8",),
}
DRIVERS = ("postgresql+psycopg", "postgresql", "sqlite")
_ACCEPTABLE = ("fsync", "full_page_writes", "synchronous_commit")


class DatabaseUnfit(Exception):
    """数据库的设置不合要求，不能启动 / the database is not fit to be used"""


@dataclass(frozen=True)
class Finding:
    """A setting that is not as it must be."""

    setting: str
    value: str
    needed: str

    @property
    def sentence(self) -> str:
        """What is wrong, in both languages."""
        return (
            f"数据库设置 {self.setting} 为 {self.value}，应为 {self.needed} / "
            f"database setting {self.setting} is {self.value}, expected {self.needed}"
        )


def known_address(url: str) -> str:
    """The address of a database, as it was given; raises DatabaseUnfit where it is none, or one of a system that this one does not work with.

    What was given is not repeated: it may hold a password.
    """
    try:
        if make_url(url).drivername in DRIVERS:
            return url
    except ArgumentError:
        pass  # no address at all: told in the same words
    raise DatabaseUnfit(
        "环境变量 JINSHUI_DATABASE 应写成 postgresql+psycopg://用户:密码@主机:端口/库名；不设时用数据文件夹里的数据库 / "
        "JINSHUI_DATABASE should read postgresql+psycopg://user:password@host:port/name; without it the database in the data folder is used"
    )


def require(database: Database, environment: Mapping[str, str] = os.environ) -> None:
    """Raises DatabaseUnfit with a sentence for each finding that is not accepted by name; says what was accepted or chosen."""
    if database.is_sqlite:
        _tell_sqlite()
        return
    found, accepted = findings(database), _accepted(environment)
    refused = [finding for finding in found if finding.setting not in accepted]
    if refused:
        raise DatabaseUnfit("\n    ".join(finding.sentence for finding in refused))
    for finding in found:
        log.warning("!!! UNSAFE DATABASE accepted by %s, data WILL be lost in a crash / 不安全的数据库: %s", ACCEPT, finding.sentence)


def findings(database: Database) -> list[Finding]:
    """Every setting of a PostgreSQL server that is not as it must be, as a connection of ours sees it."""
    with database.engine.connect() as connection:
        values = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in _ASKED}
        version = int(str(connection.exec_driver_sql("SHOW server_version_num").scalar_one())) // 10_000
        is_standby = bool(connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one())
    found = [Finding(name, values[name], " / ".join(needed)) for name, needed in _NEEDED.items() if values[name] not in needed]
    if version < OLDEST_SERVER:
        found.append(Finding("server_version", str(version), f"≥ {OLDEST_SERVER}"))
    if is_standby:
        found.append(Finding("pg_is_in_recovery", "true", "false"))
    return found


def _accepted(environment: Mapping[str, str]) -> set[str]:
    named = {name.strip() for name in environment.get(ACCEPT, "").split(",") if name.strip()}
    if unknown := named - set(_ACCEPTABLE):
        raise DatabaseUnfit(
            f"{ACCEPT} 只能列出 {', '.join(_ACCEPTABLE)}，不能是 {', '.join(sorted(unknown))} / "
            f"{ACCEPT} may name {', '.join(_ACCEPTABLE)} only, not {', '.join(sorted(unknown))}"
        )
    return named


def _tell_sqlite() -> None:
    if sqlite.JOURNAL != "WAL":
        log.warning(
            "SQLite %s 的预写日志有丢页缺陷，改用回滚日志 %s / has the WAL-reset bug, so the rollback journal %s with synchronous=FULL is used",
            sqlite.driver.sqlite_version, sqlite.JOURNAL, sqlite.JOURNAL,
        )  # fmt: skip
