"""Open tasks seen from every office on the path of their case, so that the list of a whole province is an index read too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from engine.board import moving
from engine.link import Link


@lru_cache(maxsize=4096)
def path_of(scope: str) -> tuple[str, ...]:
    """The office itself and those above it: `sat/zj/nb/` lies beneath `sat/zj/` and `sat/`."""
    parts = scope.rstrip("/").split("/")
    return tuple("/".join(parts[: i + 1]) + "/" for i in range(len(parts)))


def add(link: Link, scope: str, tasks: Iterable[tuple[str, Any, str]]) -> None:
    """Lists tasks (process, legal date, id) under each office of the path."""
    link.many(
        "INSERT INTO task_office (scope, process_id, due_on, task_id) VALUES (?, ?, ?, ?)",
        [(office, *task) for task in tasks for office in path_of(scope)],
    )


def drop(link: Link, scope: str, tasks: Iterable[tuple[str, Any, str]]) -> None:
    """Takes tasks off the lists."""
    link.many(
        "DELETE FROM task_office WHERE scope = ? AND process_id = ? AND due_on = ? AND task_id = ?",
        [(office, *task) for task in tasks for office in path_of(scope)],
    )


def move(link: Link, old: str, new: str) -> None:
    """Everything beneath an office follows it to another place of the tree: cases, tasks, and the lists of the offices above.

    The cases come first, as in every step: a step that is under way is waited for, and one that comes finds the new path.
    """
    moving.begin(link)
    inside, before = "substr(scope, 1, ?) = ?", (len(old), old)
    there = f"CAST(? AS VARCHAR(255)) || substr(scope, {len(old) + 1})"
    link.run(f"UPDATE instance SET scope = {there} WHERE {inside}", new, *before)
    of_tasks = f"FROM task WHERE state = 'open' AND {inside}"
    left, joined = ([s for s in path_of(one)[:-1] if s not in path_of(other)] for one, other in ((old, new), (new, old)))
    if left:
        link.run(f"DELETE FROM task_office WHERE scope IN ({link.places(left)}) AND task_id IN (SELECT id {of_tasks})", *left, *before)
    for office in joined:
        taken_up = "INSERT INTO task_office (scope, process_id, due_on, task_id) SELECT CAST(? AS VARCHAR(255)), process_id, due_on, id"
        link.run(f"{taken_up} {of_tasks}", office, *before)
    link.run(f"UPDATE task_office SET scope = {there} WHERE {inside}", new, *before)
    link.run(f"UPDATE task SET scope = {there} WHERE {inside}", new, *before)
    moving.move(link, old, new, left, joined)
