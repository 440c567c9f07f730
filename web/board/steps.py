"""How long steps take, coloured on the diagram and in a table; and where cases wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from engine.board.finished import PROCESS
from engine.board.sight import Sight
from web.board import words
from web.board.choice import Choice
from web.board.words import Vocabulary
from web.services import services

LEVELS = 5
BESIDE = frozenset(("boundaryEvent", "startEvent"))  # a message that may come while the case stands elsewhere is nothing that it waits for


@dataclass(frozen=True)
class StepLine:
    """A step with how long it took; `level` 1 to 5 is its colour, the slowest step has the warmest."""

    element: str
    name: str
    done: int
    mean: str
    half: str
    level: int
    seconds: int
    address: str


@dataclass(frozen=True)
class WaitLine:
    """A step at which cases stand."""

    process: str
    step: str
    open: int
    overdue: int
    unclaimed: int
    oldest: datetime
    mean: str
    seconds: int
    for_message: bool
    all: str
    late: str
    free: str


def process_of_heat(choice: Choice, sight: Sight, vocabulary: Vocabulary) -> str:
    """The chosen process, else the one of which the most cases were finished, else the first."""
    if choice.process:
        return choice.process
    kept = services().engine.board.finished_by(replace(sight, process_id=""), PROCESS)
    drawn = {key[0]: one.done for key, one in kept.items() if key[0] in vocabulary.models}
    return max(drawn, key=lambda id_: (drawn[id_], id_)) if drawn else next(filter(sight.covers, vocabulary.models), "")


def heat(choice: Choice, sight: Sight, process_id: str, vocabulary: Vocabulary) -> list[StepLine]:
    """The steps of a process, the slowest first."""
    found = services().engine.board.steps(replace(sight, process_id=process_id))
    slowest = max((step.mean for step in found), default=0)
    lines = [
        StepLine(
            step.element, vocabulary.step(process_id, step.element), step.done, words.duration(step.mean), words.within(step.half_within),
            level(step.mean, slowest), step.mean,
            choice.address("tasks", process=process_id, element=step.element, state="done", month=choice.month),
        )
        for step in found
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-line.seconds, line.element))


def level(seconds: int, slowest: int) -> int:
    """The colour of a step beside the slowest one."""
    return max(1, -(-seconds * LEVELS // slowest)) if slowest else 1


def waits(choice: Choice, sight: Sight, vocabulary: Vocabulary) -> list[WaitLine]:
    """Where cases wait, the fullest step first."""
    return [
        WaitLine(
            vocabulary.process(one.process_id), vocabulary.step(one.process_id, one.element), one.open, one.overdue, one.unclaimed, one.oldest,
            words.duration(one.mean), one.mean, one.for_message,
            choice.address("cases", process=one.process_id, waiting=one.element) if one.for_message
            else choice.address("tasks", process=one.process_id, element=one.element),
            choice.address("tasks", process=one.process_id, element=one.element, term="overdue"),
            choice.address("tasks", process=one.process_id, element=one.element, unclaimed="1"),
        )
        for one in services().engine.board.waits(sight)
        if not one.for_message or vocabulary.kind(one.process_id, one.element) not in BESIDE
    ]  # fmt: skip
