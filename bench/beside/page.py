"""The table of docs/performance.md, written between its two markers from what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.beside.players import TITLES

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- peers: written by make bench-peers -->", "<!-- peers: end -->"
NAMES = {
    "W1": ("W1 start, user task, gateway, service task, user task, end", "completion"),
    "W2": ("W2 three parallel branches", "completion"),
    "W3": ("W3 a loop of {loops:,} user tasks", "completion"),
    "W4": ("W4 {timers:,} timers due at once", "timer"),
    "W5": ("W5 first page of a worklist over {tasks:,} open tasks, with a count up to 1,000", "page"),
    "W7": ("W7 64 clients contending for claims", "claim won"),
}


def write(result: dict[str, Any]) -> None:
    """Replaces what stands between the markers."""
    text, made = PAGE.read_text("utf-8"), "\n".join([BEGIN, *_lines(result), END])
    PAGE.write_text(re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: made, text, flags=re.DOTALL), "utf-8")


def _lines(result: dict[str, Any]) -> Iterator[str]:
    about = result["machine"]
    yield ""
    yield (
        f"Measured on {about['on']} in {result['mode']} mode: {about['cores']} cores ({about['processor']}), {about['memory_gb']} GB,"
        f" PostgreSQL {about['postgresql']}, Python {about['python']}, {about['java'] or 'no Java'}; {result['plan']['rounds']} rounds, medians;"
        f" load average {about['load_before']} before and {about['load_after']} after; a fixed loop took {about['calibration_ms']} ms before and"
        f" {about['calibration_after_ms']} ms after."
    )
    if result["without_peers"]:
        yield f"\nThe Java peers are missing: {result['without_peers']}"
    for name, block in result["workloads"].items():
        title, unit = NAMES[name]
        yield f"\n### {title.format(**result['plan'])}\n"
        yield from _table(block, unit, loops=name == "W3")
    yield from _behind(result)
    yield ""


def _table(block: dict[str, Any], unit: str, *, loops: bool) -> Iterator[str]:
    grown = " last tenth / second tenth |" if loops else ""
    yield (
        f"| | {unit}s/s (lowest–highest) | ms p50 | ms p99 | CPU ms per {unit}: engine | database | round trips | memory MB |{grown}"
        " ours: throughput | ours: less engine CPU | with database |"
    )
    yield "|---|" + "---:|" * (11 if loops else 10)
    for name, own in block["players"].items():
        low, high = own["per_s_range"]
        cells = [
            TITLES[name], f"{own['per_s']:g} ({low:g}–{high:g})", *(f"{own[k]:g}" if k in own else "–" for k in ("p50_ms", "p99_ms")),
            f"{own['cpu_ms']:g}", f"{own['database_cpu_ms']:g}", f"{own['round_trips']:g}" if "round_trips" in own else "–", str(own["rss_mb"]),
            *([f"{own['growth']:g}"] if loops else []), *_against(block["ours_against"].get(name)),
        ]  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _against(ratio: dict[str, float] | None) -> list[str]:
    return [f"{ratio[key]:g}×" if ratio else "" for key in ("throughput", "cpu", "cpu_with_database")]


def _behind(result: dict[str, Any]) -> Iterator[str]:
    """Where a peer is ahead of ours."""
    found = [
        f"{name} {TITLES[peer]}: {said} {ratio[key]:g}×"
        for name, block in result["workloads"].items()
        for peer, ratio in block["ours_against"].items()
        if peer in {"camunda", "flowable"}
        for key, said in (("throughput", "throughput"), ("cpu", "engine CPU"), ("cpu_with_database", "CPU with database"))
        if ratio and ratio[key] < 1
    ]
    yield "\n**Where a peer is ahead of ours in this run:** " + ("; ".join(found) if found else "nowhere") + "."
