"""What a figure was measured on, and of which code; printed with every result."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.sqlite import JOURNAL, driver

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
WRITTEN = (":!bench/results", ":!docs")  # what a run itself writes makes no code another


def calibration_ms() -> float:
    """CPU time of a fixed Python loop: tells a slow minute of the machine from a slow program."""
    begun = time.process_time()
    total = 0
    for i in range(1_000_000):
        total += i * i
    return round((time.process_time() - begun) * 1000, 1)


def provenance(folder: Path = ROOT) -> dict[str, Any]:
    """The commit of the code, short, and whether it was changed since: figures of changed code can be repeated by nobody.

    An empty commit says that the code does not lie in a git repository.
    """
    commit = _git(folder, "rev-parse", "--short", "HEAD").strip()
    changed = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".", *WRITTEN).splitlines()
    return {"commit": commit, "dirty": any(not line.startswith("??") or line.endswith(".py") for line in changed)}


def _git(folder: Path, *arguments: str) -> str:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def about() -> dict[str, Any]:
    """Code, processor count, versions, calibration."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "",
    )
    return {
        **provenance(), "cores": os.cpu_count(), "processor": model, "python": platform.python_version(), "sqlite": driver.sqlite_version,
        "sqlite_journal": JOURNAL, "calibration_ms": calibration_ms(), "on": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def keep(name: str, result: dict[str, Any]) -> Path:
    """Writes a result as bench/results/<name>.json."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return file


def write(name: str, figures: dict[str, Any]) -> None:
    """Prints figures with the machine and keeps them as bench/results/<name>.json."""
    keep(name, {"machine": about(), **figures})
    print(f"{name}: {json.dumps(figures, ensure_ascii=False)}")
