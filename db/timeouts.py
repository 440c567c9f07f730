"""How long anything may take on PostgreSQL, in one place; SQLite has its `busy_timeout` (db/sqlite.py).

A network that is cut says nothing to either side. What ends the wait is a time-out on each side: the client's, so that a person gets
an answer within ten seconds, and the server's, so that the locks of the one who is gone are free within ten seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Patience:
    """How long one transaction may wait, on the server; a value of 0 is no limit."""

    statement_ms: int
    lock_ms: int
    idle_ms: int

    @property
    def answer_s(self) -> float | None:
        """How long the client waits for the answer to one statement: a second more than the server works at it; None is no limit."""
        return self.statement_ms / 1000 + 1 if self.statement_ms else None

    @property
    def set_local(self) -> str:
        """The statements that give a transaction this patience, and only this one."""
        values = {"statement_timeout": self.statement_ms, "lock_timeout": self.lock_ms, "idle_in_transaction_session_timeout": self.idle_ms}
        return "; ".join(f"SET LOCAL {name} = {value}" for name, value in values.items())


# A step is milliseconds; nothing renders or calls elsewhere inside a transaction, so eight seconds without a word are a cut or a hang.
SHORT = Patience(statement_ms=8_000, lock_ms=5_000, idle_ms=8_000)
# The flip of an import of 100,000 rows, a migration, a whole register as a workbook: nobody else waits for their locks.
LONG = Patience(statement_ms=15 * 60_000, lock_ms=2 * 60_000, idle_ms=2 * 60_000)
# A snapshot that another program reads for as long as the database is large; it holds no lock that a step waits for.
ENDLESS = Patience(statement_ms=0, lock_ms=0, idle_ms=0)


@dataclass(frozen=True)
class Timeouts:
    """What every connection is opened with.

    `connect_s`: for the handshake. `unacknowledged_ms`: data sent and not acknowledged, after which a side takes the other for gone.
    `keepalive_*`: probes while nothing is said; on the server they free the locks of a machine that vanished between two statements.
    `gone_check_ms`: how often the server looks, while it works at a statement, whether its client is still there.
    `pool_wait_s`: how long a request waits for a free connection. `patience`: limits of a transaction.
    """

    connect_s: int = 3
    unacknowledged_ms: int = 5_000
    keepalive_idle_s: int = 3
    keepalive_interval_s: int = 1
    keepalive_count: int = 3
    gone_check_ms: int = 2_000
    pool_wait_s: float = 5.0
    patience: Patience = SHORT

    def arguments(self, options: str = "") -> dict[str, Any]:
        """The keywords of a connection; `options` of the address come last, so that they overrule."""
        return {
            "connect_timeout": self.connect_s,
            "tcp_user_timeout": self.unacknowledged_ms,
            "keepalives": 1,
            "keepalives_idle": self.keepalive_idle_s,
            "keepalives_interval": self.keepalive_interval_s,
            "keepalives_count": self.keepalive_count,
            "options": f"{self._server_side()} {options}".strip(),
            # psycopg clears what it has prepared by DEALLOCATE ALL, after any rollback to a savepoint; that would take ours along (db.postgres).
            "prepare_threshold": None,
        }

    def _server_side(self) -> str:
        values = {
            "statement_timeout": self.patience.statement_ms,
            "lock_timeout": self.patience.lock_ms,
            "idle_in_transaction_session_timeout": self.patience.idle_ms,
            "tcp_user_timeout": self.unacknowledged_ms,
            "tcp_keepalives_idle": self.keepalive_idle_s,
            "tcp_keepalives_interval": self.keepalive_interval_s,
            "tcp_keepalives_count": self.keepalive_count,
            "client_connection_check_interval": self.gone_check_ms,
        }
        return " ".join(f"-c {name}={value}" for name, value in values.items())
