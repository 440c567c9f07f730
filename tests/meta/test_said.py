"""What a test has to say stands at the end of a run in a worker of pytest-xdist too, which prints nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST = """
from tests import said

def test_one(record_property):
    record_property(said.LINE, "cells called: 12")
"""


def test_it_is_printed_once_whichever_worker_ran_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TEST)
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_terminal_summary\n")
    run = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", ".", "."]

    done = subprocess.run(run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("cells called: 12") == 1
