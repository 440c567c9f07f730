"""The clock is a parameter everywhere; nobody calls `datetime.now()` but this file.

Moments are aware and in UTC. Legal dates are `date` in Asia/Shanghai: a letter received at 23:30 UTC
was received on the next day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_CLOSE_ENOUGH = timedelta(milliseconds=20)


class Clock(Protocol):
    """What time it is, for whoever must not ask the machine."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        ...

    def today(self) -> date:
        """The legal date in Asia/Shanghai."""
        ...


def legal_date(moment: datetime) -> date:
    """The day in Asia/Shanghai on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


class SystemClock:
    """The machine's clock, shifted by `offset` when a demonstration plays in another month."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def today(self) -> date:
        return legal_date(self.now())


class SharedClock:
    """The clock of the database's server as this machine knows it, so that all machines of an office agree on what is due and whose lease is over.

    It is told the server's time with each new connection, once a minute where work is done, and whenever a node is asked whether it is ready. `machine` is the clock of the machine itself.
    """

    def __init__(self, machine: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.machine = machine
        self.ahead = timedelta()  # how far the server is ahead of this machine

    def now(self) -> datetime:
        return self.machine() + self.ahead

    def today(self) -> date:
        return legal_date(self.now())

    def told(self, server: datetime, asked: datetime, heard: datetime) -> None:
        """The server's time, and when the machine asked for it and heard it. What the way of the answer may explain moves nothing."""
        middle, doubt = asked + (heard - asked) / 2, (heard - asked) / 2 + _CLOSE_ENOUGH
        if abs(server - (middle + self.ahead)) > doubt:
            self.ahead = server - middle


class ManualClock:
    """A clock that stands still until it is told to move; tests and walks use it."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("expected an aware moment, but got a naive one")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def today(self) -> date:
        return legal_date(self._now)

    def advance(self, by: timedelta) -> None:
        """Moves forward; time never runs back."""
        if by < timedelta():
            raise ValueError(f"expected to move forward, but got {by}")
        self._now += by

    def set(self, now: datetime) -> None:
        """Jumps to an aware moment that is not earlier than the present one."""
        self.advance(now.astimezone(UTC) - self._now)
