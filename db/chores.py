"""Work that is to be done once a day by whichever process comes first: a due row per chore, so that ten workers do it once.

An office that switches its machines off every evening has no twenty-fourth hour; what fell due meanwhile is done at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, String, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.clock import Clock
from db.session import Database
from db.types import Moment

DAY = timedelta(days=1)
LEASE = timedelta(hours=1)  # after which a chore whose doer died falls due again


class Chore(Base):
    """When a chore is to be done next."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Moment)


def do_daily(database: Database, clock: Clock, name: str, act: Callable[[], Any]) -> bool:
    """Does a chore if it is due and nobody else is at it; whether it was done here. A failure comes again after the lease."""
    now = clock.now()
    if not _claim(database, name, now):
        return False
    act()
    with database.write() as session:
        session.execute(update(Chore).where(Chore.name == name).values(due_at=now + DAY))
    return True


def _claim(database: Database, name: str, now: datetime) -> bool:
    with database.read() as session:
        known = session.get(Chore, name)
    if known is not None and known.due_at > now:
        return False
    with database.write() as session:
        if known is None:
            session.execute(_insert(database).values(name=name, due_at=now).on_conflict_do_nothing())
        taken = session.execute(update(Chore).where(Chore.name == name, Chore.due_at <= now).values(due_at=now + LEASE))
        return cast("CursorResult[Any]", taken).rowcount == 1


def _insert(database: Database) -> Any:
    return (sqlite if database.is_sqlite else postgresql).insert(Chore)
