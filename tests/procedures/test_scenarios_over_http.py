"""Scenarios through the pages: a server on loopback, a browser without JavaScript for each person.

`./test` plays as few as do every task, start and list at least once; `app.py demo` plays all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from commands.scenarios.model import Bring, Do, Scenario, Start
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, visit
from tests.procedures.test_scenarios import FILES, named, went_well


def deeds(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    """What is done on pages: tasks, starts and lists, accepted or refused."""
    for step in scenario.steps:
        if isinstance(step, Do):
            yield (step.task, str(bool(step.refused)))
        elif isinstance(step, Start):
            yield (step.process, str(bool(step.refused)))
        elif isinstance(step, Bring):
            yield (step.source, step.kind, str(bool(step.refused)))


def fewest(files: Sequence[Path]) -> list[Path]:
    """Files that together do all deeds, the one with most new deeds first."""
    left = {file: set(deeds(read_scenario(file))) for file in files}
    chosen: list[Path] = []
    while any(left.values()):
        best = max(left, key=lambda file: len(left[file]))
        done = left.pop(best)
        left = {file: missing - done for file, missing in left.items()}
        chosen.append(best)
    return sorted(chosen)


@pytest.mark.slow
@pytest.mark.parametrize("file", fewest(FILES), ids=named)
def test_a_scenario_goes_through_the_pages(file: Path, stage: Stage, tmp_path: Path) -> None:
    went_well(visit(stage.at(tmp_path), read_scenario(file)))
