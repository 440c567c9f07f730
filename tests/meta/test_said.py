"""A line that a test has to say stands at the end of a run, whichever worker ran the test."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEST = """
from tests import said

def test_one(record_property):
    record_property(said.LINE, "cells called: 12")
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_it_is_printed(pytester: pytest.Pytester, workers: str) -> None:
    pytester.makeconftest("from tests.conftest import pytest_terminal_summary")
    pytester.makepyfile(TEST)
    pytester.syspathinsert(ROOT)

    run = pytester.runpytest_subprocess("-n", workers, "-p", "no:cacheprovider")

    assert run.outlines.count("cells called: 12") == 1
