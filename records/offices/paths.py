"""Rows that say beneath which office they lie follow an office that is moved, in whatever table they stand.

A column of the type `OfficePath` is one; this family knows no other by name. The engine's own tables have lists to keep besides and move themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, String, cast, func, update
from sqlalchemy.orm import Session

from db.base import Base
from db.types import OfficePath


def columns() -> Iterator[Column[str]]:
    """Every column that holds the path of an office, in a fixed order, so that two moves never wait for each other."""
    for table in Base.metadata.sorted_tables:
        yield from (column for column in table.columns if isinstance(column.type, OfficePath))


def follow(session: Session, old: str, new: str) -> None:
    """Everything beneath the old path lies beneath the new one afterwards."""
    for column in columns():
        rest = func.substr(column, len(old) + 1)
        inside = func.substr(column, 1, len(old)) == old
        session.execute(
            update(column.table).where(inside).values({column: cast(new, String(200)) + rest}),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()
