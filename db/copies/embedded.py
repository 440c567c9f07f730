"""SQLite: `VACUUM INTO` copies one state while others write (copying the file does not: measured, 4 of 30 such copies were corrupt)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
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


def require_idle(file: Path) -> None:
    """Raises Refused while a process has the database open: it would go on writing, and sending, into what was moved aside."""
    with closing(_open(file, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite.driver.OperationalError as error:
            raise Refused("数据库正在使用，请先停止系统", "the database is in use, stop the system first") from error


def run(file: Path, statements: Sequence[str]) -> None:
    """Runs statements in one transaction."""
    with closing(_open(file)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def _open(file: Path, timeout: float = sqlite.BUSY_TIMEOUT_MS / 1000) -> Any:
    return sqlite.driver.connect(str(file), isolation_level=None, timeout=timeout)
