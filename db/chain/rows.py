"""Reads rows of evidence as the driver gives them, and hashes them: what a sealer saw once, and what a verifier sees now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.chain.encoding import digest
from db.evidence import Evidence
from db.outages import is_outage
from db.types import moment_text

_MOST = 2**63


@dataclass(frozen=True)
class Seen:
    """A row as it stands: its digest, and its moment as text that sorts by time (empty where it has none)."""

    digest: bytes
    moment: str = ""


def seen(session: Session, kind: Evidence, version: int, keys: Sequence[str]) -> dict[str, Seen]:
    """The rows with these keys; those that are not there, or cannot even be read, are missing from the answer."""
    found: dict[str, Seen] = {}
    possible = [key for key in keys if _is_possible(kind, key)]
    for start in range(0, len(possible), kind.at_once):
        some = possible[start : start + kind.at_once]
        found.update(_some(session, kind, version, some))
    return found


def _some(session: Session, kind: Evidence, version: int, keys: Sequence[str]) -> Iterable[tuple[str, Seen]]:
    """SQLite keeps bytes that are no text in a column of texts, and its driver refuses the whole answer: then each row is asked for alone."""
    columns = kind.columns[version - 1]
    names = ", ".join(f'"{name}"' for name in (kind.key, *columns))
    where = f" AND {kind.condition}" if kind.condition else ""
    asked = text(f'SELECT {names} FROM "{kind.table}" WHERE "{kind.key}" IN :keys{where}').bindparams(bindparam("keys", expanding=True))
    try:
        rows = session.execute(asked, {"keys": [kind.as_key(key) for key in keys]}).fetchall()
    except (DBAPIError, UnicodeDecodeError) as error:
        if is_outage(error) or session.get_bind().dialect.name != "sqlite":
            raise
        return [] if len(keys) == 1 else [pair for key in keys for pair in _some(session, kind, version, [key])]
    at = columns.index(kind.moment) + 1 if kind.moment else 0
    head = (kind.name, version)
    return [(str(row[0]), Seen(digest((*head, str(row[0]), *row[1:])), _moment(row[at]) if at else "")) for row in rows]


def contents(session: Session, kind: Evidence, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes that have the key as their hash, one row at a time."""
    asked = text(f'SELECT "{kind.content}" FROM "{kind.table}" WHERE "{kind.key}" = :key')
    for key in keys:
        found = session.execute(asked, {"key": kind.as_key(key)}).scalar()
        yield key, found.encode("utf-8", "surrogatepass") if isinstance(found, str) else bytes(found or b"")


def all_keys(session: Session, kind: Evidence, at_once: int = 5_000) -> Iterator[list[str]]:
    """The keys of all rows that are evidence, in slices."""
    where = f" AND {kind.condition}" if kind.condition else ""
    first = text(f'SELECT "{kind.key}" FROM "{kind.table}" WHERE 1 = 1{where} ORDER BY "{kind.key}" LIMIT :n')
    further = text(f'SELECT "{kind.key}" FROM "{kind.table}" WHERE "{kind.key}" > :after{where} ORDER BY "{kind.key}" LIMIT :n')
    found = list(session.execute(first, {"n": at_once}).scalars())
    while found:
        yield [str(key) for key in found]
        found = list(session.execute(further, {"after": found[-1], "n": at_once}).scalars()) if len(found) == at_once else []


def _is_possible(kind: Evidence, key: str) -> bool:
    if not kind.whole_key:
        return "\x00" not in key
    return key.removeprefix("-").isdecimal() and len(key) < 20 and -_MOST <= int(key) < _MOST


def _moment(value: Any) -> str:
    return moment_text(value) if isinstance(value, datetime) else str(value or "")
