"""PostgreSQL at the price of libpq: statements that need no answer of their own travel together, in one round trip.

psycopg's own cursors cost a step more processor time than the whole token game does, and its pipeline costs more still; its thin
layer over libpq costs a tenth of that. Here a *flight* is a batch of prepared statements that is sent whole and answered whole: whatever is only
to be written waits until something is asked or the transaction ends. Connections, types, errors and the pool stay psycopg's and
SQLAlchemy's, and both may be used in the same transaction.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result

from db.timeouts import SHORT

Statement = tuple[str, Sequence[Any]]  # SQL with `?`, its values
BEGIN: Statement = ("BEGIN", ())
# All statements of it see what was stored when the first was asked: under READ COMMITTED each would see what is stored by then.
BEGIN_READING: Statement = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ())
COMMIT: Statement = ("COMMIT", ())
ROLLBACK: Statement = ("ROLLBACK", ())

PREPARED_LIMIT = 1_000  # per connection; beyond it a statement is sent with its text each time
FLIGHT_LIMIT = 500  # statements; their answers must fit the buffers of the connection while we are still sending
_WIRE = "jinshui.wire"
_ASLEEP = pq.TransactionStatus.IDLE
_REFUSED = pq.TransactionStatus.INERROR
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED


@lru_cache(maxsize=2_048)
def numbered(sql: str) -> bytes:
    """A statement with `?` as libpq wants it: `$1`, `$2`, …; a question mark within a quoted text is left alone."""
    count = 0

    def numbered_parts(text: str) -> str:
        nonlocal count
        first, *rest = text.split("?")
        begun, count = count, count + len(rest)
        return first + "".join(f"${begun + place}{piece}" for place, piece in enumerate(rest, 1))

    return "'".join(part if quoted % 2 else numbered_parts(part) for quoted, part in enumerate(sql.split("'"))).encode()


def _text(value: str) -> bytes:
    if "\x00" in value:  # libpq would end the text there, and nobody would be told
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value.encode()


def _number(value: float | Decimal) -> bytes:
    return str(value).encode()


def _day(value: date) -> bytes:
    return value.isoformat().encode()


# By kind, the frequent ones first; a subclass is sent as what it is.
_SENT: dict[type, Callable[[Any], bytes | None]] = {
    str: _text, type(None): lambda value: value, bytes: lambda value: value, bool: lambda value: b"t" if value else b"f",
    int: _number, float: _number, Decimal: _number, datetime: _day, date: _day,
}  # fmt: skip


def as_sent(value: Any) -> bytes | None:
    """A value in PostgreSQL's text form; bytes go as they are. The server takes the type from the place where it stands."""
    act = _SENT.get(type(value)) or next((act for kind, act in _SENT.items() if isinstance(value, kind)), None)
    if act is None:
        raise TypeError(f"expected text, number, date, moment, bytes or None, but got {type(value).__name__}")
    return act(value)


