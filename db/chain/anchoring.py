"""Brings the newest head to every place outside, after the commit that made it; a place that fails is tried again, and everybody can see it.

A head that was taken is noted afterwards: a death in between has it brought again, and the same line twice is the same line.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from db.chain import reads
from db.chain.anchors import Place, PlaceAway, line_of
from db.chain.links import Header
from db.chain.tables import Anchor
from db.clock import Clock
from db.session import Database

FIRST_S, LONGEST_S = 5, 300  # between two attempts
log = logging.getLogger("jinshui.audit")


class Anchoring:
    """Given the places of the configuration."""

    def __init__(self, database: Database, clock: Clock, places: Sequence[Place]) -> None:
        self.database, self.clock, self.places = database, clock, places

    def work(self) -> int:
        """Brings the newest head wherever it is not yet; how many places have taken it."""
        if not self.places:
            return 0
        with self.database.read() as session:
            newest = reads.last(session)
            known = {place.address: session.get(Anchor, place.address) for place in self.places}
        if newest is None:
            return 0
        return sum(self._bring(place, newest) for place in self.places if self._is_due(known[place.address], newest))

    def _is_due(self, row: Anchor | None, newest: Header) -> bool:
        if row is None:
            return True
        return row.head != newest.head and (row.next_at is None or row.next_at <= self.clock.now())

    def _bring(self, place: Place, newest: Header) -> bool:
        try:
            place.put(line_of(newest))
        except PlaceAway as away:
            self._note_failure(place, str(away))
            return False
        with self.database.write() as session:
            row = _row(session, place)
            row.number, row.head, row.at = newest.number, newest.head, self.clock.now()
            row.attempts, row.since, row.next_at, row.error = 0, None, None, ""
        return True

    def _note_failure(self, place: Place, reason: str) -> None:
        log.warning("anchor %s takes no head: %s / 外部锚点未接收", place.address, reason)
        now = self.clock.now()
        with self.database.write() as session:
            row = _row(session, place)
            row.attempts += 1
            row.since = row.since or now
            row.next_at = now + timedelta(seconds=min(FIRST_S * 2 ** min(row.attempts - 1, 10), LONGEST_S))
            row.error = reason[:500]


def _row(session: Session, place: Place) -> Anchor:
    found = session.get(Anchor, place.address, with_for_update=True)
    if found is None:
        found = Anchor(address=place.address, number=0, head="", attempts=0, error="")
        session.add(found)
        session.flush()
    return found
