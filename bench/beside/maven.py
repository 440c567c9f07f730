"""Builds the Java peers. Without JDK, Maven or its repository the run goes on without them, and says why."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "peers"
ADAPTERS = {"camunda": "CamundaPeer", "flowable": "FlowablePeer"}
TIMEOUT_S = 600
COLOURS = re.compile(r"\x1b\[[\d;]*m")  # Maven colours its first line even where nobody reads it on a terminal


def build() -> str:
    """Compiles both peers and fetches their libraries; empty, or the reason why they are not there."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt install openjdk-17-jdk-headless maven"
    for name in ADAPTERS:
        command = ["mvn", "-q", "-B", f"-P{name}", "package"]
        try:
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return f"Maven gave no answer for {TIMEOUT_S} s: its repository cannot be reached"
        if done.returncode:
            return f"Maven could not build {name}: {_first_error(done.stdout)}"
    return ""


def _first_error(text: str) -> str:
    text = COLOURS.sub("", text)
    return next((line for line in text.splitlines() if "ERROR" in line), text[-300:].strip())


def command(name: str, jdbc_url: str, models: Path) -> list[str]:
    """How a built peer is started."""
    target = PROJECT / "target" / name
    return [
        "java",
        "-Xms1g",
        "-Xmx1g",
        "-cp",
        f"{target}/classes:{target}/lib/*",
        "bench.Player",
        ADAPTERS[name],
        jdbc_url,
        str(models),
    ]
