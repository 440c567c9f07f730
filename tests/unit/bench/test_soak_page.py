"""docs/reliability.md shows the figures that lie in bench/results, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.soak import page


def test_the_table_is_what_the_files_say() -> None:
    assert page.table() in page.PAGE.read_text("utf-8"), "write it with: python -c 'from bench.soak import page; page.write()'"


def test_a_line_names_commit_and_seed_and_what_was_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"commit": "abc1234", "dirty": True, "cores": 2, "on": "2026-11-27"}
    figures = {"machine": about, "seed": 7, "faults": 0, "late_max": 1.5, "timers": 23000, "different": [{"seed": 9}], "accepted": {"claim": 1200, "ask": 3}}
    (tmp_path / "soak_kills.json").write_text(json.dumps(figures))
    monkeypatch.setattr(page, "RESULTS", tmp_path)

    kills, workers = (line for line in page.table().splitlines() if "soak_kills" in line or "soak_workers" in line)

    assert kills == (
        "| `soak_kills.json` | faults 0 · late max 1.5 · timers 23,000 · different 1 · accepted claim 1,200, ask 3 | 2026-11-27, 2 cores, commit `abc1234`, changed, seed 7 |"
    )
    assert "no whole run yet" in workers
