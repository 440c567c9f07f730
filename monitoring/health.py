"""Whether this process can serve: the database answers, has the schema of this code, and somebody works off what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from db import migrate
from db.clock import Clock
from db.outages import driver_error
from db.session import Database
from monitoring.heartbeat import last_beat

PUMP_SILENT_AFTER = timedelta(seconds=30)


class Health:
    """Given what it asks; every answer is fresh."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock

    def reasons(self) -> dict[str, str]:
        """What keeps this process from serving, by check; empty when it is ready."""
        away = _said(self._database)
        if away:
            return {"database": away}
        checks: dict[str, Callable[[], str]] = {"schema": self._schema, "pump": self._pump}
        return {name: said for name, check in checks.items() if (said := _said(check))}

    def _database(self) -> str:
        self.database.ask_time()
        return ""

    def _schema(self) -> str:
        found, wanted = migrate.current(self.database), migrate.newest()
        return "" if found == wanted else f"revision {found}, expected {wanted}"

    def _pump(self) -> str:
        beat = last_beat(self.database)
        if beat is None:
            return "no worker has ever run"
        silent = self.clock.now() - beat
        return "" if silent <= PUMP_SILENT_AFTER else f"no worker for {silent.total_seconds():.0f} s"


def _said(check: Callable[[], str]) -> str:
    """The outer edge of a probe: whatever the database answers is a reason, never a crash of the probe."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001
        return (str(driver_error(error)).strip() or type(error).__name__).splitlines()[0]
