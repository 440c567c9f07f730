"""What a figure was measured on, printed with every result."""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.sqlite import JOURNAL, driver

RESULTS = Path(__file__).parent / "results"


def calibration_ms() -> float:
    """CPU time of a fixed Python loop: tells a slow minute of the machine from a slow program."""
    begun = time.process_time()
    total = 0
    for i in range(1_000_000):
        total += i * i
    return round((time.process_time() - begun) * 1000, 1)


def about() -> dict[str, Any]:
    """Processor count, versions, calibration."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "",
    )
    return {
        "cores": os.cpu_count(), "processor": model, "python": platform.python_version(), "sqlite": driver.sqlite_version, "sqlite_journal": JOURNAL,
        "calibration_ms": calibration_ms(), "on": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def write(name: str, figures: dict[str, Any]) -> None:
    """Prints figures with the machine and keeps them as bench/results/<name>.json."""
    result = {"machine": about(), **figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{name}: {json.dumps(figures, ensure_ascii=False)}")
