"""Many identifiers in one statement: a database takes 32,766 (SQLite) or 65,535 (PostgreSQL) parameters, a list may have more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK = 500  # PostgreSQL plans small lists better
MANY = 5_000  # rows that one statement writes; with more of them it may take longer than a step is given
Item = TypeVar("Item")


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items as they fit into statements, in their order."""
    return (items[at : at + CHUNK] for at in range(0, len(items), CHUNK))
