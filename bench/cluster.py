"""A PostgreSQL of our own for a run, with durable settings, thrown away at its end; it may be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

USER = "bench"
SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "1GB", "max_wal_size": "8GB", "max_connections": "300",
    "checkpoint_timeout": "30min", "work_mem": "16MB", "maintenance_work_mem": "512MB",
}  # fmt: skip
START_PATIENCE = 60  # seconds
_TICKS = os.sysconf("SC_CLK_TCK")


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine."""


@dataclass(frozen=True)
class Cluster:
    """A server on loopback."""

    programs: Path
    folder: Path
    port: int

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """As its superuser, each statement on its own."""
        return psycopg.connect(self.url(database), autocommit=True)

    def url(self, database: str, port: int = 0) -> str:
        """As libpq takes it."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}?sslmode=disable&gssencmode=disable"

    def sqlalchemy_url(self, database: str) -> str:
        """As our own configuration takes it."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    @property
    def version(self) -> str:
        """Of the server."""
        with self.connect() as connection:
            return str((connection.execute("SHOW server_version").fetchone() or ("",))[0])

    def start(self) -> None:
        """Starts the server; after a crash as soon as its memory is free, and returns when it has recovered."""
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        given = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {options}"
        until = time.monotonic() + START_PATIENCE
        while True:
            try:
                self._control("-l", str(self.folder / "log"), "-w", "-o", given, "start")
                return
            except RuntimeError:  # what is left of the killed one still holds the shared memory
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def crash(self) -> None:
        """Kills the server and all its processes at once, as a loss of power would."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, *children_of(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Ends the server without ceremony: nobody needs its data any more."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str) -> None:
        _as_owner(self.folder, str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), *arguments)

    def create(self, database: str, *, template: str = "") -> None:
        """An empty database, or a copy of one to which nobody is connected."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}"' + (f' TEMPLATE "{template}"' if template else ""))

    def cpu_s(self, database: str) -> float:
        """What the backends that serve a database have used so far; those that have ended do not count."""
        with self.connect() as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (database,)).fetchall()
        return sum(_cpu_of(pid) for (pid,) in rows)


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # it ended a moment ago
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise NoPostgres("PostgreSQL is not installed: apt install postgresql")
    return found[-1].parent if found else Path(str(on_path)).parent


def _as_owner(folder: Path, *command: str) -> None:
    """PostgreSQL refuses to run as root."""
    given = ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)
    done = subprocess.run(given, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")


def children_of(parent: int) -> list[int]:
    """Processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended a moment ago
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


@contextmanager
def running() -> Iterator[Cluster]:
    """A new server; it and its files are gone afterwards. Raises NoPostgres where none is installed."""
    programs, folder = _programs(), Path(tempfile.mkdtemp(prefix="jinshui-bench-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Cluster(programs, folder, free_port())
    try:
        data = str(folder / "data")
        _as_owner(folder, str(programs / "initdb"), "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-k")
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
