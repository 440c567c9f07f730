"""What the chain looks like: its last link, its links in slices, the epoch that the database is in.

Everything is read as the driver gives it: what a verifier looks at may have been spoilt, and must not trip it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.chain.links import Header
from db.outages import is_outage
from db.types import moment_text

_COLUMNS = "number, epoch, at, previous, rows, drained, root, head, mac"
_REAL = "number < 9223372036854775807"  # SQLite keeps texts in a column of numbers, and sorts them behind every number
_LAST = text(f"SELECT {_COLUMNS} FROM seal WHERE {_REAL} ORDER BY number DESC LIMIT 1")
_AFTER = text(f"SELECT {_COLUMNS}, members FROM seal WHERE number > :number AND {_REAL} ORDER BY number LIMIT :most")
_AFTER_SPOILT = text(
    "SELECT number, epoch, hex(at), hex(previous), rows, drained, hex(root), hex(head), hex(mac), CAST(members AS BLOB) FROM seal"
    f" WHERE number > :number AND {_REAL} ORDER BY number LIMIT :most"
)
_NEWEST = text(f"SELECT max(number) FROM seal WHERE {_REAL}")


def last(session: Session) -> Header | None:
    """The newest link; None before the first."""
    found = session.execute(_LAST).first()
    return _header(found) if found is not None else None


def newest(session: Session) -> int:
    """The number of the newest link; 0 before the first."""
    return int(session.execute(_NEWEST).scalar() or 0)


def after(session: Session, number: int, at_most: int) -> list[tuple[Header, bytes]]:
    """The links behind one, in their order, with their members; at least one where there is any.

    SQLite keeps bytes that are no text in a column of texts, and its driver refuses the answer: such a link is read in another way, and is found
    to be none.
    """
    try:
        return _read(session, _AFTER, number, at_most)
    except (DBAPIError, UnicodeDecodeError) as error:
        if is_outage(error) or session.get_bind().dialect.name != "sqlite":
            raise
        return after(session, number, 1) if at_most > 1 else _read(session, _AFTER_SPOILT, number, 1)


def _read(session: Session, asked: TextClause, number: int, at_most: int) -> list[tuple[Header, bytes]]:
    rows = session.execute(asked, {"number": number, "most": at_most}).fetchall()
    return [(_header(row[:-1]), _bytes(row[-1])) for row in rows]


def epoch(session: Session) -> int:
    """How often this database has been brought back (engine/epoch.py); its table is the engine's, its number is ours to seal."""
    return int(session.execute(text("SELECT COALESCE(max(number), 0) FROM epoch")).scalar_one())


def epochs(session: Session) -> dict[int, tuple[str, str, str]]:
    """Number → (began at, reason, mark) of every new beginning."""
    rows = session.execute(text("SELECT number, began_at, reason, mark FROM epoch ORDER BY number"))
    return {int(number): (_moment(began_at), str(reason), str(mark)) for number, began_at, reason, mark in rows}


def _header(row: Any) -> Header:
    number, epoch, at, previous, rows, drained, root, head, mac = row
    return Header(number, _whole(epoch), _moment(at), previous, _whole(rows), bool(drained), root, str(head), str(mac))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _moment(value: Any) -> str:
    return moment_text(value) if isinstance(value, datetime) else str(value)


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value or b"")
