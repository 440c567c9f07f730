"""The rows behind the chain: each is there and is what was sealed, and none is there that the chain does not know.

The first is asked in slices, row by row. The second is asked with sums: the hashes of all keys of a table must add up to those of its members and of
what waits. Only where they do not is it looked for which row it is; so nothing but a number per table is kept in memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from db.chain.findings import ADDED, CHANGED, CONTENT, LATE, MISSING, TWICE, UNREADABLE, Finding, Result
from db.chain.links import Header
from db.chain.members import GONE, Group
from db.chain.rows import Seen, all_keys, contents, seen
from db.evidence import Evidence, declared
from db.types import moment_from_text, moment_text

LATE_AFTER = timedelta(minutes=30)  # twice what the longest transaction may take, and room for clocks that differ
_MODULUS = 2**256


def hashed_key(key: str) -> int:
    """A key as a summand."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest(), "big")


@dataclass(frozen=True)
class _Expected:
    """A row as a seal has it; `not_before`: an earlier moment of the row is too early."""

    key: str
    digest: bytes
    seal: int
    at: str
    not_before: str


@dataclass
class Rows:
    """Collects what seals say until a slice of a table is full, then looks at the table."""

    result: Result
    sums: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _due: defaultdict[tuple[str, int], list[_Expected]] = field(default_factory=lambda: defaultdict(list))

    def expect(self, header: Header, group: Group, drained_at: str) -> None:
        """Takes the members of one link."""
        kind = declared().get(group.name)
        if kind is None or not 0 < group.version <= kind.version:
            for key, _found in group.rows:
                self.result.add(Finding(UNREADABLE, group.name, key, header.number, header.at))
            return
        not_before = moment_text(moment_from_text(drained_at) - LATE_AFTER) if drained_at else ""
        self._due[group.name, group.version] += [_Expected(key, found, header.number, header.at, not_before) for key, found in group.rows]

    def look(self, session: Session, *, at_least: int = 1) -> None:
        """Looks at every table of which so many rows are due."""
        for (name, version), due in self._due.items():
            if len(due) >= at_least:
                self._due[name, version] = []
                self._compare(session, declared()[name], version, due)

    def _compare(self, session: Session, kind: Evidence, version: int, due: list[_Expected]) -> None:
        found = seen(session, kind, version, [row.key for row in due])
        total = 0
        for row in due:
            total += hashed_key(row.key)
            self._row(kind, row, found.get(row.key))
        self.sums[kind.name] = (self.sums[kind.name] + total) % _MODULUS
        self.result.rows += len(due)
        if kind.content:
            self._contents(session, kind, [row for row in due if row.key in found])

    def _row(self, kind: Evidence, row: _Expected, now: Seen | None) -> None:
        if now is None:
            self.sums[kind.name] -= hashed_key(row.key)
            self._tell(UNREADABLE if row.digest == GONE else MISSING, kind, row)
        elif now.digest != row.digest:
            self._tell(CHANGED, kind, row)
        elif row.not_before and now.moment and now.moment < row.not_before:
            self._tell(LATE, kind, row, now.moment)

    def _contents(self, session: Session, kind: Evidence, due: Iterable[_Expected]) -> None:
        by_key = {row.key: row for row in due}
        for key, content in contents(session, kind, list(by_key)):
            if hashlib.sha256(content).hexdigest() != key:
                self._tell(CONTENT, kind, by_key[key])

    def _tell(self, what: str, kind: Evidence, row: _Expected, detail: str = "") -> None:
        self.result.add(Finding(what, kind.table, row.key, row.seal, row.at, detail))

    # --- what the chain does not know ----------------------------------------------------------------------------------------

    def close(self, session: Session, waiting: Iterable[tuple[str, str]], members: Callable[[Session, str], Iterable[str]]) -> None:
        """In one view of everything: whether every row is sealed or waits. `members` gives the keys of a kind again, from all seals."""
        queued: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name, key in waiting:
            queued[name][key] += 1
            self.result.waiting += 1
        for kind in declared().values():
            self._close_one(session, kind, queued[kind.name], members)

    def _close_one(self, session: Session, kind: Evidence, queued: Counter[str], members: Callable[[Session, str], Iterable[str]]) -> None:
        there = seen_keys(session, kind, list(queued))
        for key in set(queued) - there:
            self.result.add(Finding(MISSING, kind.table, key))
        expected = self.sums[kind.name] + sum(hashed_key(key) for key in there)
        found = sum(hashed_key(key) for some in all_keys(session, kind) for key in some)
        if (expected - found) % _MODULUS:
            self._locate(session, kind, there, members(session, kind.name))

    def _locate(self, session: Session, kind: Evidence, waiting: set[str], members: Iterable[str]) -> None:
        known = Counter(members)
        for key, count in known.items():
            if count > 1 or key in waiting:
                self.result.add(Finding(TWICE, kind.table, key))
        for some in all_keys(session, kind):
            for key in some:
                if key not in known and key not in waiting:
                    self.result.add(Finding(ADDED, kind.table, key))


def seen_keys(session: Session, kind: Evidence, keys: list[str]) -> set[str]:
    """Those of the keys that are there."""
    return set(seen(session, kind, kind.version, keys))
