"""Which scenarios together do all that any of them does, for the ways on which `./test` plays not every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from commands.scenarios.model import Bring, Do, Scenario, Start
from commands.scenarios.read import read_scenario


def deeds(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    """What people do: tasks, starts and lists, accepted or refused."""
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
