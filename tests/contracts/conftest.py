"""Engines on toy models."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def reads_in_process(gate_in_process: None) -> None:
    """Toy models need no child to be read in."""
