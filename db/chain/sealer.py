"""Seals what has become evidence: every row that waits becomes a member of exactly one link of the chain.

Rows are read and hashed with nothing locked; then one short transaction adds the seal and takes its rows from those that wait. Of two sealers
that have read the same, one finds that the chain has grown meanwhile, and leaves it. A death at any moment leaves rows sealed or waiting, never
both, never neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from db.chain import links, reads
from db.chain.links import Header
from db.chain.members import GONE, Member, packed
from db.chain.rows import seen
from db.chain.tables import Seal, Unsealed
from db.clock import Clock
from db.evidence import declared
from db.session import Database
from db.types import moment_text

BATCH = 2_000  # rows of one seal: some 80 kB of members
_LOCK = 7_316_217  # any number, as long as every sealer takes the same


@dataclass(frozen=True)
class _Waiting:
    """A row that waits, as its trigger wrote it down."""

    id: int
    name: str
    key: str


class Sealer:
    """Given the key of the chain, read when it is needed."""

    def __init__(self, database: Database, clock: Clock, key: Callable[[], bytes], batch: int = BATCH) -> None:
        self.database, self.clock, self.key, self.batch = database, clock, key, batch

    def seal(self) -> int:
        """Seals until nothing waits, or until somebody else is at it; how many rows were sealed here."""
        count = 0
        while found := self._one():
            count += found
            if found < self.batch:
                break
        return count

    def _one(self) -> int:
        begun = moment_text(self.clock.now())  # what is stored after this may be left for the next seal, although it is older than the seal
        with self.database.read() as session:
            last, epoch = reads.last(session), reads.epoch(session)
            waiting = [_Waiting(*row) for row in session.execute(select(Unsealed.id, Unsealed.evidence, Unsealed.key).order_by(Unsealed.id).limit(self.batch))]
            members = packed(_members(session, waiting)) if waiting else b""
        if not waiting:
            return 0
        header = Header(
            (last.number if last else 0) + 1, epoch, max(begun, last.at) if last else begun, last.head if last else links.BEGINNING,
            len(waiting), len(waiting) < self.batch, links.root_of(members),
        )  # fmt: skip
        return len(waiting) if self._add(header, members, waiting) else 0

    def _add(self, header: Header, members: bytes, waiting: Sequence[_Waiting]) -> bool:
        """Adds the link behind the one that was read, if that is still the last; False where somebody was faster."""
        head = header.hashed()
        made = replace(header, head=head, mac=links.mark(self.key(), head))
        with self.database.write() as session:
            if not _is_alone(session, self.database.is_sqlite):
                return False
            last = session.scalar(select(func.max(Seal.number)))
            if (last or 0) + 1 != made.number:
                return False
            session.add(Seal(
                number=made.number, epoch=made.epoch, at=datetime.fromisoformat(made.at).replace(tzinfo=UTC), previous=made.previous, head=made.head, mac=made.mac, rows=made.rows,
                drained=int(made.drained), root=made.root, members=members,
            ))  # fmt: skip
            session.execute(delete(Unsealed).where(Unsealed.id.in_([row.id for row in waiting])))
        return True


def _members(session: Session, waiting: Sequence[_Waiting]) -> dict[tuple[str, int], list[Member]]:
    """The digest of each row, by kind and version; of one that is gone already, a digest that no row has."""
    keys: dict[str, list[str]] = {}
    for row in waiting:
        keys.setdefault(row.name, []).append(row.key)
    found: dict[tuple[str, int], list[Member]] = {}
    for name, some in keys.items():
        kind = declared().get(name)
        rows = seen(session, kind, kind.version, some) if kind else {}
        found[name, kind.version if kind else 0] = [(key, rows[key].digest if key in rows else GONE) for key in some]
    return found


def _is_alone(session: Session, is_sqlite: bool) -> bool:
    """Whether no other sealer is adding a link; on SQLite a writer is alone anyway."""
    return is_sqlite or bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())
