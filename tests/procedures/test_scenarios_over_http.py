"""Scenarios through the pages: a server on loopback, a browser without JavaScript for each person.

`./test` plays as few as do every task, start and list at least once; `app.py demo` plays all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, visit
from tests.procedures.deeds import fewest
from tests.procedures.test_scenarios import FILES, named, went_well


@pytest.mark.slow
@pytest.mark.parametrize("file", fewest(FILES), ids=named)
def test_a_scenario_goes_through_the_pages(file: Path, stage: Stage, tmp_path: Path) -> None:
    went_well(visit(stage.at(tmp_path), read_scenario(file)))
