"""Counts what was finished into its rows, each thing once: the mark that it is counted and the figures change in one transaction.

Nothing of this stands in a step. What a step has finished is found by the mark that it does not have yet, so that nothing is missed however
transactions overlap, and whoever comes second finds nothing (ADR 18).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from db.clock import SHANGHAI
from engine.board import ladder, verdict
from engine.link import Link

AT_ONCE = 500  # cases or tasks of one transaction: nobody's step waits long for it on SQLite
ALONE = "board"  # who counts, and who moves an office with its figures, come one after the other
TASKS = "SELECT id, scope, process_id, element, closed_by, opened_at, closed_at, due_on, timeliness FROM task WHERE state = 'completed'"
CASES = "SELECT id, scope, process_id, started_at, ended_at, due_on, timeliness FROM instance WHERE status = 'completed'"

Key = tuple[str | int, ...]
Names = tuple[str, ...]
ALL = ""  # a person's tasks of every process


class Tallies:
    """Figures by key, as they are added up."""

    def __init__(self) -> None:
        self.cases: dict[Key, list[int]] = defaultdict(lambda: [0] * 4)
        self.people: dict[Key, list[int]] = defaultdict(lambda: [0] * 4)
        self.steps: dict[Key, list[int]] = defaultdict(lambda: [0] * (2 + ladder.RUNGS))

    def add_task(self, row: Sequence[Any]) -> int:
        """Counts a row of `TASKS` without its mark; its verdict."""
        _id, scope, process, element, person, *moments, due_on = row
        opened, closed = _moments(*moments)
        found, took, month = verdict.of_task(Link.as_day(due_on), closed), _seconds(opened, closed), month_of(closed)
        for of in (process, ALL):
            _add(self.people[of, month, scope, person or ""], found, took)
        at = 2 + ladder.rung(took)
        for place in places_of(scope):
            step = self.steps[(*place, process, month, element)]
            step[0] += 1
            step[1] += took
            step[at] += 1
        return found

    def add_case(self, row: Sequence[Any], steps: Iterable[tuple[date | None, datetime]]) -> int:
        """Counts a row of `CASES` without its mark with the dates of its steps; its verdict."""
        _id, scope, process, *moments, due_on = row
        started, ended = _moments(*moments)
        found = verdict.of_case(Link.as_day(due_on), ended, steps)
        took, month = _seconds(started, ended), month_of(ended)
        for place in places_of(scope):
            _add(self.cases[(*place, month, process)], found, took)
        return found

    @property
    def parts(self) -> tuple[dict[Key, list[int]], ...]:
        """In the order of `TABLES`."""
        return self.cases, self.people, self.steps

    def write(self, link: Link) -> None:
        """Adds everything to what is stored, in a fixed order."""
        for (table, keys, columns), figures in zip(TABLES, self.parts, strict=True):
            added = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in columns)
            link.many(
                f"INSERT INTO {table} ({', '.join((*keys, *columns))}) VALUES ({Link.places((*keys, *columns))})"
                f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}",
                [(*key, *figures[key]) for key in sorted(figures)],
            )


_FIGURES = ("done", "dated", "in_time", "seconds")
TABLES: tuple[tuple[str, Names, Names], ...] = (
    ("case_tally", ("scope", "beneath", "month", "process_id"), _FIGURES),
    ("person_tally", ("process_id", "month", "scope", "person_id"), _FIGURES),
    ("step_tally", ("scope", "beneath", "process_id", "month", "element"), ("done", "seconds", *ladder.COLUMNS)),
)


@lru_cache(maxsize=4096)
def places_of(scope: str) -> tuple[tuple[str, int], ...]:
    """(office, whether with all beneath) of every row into which a case of an office counts: its own, and those of the offices on its path."""
    parts = scope.rstrip("/").split("/")
    return ((scope, 0), *(("/".join(parts[: at + 1]) + "/", 1) for at in range(len(parts))))


def is_any_new(link: Link) -> bool:
    """Whether anything is not counted yet: asked without a lock, so that nobody writes for nothing."""
    wanted = ("task WHERE state = 'completed' AND timeliness = 0", "instance WHERE status = 'completed' AND timeliness = 0")
    return any(link.one(f"SELECT 1 FROM {rows} LIMIT 1") for rows in wanted)


def count_some(link: Link) -> int:
    """Counts what is not counted yet, so much at most; how many cases and tasks. Nothing where somebody else is at it."""
    if not link.is_sqlite and not (link.one("SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))", ALONE) or (False,))[0]:
        return 0
    tallies = Tallies()
    tasks = link.all(f"{TASKS} AND timeliness = 0 LIMIT ?", AT_ONCE)
    mark(link, "task", [(row[0], tallies.add_task(row[:-1])) for row in tasks])
    cases = link.all(f"{CASES} AND timeliness = 0 LIMIT ?", AT_ONCE)
    steps = steps_of(link, [row[0] for row in cases])
    mark(link, "instance", [(row[0], tallies.add_case(row[:-1], steps[row[0]])) for row in cases])
    tallies.write(link)
    return len(tasks) + len(cases)


def steps_of(link: Link, cases: Sequence[str]) -> dict[str, list[tuple[date | None, datetime]]]:
    """Of each case, (legal date, moment of completion) of the tasks that were done in it."""
    found: dict[str, list[tuple[date | None, datetime]]] = defaultdict(list)
    if cases:
        sql = f"SELECT instance_id, due_on, closed_at FROM task WHERE state = 'completed' AND instance_id IN ({Link.places(cases)})"
        for case, due_on, closed_at in link.all(sql, *cases):
            found[case].append((Link.as_day(due_on), _moments(closed_at)[0]))
    return found


def month_of(moment: datetime) -> str:
    """The month in which something counts, in Asia/Shanghai: `2026-03`."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m")


def mark(link: Link, table: str, found: list[tuple[str, int]]) -> None:
    """Writes what was found of cases or tasks, by which they are known as counted."""
    by_verdict: dict[int, list[str]] = defaultdict(list)
    for id_, one in found:
        by_verdict[one].append(id_)
    for one, ids in sorted(by_verdict.items()):
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            link.put(f"UPDATE {table} SET timeliness = ? WHERE id IN ({Link.places(some)})", one, *some)


def _add(figures: list[int], found: int, took: int) -> None:
    for at, more in enumerate((1, found != verdict.UNDATED, found == verdict.IN_TIME, took)):
        figures[at] += more


def _seconds(since: datetime, until: datetime) -> int:
    """Whole seconds; a clock that was set back between makes none."""
    return max(int((until - since).total_seconds()), 0)


def _moments(*given: Any) -> list[datetime]:
    return [moment for moment in map(Link.as_moment, given) if moment is not None]
