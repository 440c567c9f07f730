"""PostgreSQL: `pg_dump` of one exported snapshot; it comes back in one transaction, the fence included.

Nobody ever sees a database that is half there, or there without its fence.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from db import connections
from db.copies.manifest import CHUNK, Refused
from db.session import Database
from db.timeouts import ENDLESS

NAME = "jinshui.dump"
SAY_SECONDS = 2.0
LEAVING_S = 2.0  # how long a server may take to notice that a client has gone
_LAST_WORDS = 2_000  # bytes
Say = Callable[[str], None]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_BOUND = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND row_security_active(oid)"
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


def program(name: str, server_major: int) -> str:
    """The path of a PostgreSQL client program that is not older than the server; raises Refused."""
    found = shutil.which(name)
    if found is None:
        raise Refused(
            f"没有找到 {name}，请安装 PostgreSQL {server_major} 客户端（postgresql-client）",
            f"{name} is not there, install the PostgreSQL {server_major} client (postgresql-client)",
        )
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 -- found on the PATH
    major = int((re.search(r"\) (\d+)", told) or ["", "0"])[1])
    if major < server_major:
        raise Refused(
            f"{name} 的版本 {major} 低于数据库的版本 {server_major}，请安装 PostgreSQL {server_major} 客户端",
            f"{name} {major} is older than the database {server_major}, install the PostgreSQL {server_major} client",
        )
    return found


def major(database: Database) -> int:
    """The major version of the server."""
    return _one(database, "SHOW server_version_num") // 10_000


def copy(database: Database, target: Path, say: Say) -> tuple[str, dict[str, int]]:
    """Dumps one state; (revision, rows of every table) in that very state. Raises Refused for a role that is shown only part of the rows."""
    if _one(database, _BOUND):
        raise Refused("当前数据库角色只看得到一部分数据（行级安全），请以属主身份备份", "this role is shown only part of the rows, back up as the owner")
    dump = program("pg_dump", major(database))
    with database.engine.connect() as connection:
        connections.be_patient(connection.connection, ENDLESS)  # the snapshot must outlive the dump
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        names = list(connection.exec_driver_sql(_TABLES).scalars())
        counted = {name: int(connection.exec_driver_sql(f'SELECT count(*) FROM public."{name}"').scalar_one()) for name in names}
        revision = str(connection.exec_driver_sql("SELECT version_num FROM public.alembic_version").scalar_one())
        address, environment = reached(database)
        command = [
            dump,
            f"--dbname={address}",
            "--format=custom",
            "--schema=public",
            "--no-owner",
            "--no-acl",
            f"--snapshot={snapshot}",
            f"--file={target}",
        ]
        with tempfile.TemporaryFile() as told, subprocess.Popen(command, env=environment, stderr=told) as process:  # noqa: S603 -- our own words
            while process.poll() is None:
                _wait(process, lambda: say(f"{target.stat().st_size >> 20} MB" if target.exists() else "…"))
            _require(process.returncode == 0, told)
    return revision, counted


def is_empty(database: Database) -> bool:
    """Whether there is no table yet."""
    return _one(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def require_idle(database: Database) -> None:
    """Raises Refused while anybody else is connected: a running node keeps cases in memory and would send what is restored.

    Whoever has just been stopped is waited for: the server notices it a moment later.
    """
    database.dispose()
    end = time.monotonic() + LEAVING_S
    while others := _one(database, _OTHERS):
        if time.monotonic() >= end:
            raise Refused(
                f"数据库还有 {others} 个连接，请先停止所有节点", f"the database has {others} other connections, stop every node first"
            )
        time.sleep(0.05)


def bring_back(
    database: Database, source: Path, rows: Mapping[str, int], aside: str, statements: Sequence[str], say: Say
) -> None:
    """Restores in one transaction, with what was there renamed to the schema `aside`; counts every row before it commits."""
    version = major(database)
    restore, psql = program("pg_restore", version), program("psql", version)
    database.dispose()
    before = [f'ALTER SCHEMA public RENAME TO "{aside}"'] if aside else ["DROP SCHEMA IF EXISTS public"]
    after = ["SET search_path = public", *_counts(rows), *statements]
    with _psql(psql, database) as stdin:
        stdin.write(_sql(["BEGIN", *before]))
        command = [restore, "--no-owner", "--no-acl", "--file=-", str(source)]
        with tempfile.TemporaryFile() as told, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told) as process:  # noqa: S603 -- our own words
            assert process.stdout is not None
            _pass_on(process.stdout, stdin, say)
            process.wait()
            _require(process.returncode == 0, told)
        stdin.write(_sql([*after, "COMMIT", "ANALYZE"]))


@contextmanager
def _psql(path: str, database: Database) -> Iterator[IO[bytes]]:
    """Its input; what is wrong on either side leaves the transaction uncommitted."""
    address, environment = reached(database)
    command = [path, f"--dbname={address}", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with tempfile.TemporaryFile() as told, subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=told) as process:  # noqa: S603
        assert process.stdin is not None
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:  # psql has given up; its last words say why
            process.stdin = None
        except BaseException:
            process.kill()
            raise
        process.wait()
        _require(process.returncode == 0, told)


def _pass_on(source: IO[bytes], target: IO[bytes], say: Say) -> None:
    done, said = 0, time.monotonic()
    while chunk := source.read(CHUNK):
        target.write(chunk)
        done += len(chunk)
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            say(f"{done >> 20} MB")


def _counts(rows: Mapping[str, int]) -> list[str]:
    """Statements that fail where a table has not the rows that it should have."""
    return [
        f"DO $$ BEGIN IF (SELECT count(*) FROM public.\"{name}\") <> {count} THEN RAISE EXCEPTION 'rows of {name}'; END IF; END $$"
        for name, count in rows.items()
    ]


def _sql(statements: Sequence[str]) -> bytes:
    return "".join(f"{statement};\n" for statement in statements).encode()


def reached(database: Database) -> tuple[str, dict[str, str]]:
    """(address, environment) of a client program: all that the application connects with, a host or TLS in the query of the address too.

    A password is never an argument that others can read.
    """
    _positional, given = database.engine.dialect.create_connect_args(database.url)
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}  # the driver takes words of its own besides
    said = {name: " ".join(value) if isinstance(value, tuple) else value for name, value in given.items() if name in known}
    password = said.pop("password", None)
    return make_conninfo(**said), {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}


def _wait(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
    try:
        process.wait(SAY_SECONDS)
    except subprocess.TimeoutExpired:
        tell()


def _require(is_fine: bool, told: IO[bytes]) -> None:
    """Raises Refused with the last words of a client. They went to a file: a pipe that nobody reads would stop a client that says much."""
    if not is_fine:
        told.seek(max(0, told.seek(0, os.SEEK_END) - _LAST_WORDS))
        words = told.read().decode(errors="replace").strip()[-500:]
        raise Refused(f"PostgreSQL 客户端没有成功：{words}", f"the PostgreSQL client failed: {words}")


def _one(database: Database, sql: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.exec_driver_sql(sql).scalar_one())
