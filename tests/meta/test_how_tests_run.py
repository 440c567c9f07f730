"""What pyproject.toml and requirements-dev.txt promise of every run: an order by chance, warnings as errors, no network but loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from app import ROOT

COUNT = 24
TESTS = f"""
import socket, warnings
import pytest

@pytest.mark.parametrize("n", range({COUNT}))
def test_order(n):
    pass

def test_warning():
    warnings.warn("deprecated", DeprecationWarning)

def test_network():
    socket.create_connection(("192.0.2.1", 80), timeout=1)
"""


def test_order_is_chance_a_warning_is_an_error_and_nothing_leaves_the_machine(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-vv", "-p", "no:cacheprovider"]

    done = subprocess.run([*run, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    order = [int(n) for n in re.findall(r"test_order\[(\d+)\] PASSED", done.stdout)]
    assert sorted(order) == list(range(COUNT)), done.stdout + done.stderr
    assert order != sorted(order)
    failed = dict(re.findall(r"^FAILED \S+::(\w+) - (.*)", done.stdout, re.MULTILINE))
    assert failed.keys() == {"test_warning", "test_network"}
    assert "DeprecationWarning" in failed["test_warning"]
    assert "A test tried to use" in failed["test_network"]
