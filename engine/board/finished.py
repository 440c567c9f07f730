"""What was finished, added up from its few rows: in time or not by office, process, month and person; how long each step took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.board import ladder
from engine.board.sight import Sight
from engine.link import Link

SCOPE, PROCESS, MONTH = "scope", "process_id", "month"
PENDING_CAP = 1_000


@dataclass(frozen=True)
class Kept:
    """How much was finished; `dated`: how much of it had a legal date, `in_time`: of these. `seconds`: how long all of it took together."""

    done: int = 0
    dated: int = 0
    in_time: int = 0
    seconds: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.done + other.done, self.dated + other.dated, self.in_time + other.in_time, self.seconds + other.seconds)

    @property
    def late(self) -> int:
        return self.dated - self.in_time

    @property
    def per_mille(self) -> int | None:
        """The share that was in time, rounded down, so that a thousand means all; None where nothing had a date."""
        return self.in_time * 1000 // self.dated if self.dated else None

    @property
    def mean(self) -> int | None:
        """Seconds that one took; None where none was done."""
        return self.seconds // self.done if self.done else None


@dataclass(frozen=True)
class StepTime:
    """How long a step took. `half_within`: seconds within which at least half were done; None where that is off the ladder."""

    element: str
    done: int
    mean: int
    half_within: int | None


def cases_by(link: Link, sight: Sight, *columns: str) -> dict[tuple[str, ...], Kept]:
    """Finished cases by these columns of their tally; `scope` is each office of the sight with all beneath it."""
    return _by(link, "case_tally", sight.of_tally("t", by_office=True), columns)


def people(link: Link, sight: Sight) -> dict[str, Kept]:
    """Finished tasks by who did them."""
    found = _by(link, "person_tally", sight.of_tally("t", by_office=False), ("person_id",))
    return {key[0]: kept for key, kept in found.items()}


def steps(link: Link, sight: Sight) -> list[StepTime]:
    """How long the steps of the process took, by element."""
    condition, values = sight.of_tally("t", by_office=True)
    sums = ", ".join(f"sum(t.{column})" for column in ("done", "seconds", *ladder.COLUMNS))
    rows = link.all(f"SELECT t.element, {sums} FROM step_tally t WHERE {condition} GROUP BY t.element ORDER BY t.element", *values)
    return [_step_time(row[0], [int(number) for number in row[1:]]) for row in rows]


def pending(link: Link, sight: Sight) -> int:
    """How many cases were finished and are not counted yet, up to a thousand: none, but for the last seconds."""
    condition, values = sight.of("i")
    wanted = f"SELECT 1 FROM instance i WHERE i.status = 'completed' AND i.timeliness = 0 AND {condition} LIMIT {PENDING_CAP}"
    row = link.one(f"SELECT count(*) FROM ({wanted}) x", *values)
    return int(row[0]) if row else 0


def _by(link: Link, table: str, which: tuple[str, list[Any]], columns: Sequence[str]) -> dict[tuple[str, ...], Kept]:
    condition, values = which
    keys = ", ".join(f"t.{column}" for column in columns)
    rows = link.all(
        f"SELECT {keys}, sum(t.done), sum(t.dated), sum(t.in_time), sum(t.seconds) FROM {table} t WHERE {condition} GROUP BY {keys}", *values
    )
    return {tuple(row[: len(columns)]): Kept(*_whole(row[len(columns) :])) for row in rows}


def _step_time(element: str, figures: list[int]) -> StepTime:
    done, seconds, *rungs = figures
    return StepTime(element, done, seconds // done, ladder.half_within(rungs))


def _whole(numbers: Sequence[Any]) -> list[int]:
    """PostgreSQL adds up to a Decimal."""
    return [int(number) for number in numbers]
