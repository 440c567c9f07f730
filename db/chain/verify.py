"""Verifies everything while the system runs: the links, the rows behind them, what waits, the guards, and the anchors.

Links and rows never change, so they are read in short transactions; one view of everything at the end tells whether any row is in no seal. What
is stored meanwhile is sealed or waits, and is looked at in that last view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.chain import reads, verify_anchors
from db.chain.anchors import Place
from db.chain.findings import GUARD, Finding, Result
from db.chain.links import Header
from db.chain.members import Group, Unreadable, unpacked
from db.chain.tables import Anchor, Unsealed
from db.chain.triggers import missing_triggers
from db.chain.verify_links import Walk
from db.chain.verify_rows import Rows
from db.session import Database
from db.timeouts import ENDLESS

SLICE = 50  # links that are read together
DUE = 500  # rows of one kind that are looked at together
Progress = Callable[[int, int], None]  # links looked at, links there were at the beginning


def verify(database: Database, key: bytes, places: Sequence[Place], progress: Progress = lambda _done, _of: None) -> Result:
    """Everything that deviates; nothing is changed."""
    result = Result()
    with database.read() as session:
        total = reads.newest(session)
        walk, rows = Walk(key, reads.epochs(session), result), Rows(result)
    while walk.last is None or walk.last.number < total:
        with database.read(ENDLESS) as session:
            if not _some(session, walk, rows, DUE):
                break
        progress(walk.last.number if walk.last else 0, total)
    with database.read(ENDLESS) as session:
        walk.epochs = reads.epochs(session)
        while _some(session, walk, rows, 1):
            pass
        rows.look(session)
        rows.close(session, ((row[0], row[1]) for row in session.execute(select(Unsealed.evidence, Unsealed.key))), _members)
        _begun_and_not_sealed(session, walk)
        for name, table in missing_triggers(session):
            result.add(Finding(GUARD, table, name))
        taken = {row[0]: (int(row[1]), row[2]) for row in session.execute(select(Anchor.address, Anchor.number, Anchor.head))}
    verify_anchors.compare(places, taken, walk, result)
    return result


def _some(session: Session, walk: Walk, rows: Rows, at_least: int) -> bool:
    """The next links and their rows; whether there were any."""
    found = reads.after(session, walk.last.number if walk.last else 0, SLICE)
    for header, content in found:
        _one(walk, rows, header, walk.follow(header, content))
        rows.look(session, at_least=at_least)
    return bool(found)


def _one(walk: Walk, rows: Rows, header: Header, groups: Sequence[Group]) -> None:
    for group in groups:
        rows.expect(header, group, walk.drained_at)
    walk.done_with(header)


def _begun_and_not_sealed(session: Session, walk: Walk) -> None:
    """A restore after which nothing was sealed yet: the next link is its first."""
    sealed = walk.last.epoch if walk.last else 0
    for number in range(sealed + 1, reads.epoch(session) + 1):
        walk.begin(number, (walk.last.number if walk.last else 0) + 1)


def _members(session: Session, name: str) -> Iterator[str]:
    """The keys of a kind in all seals, again."""
    number = 0
    while found := reads.after(session, number, SLICE):
        for header, content in found:
            number = header.number
            try:
                yield from (key for group in unpacked(content) if group.name == name for key, _digest in group.rows)
            except Unreadable:
                continue
