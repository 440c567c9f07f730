"""A figure says of which code it is, and a run of a part does not pass for the whole."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import pytest

from bench import machine
from bench.beside.__main__ import ORDER, is_whole
from bench.soak.storm import WHOLE, Found, Size


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one program and one figure, all committed."""
    (tmp_path / "bench" / "results").mkdir(parents=True)
    (tmp_path / "program.py").write_text("1\n")
    (tmp_path / "bench" / "results" / "figure.json").write_text("{}\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Begins"]):
        subprocess.run([*git, *arguments], check=True)
    return tmp_path


def test_a_figure_names_its_commit(repository: Path) -> None:
    head = subprocess.run(["git", "-C", str(repository), "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout

    found = machine.provenance(repository)

    assert head.startswith(found["commit"]) and len(found["commit"]) >= 7
    assert found["dirty"] is False


@pytest.mark.parametrize(("changed", "is_dirty"), [("program.py", True), ("new.py", True), ("notes.txt", False), ("bench/results/figure.json", False)])
def test_code_that_was_changed_since_is_told_from_what_a_run_writes(repository: Path, changed: str, is_dirty: bool) -> None:
    (repository / changed).write_text("2\n")

    assert machine.provenance(repository)["dirty"] is is_dirty


def test_outside_a_repository_nothing_is_claimed(tmp_path: Path) -> None:
    assert machine.provenance(tmp_path / "nowhere") == {"commit": "", "dirty": False}


@pytest.mark.parametrize(
    ("given", "whole"),
    [({}, True), ({"rounds": 7}, True), ({"quick": True}, False), ({"workloads": "W3"}, False), ({"rounds": 1}, False), ({"ours_only": True}, False)],
)
def test_only_a_whole_run_writes_the_result_and_the_table(given: dict[str, object], whole: bool) -> None:
    chosen = {"quick": False, "ours_only": False, "workloads": ",".join(ORDER), "rounds": 0, **given}

    assert is_whole(argparse.Namespace(**chosen)) is whole


@pytest.mark.parametrize("size", [WHOLE, Size(attempts=10, clients=3, tasks=1)])
def test_the_clients_of_a_storm_make_exactly_as_many_attempts_as_are_wanted(size: Size) -> None:
    shares = size.shares()

    assert len(shares) == size.clients
    assert sum(shares.values()) == size.attempts
    assert max(shares.values()) - min(shares.values()) <= 1


def test_an_attempt_of_which_nobody_knows_what_became_is_a_fault() -> None:
    counted = {"attempts": 10, "clients": 1, "tasks": 1, "seconds": 1.0, "won": 3, "refused": 5, "own": 2, "failed": 0, "unreleased": 0}
    told = {"double": 0, "untold": 0, "ms_p50": 1.0, "ms_p99": 1.0}

    assert Found(**counted, **told).faults == 0  # type: ignore[arg-type]
    assert Found(**{**counted, "own": 1}, **told).faults == 1  # type: ignore[arg-type]
