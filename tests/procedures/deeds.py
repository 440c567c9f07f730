"""Which scenarios together do all that any of them does, for the ways on which `./test` plays not every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from commands.scenarios.model import Bring, Do, Scenario, Start
from commands.scenarios.read import read_scenario


def deeds(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    """What people do and is accepted: tasks, starts and lists; what is refused changes nothing, whichever way it comes."""
    for step in scenario.steps:
        if isinstance(step, Do) and not step.refused:
            yield (step.task,)
        elif isinstance(step, Start) and not step.refused:
            yield (step.process,)
        elif isinstance(step, Bring) and not step.refused:
            yield (step.source, step.kind)


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