class Wire:
    """One connection and what it has prepared; used by one thread at a time, as the pool hands it out."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.pgconn = connection.pgconn
        self._names: dict[str, bytes] = {}
        self._prepared = 0
        self._reader = Transformer(connection)
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self.pgconn.socket, select.POLLIN)
        self._writable.register(self.pgconn.socket, select.POLLIN | select.POLLOUT)

    @classmethod
    def of(cls, held: Any) -> Wire:
        """The wire of a pooled connection; it lives as long as the connection does."""
        found: Wire | None = held.info.get(_WIRE)
        if found is None:
            found = held.info[_WIRE] = cls(held.driver_connection)
        return found

    @property
    def is_alive(self) -> bool:
        """Whether the server has not hung up, as far as is known here: no round trip is spent on asking.

        A connection that rests has nothing to read but the end of it. One that was cut without a word is found out by its time-outs.
        """
        if self.connection.closed:
            return False
        try:
            while self._readable.poll(0) and not self.connection.closed:
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            self.connection.close()
        return not self.connection.closed

    def send(self, statements: Sequence[Statement], begin: Sequence[Statement] = (BEGIN,)) -> list[Any]:
        """Sends statements, with those of `begin` before the first of a transaction; the result of each.

        Raises the driver's error of the first that failed; none after that one was done.
        """
        flight = [*begin, *statements] if self.pgconn.transaction_status == _ASLEEP else list(statements)
        answers: list[Any] = []
        for start in range(0, len(flight), FLIGHT_LIMIT):
            answers += self._fly(flight[start : start + FLIGHT_LIMIT])
        return answers[len(flight) - len(statements) :]

    def glance(self, statement: Statement, told: Sequence[Statement] = ()) -> Any:
        """The result of one question that begins no transaction, where none has begun; it sees one state, and locks nothing.

        What the server is `told` before it holds for the flight: until the mark at its end the server takes all of it for one transaction.
        """
        return self._fly([*told, statement])[-1]

    def rows(self, result: Any) -> list[tuple[Any, ...]]:
        """The rows of a result in Python's types."""
        self._reader.set_pgresult(result, set_loaders=True)
        found: list[tuple[Any, ...]] = self._reader.load_rows(0, result.ntuples, tuple)
        return found

    def _fly(self, flight: Sequence[Statement]) -> list[Any]:
        encoded = [(sql, [as_sent(value) for value in values], values) for sql, values in flight]
        pgconn = self.pgconn
        try:
            pgconn.enter_pipeline_mode()
            expected = [self._dispatch(sql, sent, values) for sql, sent, values in encoded]
            pgconn.pipeline_sync()
            self._push()
            results = [self._answer() for _ in range(sum(expected))]
            self._answer()  # of the synchronisation
            pgconn.exit_pipeline_mode()
        except BaseException:  # answers may still be under way: nobody can use this connection any more
            self.connection.close()
            raise
        self._see_that_all_went_well(flight, results, expected)
        found, place = [], -1
        for count in expected:
            place += count
            found.append(results[place])
        return found

    def _dispatch(self, sql: str, sent: list[bytes | None], values: Sequence[Any]) -> int:
        """Hands one statement to libpq; the number of answers that it will have."""
        formats = [1 if isinstance(value, bytes) else 0 for value in values] if values else None
        name = self._names.get(sql)
        if name is not None:
            self.pgconn.send_query_prepared(name, sent or None, formats)
            return 1
        if len(self._names) >= PREPARED_LIMIT:
            self.pgconn.send_query_params(numbered(sql), sent or None, None, formats)
            return 1
        self._prepared += 1
        name = self._names[sql] = b"j%d" % self._prepared
        self.pgconn.send_prepare(name, numbered(sql))
        self.pgconn.send_query_prepared(name, sent or None, formats)
        return 2

    def _push(self) -> None:
        while self.pgconn.flush():
            if any(event & ~select.POLLOUT for _, event in self._wait(self._writable)):
                self.pgconn.consume_input()

    def _wait(self, poller: select.poll) -> list[tuple[int, int]]:
        """Until the server has a word for us, or takes one; a server that does neither is given up."""
        limit_s = getattr(self.connection, "answer_s", SHORT.answer_s)
        found = poller.poll(None if limit_s is None else limit_s * 1000)
        if not found:
            raise psycopg.OperationalError(f"expected an answer within {limit_s} s, but got none")
        return found

    def _answer(self) -> Any:
        """The result of the next statement, and the mark with which libpq ends it."""
        result = self._received()
        if result is None:
            raise psycopg.OperationalError(f"the connection was lost: {self.pgconn.get_error_message()}")
        if result.status != pq.ExecStatus.PIPELINE_SYNC and self._received() is not None:
            raise psycopg.InterfaceError("expected one result for one statement")
        return result

    def _received(self) -> Any:
        """What has come from the server; other threads run while it is waited for."""
        while self.pgconn.is_busy():
            self._wait(self._readable)
            self.pgconn.consume_input()
        return self.pgconn.get_result()

    def _see_that_all_went_well(self, flight: Sequence[Statement], results: list[Any], expected: list[int]) -> None:
        failed = next((r for r in results if r.status not in _GOOD), None)
        if failed is None:
            return
        place = 0
        for (sql, _values), count in zip(flight, expected, strict=True):
            if failed in results[place : place + count] or (count == 2 and results[place].status not in _GOOD):
                self._names.pop(sql, None)  # it was not prepared, or its table has changed since: it is prepared anew the next time
            place += count
        raise error_from_result(failed)


class Flight:
    """The statements of one transaction that are not under way yet."""

    __slots__ = ("_begin", "_is_lost", "_waiting", "wire")

    def __init__(self, wire: Wire, *begin: Statement) -> None:
        self.wire = wire
        self._begin = begin or (BEGIN,)
        self._waiting: list[Statement] = []
        self._is_lost = False

    def put(self, sql: str, values: Sequence[Any]) -> None:
        """Takes a statement along whose answer nobody asks for."""
        self._waiting.append((sql, values))

    def ask(self, *statements: Statement) -> list[Any]:
        """Sends what waits and these; their results."""
        waiting, self._waiting = self._waiting, []
        try:
            return self.wire.send([*waiting, *statements], self._begin)[len(waiting) :]
        except BaseException:  # what the server has refused it knows itself, and a savepoint may undo; what it never saw is lost
            self._is_lost = self._is_lost or self.wire.pgconn.transaction_status != _REFUSED
            raise

    def glance(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a question that is asked before anything else; it belongs to no transaction yet, so that there is none to roll back."""
        if self._waiting or self.wire.pgconn.transaction_status != _ASLEEP:
            return self.wire.rows(self.ask((sql, values))[0])
        return self.wire.rows(self.wire.glance((sql, values), self._begin[1:]))

    def settle(self) -> None:
        """Sends what waits, for somebody who uses the connection otherwise; the driver would begin in its own way."""
        if self._waiting or self.wire.pgconn.transaction_status == _ASLEEP:
            self.ask()

    def commit(self) -> None:
        """Commits together with what waits; nothing is sent where nothing was done."""
        if self._is_lost:
            raise psycopg.errors.InFailedSqlTransaction("statements of the transaction were never sent: it must be rolled back")
        if not self._waiting and self.wire.pgconn.transaction_status == _ASLEEP:
            return
        [result] = self.ask(COMMIT)
        if result.command_status != b"COMMIT":  # the server answers so when an earlier failure was not let through to us
            raise psycopg.errors.InFailedSqlTransaction("the transaction had failed and was rolled back")

    def abandon(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rolls back, and asks in the same round trip what stands then; its rows."""
        self.forget()
        undone = [] if self.wire.pgconn.transaction_status == _ASLEEP else [ROLLBACK]
        return self.wire.rows(self.wire.send([*undone, (sql, values)])[-1])

    def forget(self) -> None:
        """The transaction is rolled back; what waits is never sent."""
        self._waiting.clear()
        self._is_lost = False
