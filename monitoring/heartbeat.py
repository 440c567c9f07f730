"""A pump that turns says so in the database, where every node sees it."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from db.clock import Clock
from db.session import Database
from monitoring.tables import Heartbeat

EVERY = timedelta(seconds=5)
FORGOTTEN_AFTER = timedelta(days=1)


def node_name() -> str:
    """This process among all: machine and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Pulse:
    """Beats at most once in five seconds, however often the pump turns."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock, self.node = database, clock, node_name()
        self._last: datetime | None = None

    def beat(self) -> None:
        """Called at the end of each turn of the pump."""
        now = self.clock.now()
        if self._last is not None and now - self._last < EVERY:
            return
        with self.database.write() as session:
            row = session.get(Heartbeat, self.node)
            if row is None:
                session.execute(delete(Heartbeat).where(Heartbeat.beat_at < now - FORGOTTEN_AFTER))
                session.add(Heartbeat(node=self.node, started_at=now, beat_at=now))
            else:
                row.beat_at = now
        self._last = now


def last_beat(database: Database) -> datetime | None:
    """When any pump last beat; None if none ever did."""
    with database.read() as session:
        return session.scalar(select(func.max(Heartbeat.beat_at)))
