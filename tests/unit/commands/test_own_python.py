"""Whoever types a Python that has none of the packages gets the one that has them, or is told how to make it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from app import ROOT

BARE = [getattr(sys, "_base_executable", sys.executable), "-S"]  # as the Python of a system that has no packages


def test_the_python_of_the_system_is_exchanged_for_our_own() -> None:
    if not (ROOT / ".venv/bin/python").exists():
        return  # installed in another way: there is nothing to exchange
    done = subprocess.run([*BARE, "app.py", "check", "--help"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: app.py check" in done.stdout


def test_where_nothing_is_installed_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "commands").mkdir()
    for name in ("app.py", "commands/__init__.py", "commands/own_python.py"):
        shutil.copy(ROOT / name, tmp_path / name)

    done = subprocess.run([*BARE, "app.py", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "请先运行 ./run" in done.stderr
    assert "Traceback" not in done.stderr
