"""Every point at which an operation can be killed, on both databases, and every act of every scenario and every statement of a migration struck dead: `tests/crash` whole.

`./test` strikes some of the events, and some of the scenarios; here none is left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.cluster import running

WHERE = ("tests/crash", "tests/procedures/test_scenarios.py", "tests/contracts/test_backup.py", "tests/upgrade/test_upgrade.py")
WHICH = "kill_points or struck or on_postgresql or whenever_a_restore or migration_killed"


@dataclass(frozen=True)
class Found:
    """`faults` is the number of tests that did not come out as a calm run does."""

    operations: int
    deaths: int
    seconds: float
    faults: int


def on_own_cluster() -> Found:
    """Runs the tests on a server of its own, and counts the deaths that they note."""
    begun = time.monotonic()
    with running() as server, tempfile.TemporaryDirectory(prefix="jinshui-points-") as folder:
        server.create("points")
        notes, report = Path(folder) / "notes", Path(folder) / "report"
        given = {"JINSHUI_EVERY_DEATH": str(notes), "JINSHUI_TEST_POSTGRES": server.sqlalchemy_url("points"), "CI": "true"}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *WHERE, "-k", WHICH, "-rfE", "--tb=short"]
        with report.open("w", encoding="utf-8") as file:
            code = subprocess.run(command, env={**os.environ, **given}, stdout=file, check=False).returncode
        told = report.read_text("utf-8").splitlines()
        failed = [line for line in told if line.startswith(("FAILED", "ERROR"))]
        if code:
            print("\n".join(told[-200:]), flush=True)
        deaths = [int(line.partition("\t")[0]) for line in notes.read_text("utf-8").splitlines()]
    return Found(len(deaths), sum(deaths), round(time.monotonic() - begun, 1), len(failed) or int(code != 0))
