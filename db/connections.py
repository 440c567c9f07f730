"""Connections to PostgreSQL that never wait for ever, and a pool that hands out no dead one.

The pool asks nothing over the network before it hands a connection out (a round trip each time, a tenth of a small step): a
connection that is idle has nothing to say, so one with something to read was closed by the server, or is about to be.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

from db.postgres import Wire
from db.timeouts import SHORT, Patience, Timeouts


class PatientConnection(psycopg.Connection[Any]):
    """Gives up a server that acknowledges what it is sent and never answers; neither side's kernel would notice."""

    answer_s: float | None = SHORT.answer_s

    def rollback(self) -> None:
        """As the driver's own, at no price where no transaction is open: the pool asks for it after every commit."""
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            super().rollback()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As the driver's own, with a limit; the connection is closed when it is reached, for what it said last is unknown."""
        try:
            return super().wait(gen, interval, self.answer_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"expected an answer within {self.answer_s} s, but got none") from None


def open_engine(url: URL, timeouts: Timeouts, pool_size: int) -> Engine:
    """A pool of connections with these time-outs."""
    address, arguments = reached_by(url, timeouts)
    engine = create_engine(address, connect_args=arguments, pool_size=pool_size, pool_timeout=timeouts.pool_wait_s)

    def connect(_dialect: Any, _record: Any, arguments: Any, keywords: Any) -> Any:
        return PatientConnection.connect(*arguments, **keywords)

    event.listen(engine, "do_connect", connect)

    def hand_out(connection: Any, _record: Any, held: Any) -> None:
        """The pool takes a fresh connection instead of one refused here."""
        if not Wire.of(held).is_alive:
            raise DisconnectionError
        connection.answer_s = timeouts.patience.answer_s  # whoever had it before may have been more patient

    event.listen(engine, "checkout", hand_out)
    return engine


def reached_by(url: URL, timeouts: Timeouts, options: str = "") -> tuple[URL, dict[str, Any]]:
    """(address, keywords) of a connection; options of the address come last, so that they overrule these `options` and the time-outs."""
    own = url.query.get("options", "")
    said = own if isinstance(own, str) else " ".join(own)
    return url.difference_update_query(["options"]), timeouts.arguments(f"{options} {said}".strip())


def be_patient(driver: Any, patience: Patience) -> None:
    """Gives the transaction that begins here, and it alone, other limits."""
    driver.dbapi_connection.answer_s = patience.answer_s
    cursor = driver.cursor()
    cursor.execute(patience.set_local)
    cursor.close()
