"""SQLite: `VACUUM INTO` copies one state while others write (copying the file does not: measured, 4 of 30 such copies were corrupt)."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from db import sqlite
from db.copies.manifest import Refused

NAME = "jinshui.db"
SAY_SECONDS = 2.0
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
Say = Callable[[str], None]


def copy(source: Path, target: Path, say: Say) -> None:
    """Writes one consistent state of the database to a new file."""
    with closing(_open(source)) as connection:
        said = time.monotonic()

        def tell() -> int:
            nonlocal said
            if time.monotonic() - said > SAY_SECONDS and target.exists():
                said = time.monotonic()
                say(f"{target.stat().st_size >> 20} MB")
            return 0

        connection.set_progress_handler(tell, _STEPS)
        connection.execute("VACUUM INTO ?", (str(target),))


def facts(file: Path) -> tuple[str, dict[str, int]]:
    """(revision, rows of every table) of a whole database; raises Refused for one that is damaged."""
    with closing(_open(file)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Refused("数据库文件已损坏", "the database file is damaged")
        names = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        ]
        rows = {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in sorted(names)}
        revision = (
            connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] if "alembic_version" in names else ""
        )
    return revision, rows


def is_empty(file: Path) -> bool:
    """Whether there is no table yet."""
    if not file.exists():
        return True
    with closing(_open(file)) as connection:
        return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


@contextmanager
def occupied(file: Path, *, alone: bool = False) -> Iterator[None]:
    """Holds the lock file beside a database: whoever serves shares it, a restore has it alone. Raises Refused.

    A system that rests holds no lock of SQLite's; this one the kernel keeps until its process is gone, however that ended.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise (_in_use() if alone else _restoring()) from error
        yield


def _in_use() -> Refused:
    return Refused("数据库正在使用，请先停止系统", "the database is in use, stop the system first")


def _restoring() -> Refused:
    return Refused("正在恢复备份，请完成后再启动", "a backup is being restored, start again when that is done")


def require_idle(file: Path) -> None:
    """Raises Refused while a process has a transaction open: it would go on writing into what was moved aside."""
    with closing(_open(file, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite.driver.OperationalError as error:
            raise _in_use() from error


def fold(file: Path) -> None:
    """Brings all that was committed into the file itself, so that it is whole without the files beside it. Nobody else has it open."""
    with closing(_open(file)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # what a power cut left half done is rolled back by this
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    for ending in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def run(file: Path, statements: Sequence[str]) -> None:
    """Runs statements in one transaction."""
    with closing(_open(file)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def _open(file: Path, timeout: float = sqlite.BUSY_TIMEOUT_MS / 1000) -> Any:
    return sqlite.driver.connect(str(file), isolation_level=None, timeout=timeout)
