"""Open tasks seen from every office on the path of their case, so that the list of a whole province is an index read too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

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
