"""A row that somebody else may be making at the same moment: of two the second is told, and its transaction goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.base import Base


def inserted(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Whether the row was made; False where a unique key of it stands already. On PostgreSQL the second waits here for the first."""
    return bool(inserted_of(session, model, [values]))


def inserted_of(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """As `inserted` for many at once: the primary keys (of one column) of those that were made."""
    session.flush()
    table = model.__table__
    assert isinstance(table, Table)
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    done = session.execute(insert(table).values([dict(row) for row in rows]).on_conflict_do_nothing().returning(*table.primary_key.columns))
    return {row[0] for row in done}
