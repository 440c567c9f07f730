"""A PostgreSQL of our own for the run, with durable settings, thrown away at its end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

USER = "bench"
SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "1GB", "max_wal_size": "8GB", "max_connections": "300",
    "checkpoint_timeout": "30min", "work_mem": "16MB", "maintenance_work_mem": "512MB",
}  # fmt: skip
_TICKS = os.sysconf("SC_CLK_TCK")


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine."""


@dataclass(frozen=True)
class Cluster:
    """A running server on loopback."""

    port: int
    version: str

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """As its superuser, each statement on its own."""
        return psycopg.connect(self.url(database), autocommit=True)

    def url(self, database: str, port: int = 0) -> str:
        """As libpq takes it."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}?sslmode=disable&gssencmode=disable"

    def create(self, database: str) -> None:
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}"')

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


@contextmanager
def running() -> Iterator[Cluster]:
    """A new server; it and its files are gone afterwards."""
    programs, folder, port = _programs(), Path(tempfile.mkdtemp(prefix="jinshui-peers-")), free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    control = [str(programs / "pg_ctl"), "-D", str(folder / "data")]
    try:
        _as_owner(
            folder,
            str(programs / "initdb"),
            "-D",
            str(folder / "data"),
            "-A",
            "trust",
            "-U",
            USER,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-k",
        )
        _as_owner(
            folder,
            *control,
            "-l",
            str(folder / "log"),
            "-w",
            "-o",
            f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {options}",
            "start",
        )
        with psycopg.connect(f"postgresql://{USER}@127.0.0.1:{port}/postgres") as connection:
            version = str((connection.execute("SHOW server_version").fetchone() or ("",))[0])
        yield Cluster(port, version)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _as_owner(folder, *control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
