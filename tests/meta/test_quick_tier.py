"""The sum of the tests that kill, race and replay: counted over all phases, said at the end, and a failure in CI where it is too long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import quick_tier

ROOT = Path(__file__).parents[2]


def report(nodeid: str, when: str, duration: float) -> SimpleNamespace:
    return SimpleNamespace(nodeid=nodeid, when=when, duration=duration)


def test_every_phase_counts_and_only_of_the_tier() -> None:
    crash, other = "tests/crash/test_a.py::test_one", "tests/unit/test_b.py::test_two"
    stats = {
        "passed": [report(crash, "call", 5.0), report(other, "call", 7.0)], "": [report(crash, "setup", 2.0), report(crash, "teardown", 1.0)],
        "error": [report("tests/contracts/test_lock_order.py::test_three", "setup", 0.5)], "deselected": [SimpleNamespace(nodeid=crash)],
    }  # fmt: skip

    assert quick_tier.spent(stats) == (2, 8.5)


def test_every_place_of_the_tier_is_there() -> None:
    assert [place for place in quick_tier.WHERE if not (ROOT / place).exists()] == []


@pytest.mark.parametrize(("ci", "whole", "seconds", "is_too_long"), [("true", "", 361, True), ("true", "", 359, False), ("", "", 361, False), ("true", "notes", 361, False)])
def test_the_limit_is_for_ci_and_for_the_quick_sizes(monkeypatch: pytest.MonkeyPatch, ci: str, whole: str, seconds: float, is_too_long: bool) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv(quick_tier.EVERY_DEATH, raising=False)
    if whole:
        monkeypatch.setenv(quick_tier.EVERY_DEATH, whole)

    assert quick_tier.is_too_long(seconds) is is_too_long


@pytest.mark.parametrize(("ci", "limit", "code"), [("true", 0.0, 1), ("", 0.0, 0)])
def test_too_long_a_tier_fails_in_ci_alone(ci: str, limit: float, code: int, tmp_path: Path) -> None:
    inside = tmp_path / "tests" / "crash"
    inside.mkdir(parents=True)
    (inside / "test_a.py").write_text("def test_one():\n    pass\n")
    (tmp_path / "conftest.py").write_text(
        f"from tests import quick_tier\nquick_tier.LIMIT_S = {limit}\nfrom tests.conftest import pytest_sessionfinish, pytest_terminal_summary\n"
    )
    run = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", ".", "tests"]

    done = subprocess.run(run, cwd=tmp_path, env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)

    assert done.returncode == code, done.stdout + done.stderr
    assert "killed, raced and replayed in 1 tests" in done.stdout
