"""`make bench-peers` without its peers, and its table: what is missing is said, ours plays alone, and the page shows what lies in bench/results."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.beside import __main__ as beside
from bench.beside import maven, page

UNREACHABLE = """
printf '\\033[0m\\033[0m[\\033[1;31mERROR\\033[m] Could not transfer artifact from/to central: Connection refused\\n[ERROR] Re-run Maven\\n'
exit 1
"""
SILENT = "exec sleep 30"


def program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which Java is and Maven is not yet."""
    program(tmp_path, "java", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(maven.shutil, "which", lambda name: (tmp_path / name).exists() or None)
    return tmp_path


@pytest.mark.parametrize(
    ("mvn", "says"),
    [
        ("", "mvn is not installed: apt install openjdk-17-jdk-headless maven"),
        (UNREACHABLE, "Maven could not build camunda: [ERROR] Could not transfer artifact from/to central: Connection refused"),
        (SILENT, "Maven gave no answer for 0.2 s: its repository cannot be reached"),
    ],
    ids=["no Maven", "no repository", "no answer"],
)
def test_why_the_peers_are_missing_is_said_in_a_line(machine: Path, monkeypatch: pytest.MonkeyPatch, mvn: str, says: str) -> None:
    monkeypatch.setattr(maven, "TIMEOUT_S", 0.2 if mvn == SILENT else 30)
    if mvn:
        program(machine, "mvn", mvn)

    assert maven.build() == says


def test_where_both_are_built_nothing_is_said(machine: Path) -> None:
    program(machine, "mvn", "exit 0")

    assert maven.build() == ""


def test_without_its_peers_ours_is_measured_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    played, kept = list[list[str]](), dict[str, Any]()
    server = SimpleNamespace(version="15")
    monkeypatch.setattr(sys, "argv", ["beside", "--quick"])
    monkeypatch.setattr(beside.signal, "signal", lambda *_: None)
    monkeypatch.setattr(beside, "about", dict)
    monkeypatch.setattr(maven, "build", lambda: "its repository cannot be reached")
    monkeypatch.setattr(beside.cluster, "running", lambda: nullcontext(server))
    monkeypatch.setattr(beside, "tables", lambda *_: None)
    monkeypatch.setattr(beside, "contest", lambda _chosen, _server, _folder, names, _kept_as: played.append(names) or {})
    monkeypatch.setattr(beside.machine, "keep", lambda name, result: kept.update({name: result}))

    beside.main()

    assert played == [["ours", "bare", "library"]]
    assert "without the Java peers: its repository cannot be reached" in capsys.readouterr().out
    assert kept["peers_quick"]["without_peers"] == "its repository cannot be reached"


def test_the_table_is_what_the_last_whole_run_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page.PAGE.read_text("utf-8")
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    page.PAGE.write_text(shown, "utf-8")

    page.write(json.loads((Path(page.__file__).parents[1] / "results/peers.json").read_text("utf-8")))

    assert page.PAGE.read_text("utf-8") == shown
