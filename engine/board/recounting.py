"""Counts everything from the beginning: to see whether the figures are right, and to write them anew where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.board.counting import ALONE, CASES, TABLES, TASKS, Tallies, mark, steps_of
from engine.board.verdict import NOT_COUNTED
from engine.link import Link

SLICE = 2_000


class Recount:
    """What the figures should be; `wrong` are cases and tasks that are marked otherwise than they are judged, `unmarked` those without a mark."""

    def __init__(self, link: Link) -> None:
        self.marked, self.all = Tallies(), Tallies()
        self.marks: dict[str, list[tuple[str, int]]] = {"task": [], "instance": []}
        self.wrong: list[str] = []
        for *row, before in _slices(link, TASKS):
            self._judge("task", row, before, self.all.add_task(row))
            if before != NOT_COUNTED:
                self.marked.add_task(row)
        for rows in _batches(link, CASES):
            steps = steps_of(link, [row[0] for row in rows])
            for *row, before in rows:
                self._judge("instance", row, before, self.all.add_case(row, steps[row[0]]))
                if before != NOT_COUNTED:
                    self.marked.add_case(row, steps[row[0]])

    def _judge(self, table: str, row: list[Any], before: int, found: int) -> None:
        if before != found:
            self.marks[table].append((row[0], found))
            if before != NOT_COUNTED:
                self.wrong.append(f"{table} {row[0]}: {before} ≠ {found}")


def deviations(link: Link) -> list[str]:
    """Where the figures differ from what was counted into them, in one view of the database; empty where they are right."""
    return _against(link, Recount(link))


def recount(link: Link) -> list[str]:
    """Writes the figures anew from every finished case and task; returns where they had been wrong. Nobody counts meanwhile."""
    link.alone(ALONE)
    found = Recount(link)
    wrong = _against(link, found)
    for table, marks in found.marks.items():
        mark(link, table, marks)
    for table, _keys, _columns in TABLES:
        link.run(f"DELETE FROM {table}")
    found.all.write(link)
    return wrong


def _against(link: Link, found: Recount) -> list[str]:
    wrong = list(found.wrong)
    for (table, keys, columns), figures in zip(TABLES, found.marked.parts, strict=True):
        rows = link.all(f"SELECT {', '.join((*keys, *columns))} FROM {table}")
        stored = {tuple(row[: len(keys)]): [int(number) for number in row[len(keys) :]] for row in rows}
        differ = [key for key in sorted({*stored, *figures}) if stored.get(key) != figures.get(key)]
        wrong += [f"{table} {' '.join(map(str, key))}: {stored.get(key)} ≠ {figures.get(key)}" for key in differ]
    return wrong


def _batches(link: Link, sql: str) -> Iterator[list[tuple[Any, ...]]]:
    after = ""
    while rows := link.all(f"{sql} AND id > ? ORDER BY id LIMIT ?", after, SLICE):
        yield rows
        after = rows[-1][0]


def _slices(link: Link, sql: str) -> Iterator[tuple[Any, ...]]:
    for rows in _batches(link, sql):
        yield from rows
