"""A PostgreSQL server of a test's own, whose settings it may spoil."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

SUPERUSER = "jinshui"
OF_THE_SERVER = ("fsync", "full_page_writes")


def programs() -> Path | None:
    """Where initdb and pg_ctl are: the newest that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


class Cluster:
    """Started empty; initdb without sync, for nothing in it is to be kept."""

    def __init__(self, bin_: Path) -> None:
        # Not below the folders of pytest: those are another user's, and swept by the next run.
        folder = Path(tempfile.mkdtemp(prefix="jinshui-cluster-"))
        self._folder, self._bin = folder, bin_
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", "data", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=30 -c shared_buffers=16MB"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")

    def _run(self, program: str, *arguments: str) -> None:
        user = {"user": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run([str(self._bin / program), *arguments], cwd=self._folder, check=True, stdout=subprocess.DEVNULL, **user)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str) -> None:
        """Runs statements, each on its own, from a database that no test spoils."""
        engine = create_engine(self.url("template1"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def set(self, setting: str, value: str) -> None:
        """Sets what a new connection sees: at once for settings of a database, after the server has read its file for others."""
        if setting in OF_THE_SERVER:
            self.sql(f"ALTER SYSTEM SET {setting} = '{value}'")
            self._reload(**{setting: value})
        else:
            self.sql(f"ALTER DATABASE postgres SET {setting} = '{value}'")

    def reset(self) -> None:
        """As it was at the start."""
        self.sql("ALTER DATABASE postgres RESET ALL", "ALTER SYSTEM RESET ALL")
        self._reload(**dict.fromkeys(OF_THE_SERVER, "on"))

    def _reload(self, **wanted: str) -> None:
        """Has the server read its file again until a new connection sees it; a signal alone is now and then too early."""
        engine = create_engine(self.url("template1"), poolclass=NullPool)
        seen: dict[str, str] = {}
        while seen != wanted:
            self.sql("SELECT pg_reload_conf()", "SELECT pg_sleep(0.05)")
            with engine.connect() as connection:
                seen = {name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in wanted}

    @contextmanager
    def standing_by(self) -> Iterator[None]:
        """For a while it only follows another server, of which it is never told; nothing can be written to it."""
        signal = self._folder / "data" / "standby.signal"
        signal.touch()
        if os.geteuid() == 0:
            shutil.chown(signal, "postgres")
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-m", "fast", "restart")
        yield
        self._run("pg_ctl", "-D", "data", "-w", "promote")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)
