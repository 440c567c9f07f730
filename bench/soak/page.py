"""The figures of docs/reliability.md, written between its two markers from what the last whole runs left in bench/results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.machine import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- soak: written by make soak -->", "<!-- soak: end -->"
NAMES = ("points", "kills", "workers", "storm", "walks", "verbs", "edits", "figures", "devices", "cards", "day")


def write() -> None:
    """Replaces what stands between the markers."""
    text = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: table(), text, flags=re.DOTALL), "utf-8")


def table() -> str:
    """One line per soak run, markers included; what has not been run whole says so."""
    rows = (f"| `soak_{name}.json` | {' | '.join(_cells(RESULTS / f'soak_{name}.json'))} |" for name in NAMES)
    return "\n".join((BEGIN, "", "| file in bench/results | figures | measured |", "|---|---|---|", *rows, "", END))


def _cells(file: Path) -> Iterator[str]:
    if not file.exists():
        yield from ("no whole run yet", "–")
        return
    found = json.loads(file.read_text("utf-8"))
    about = found.pop("machine")
    yield " · ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in found.items() if name != "seed")
    code = f"commit `{about['commit']}`{', changed' if about['dirty'] else ''}" if about.get("commit") else "commit not kept"
    yield f"{about['on']}, {about['cores']} cores, {code}, seed {found['seed']}"


def _said(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value)) if not value or isinstance(value[0], dict) else ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items())
    return f"{value:,}"
