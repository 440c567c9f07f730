"""The follower: reads behind the steps what is to be told, and tells it in the transaction that takes it from the queue.

One follower at a time, in whichever process; a death at any moment leaves a row told or waiting, never both, never neither.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from db.clock import Clock
from db.followed import Untold
from db.session import Database
from deadlines.api import DeadlineService
from engine import incidents
from engine.incidents import Failed
from engine.link import Link
from engine.people import SYSTEM
from engine.steps import detail_of, reason_of
from engine.tables import Epoch
from handlers.telling.people import People
from handlers.telling.sources import Sources
from notices import bell, store
from notices.rules import rules_of
from notices.store import Circumstances, Telling

BATCH = 200
_LOCK = 7_316_218  # any number, as long as every follower takes the same
_AGAIN = timedelta(seconds=5)
_LATEST = timedelta(hours=1)
SHOWN_AFTER = 5  # attempts, some two minutes: what a moment of the database explains is over by then
OPERATION, NAMED, INCIDENT = "notice", "提醒", "incident"
COULD_NOT = "有一项提醒（{source} {key}）{n} 次都未能发出，其余的不受影响，这一项仍每小时重试：{reason}"
log = logging.getLogger("jinshui")


class Follower:
    """Given the database, the clock, and the calendar of working days. `has_mail`: whether a mail server is set."""

    def __init__(self, database: Database, clock: Clock, deadlines: DeadlineService, *, has_mail: bool = False) -> None:
        self.database, self.clock, self.deadlines, self.has_mail = database, clock, deadlines, has_mail

    def follow(self) -> int:
        """Tells until nothing waits or somebody else is at it; how many rows were read."""
        count = 0
        while found := self._turn():
            count += found
            if found < BATCH:
                break
        return count

    def tell(self, session: Session, tellings: Sequence[Telling]) -> None:
        """Tells people something that no row of the queue says, in the caller's transaction."""
        given = self.circumstances(session)
        bell.ring(session, {person for telling in tellings for person in store.tell(session, telling, given)})

    def circumstances(self, session: Session) -> Circumstances:
        """What counts for this telling."""
        calendar = self.deadlines.published.in_force(session)
        began = session.scalar(select(func.max(Epoch.began_at)))
        return Circumstances(self.clock.now(), rules_of(session), calendar.is_working_day, self.has_mail, began)

    def _turn(self) -> int:
        with self.database.read() as session:
            waiting = self._waiting(session)
        if not waiting:
            return 0
        try:
            return self._tell(waiting)
        except Exception:
            log.warning("notices: a batch could not be told, its rows are tried one by one", exc_info=True)
        return sum(self._tell_alone(row_id) for row_id in waiting)

    def _waiting(self, session: Session) -> list[int]:
        """Rows in their order; those that failed stand behind."""
        due = or_(Untold.due_at.is_(None), Untold.due_at <= self.clock.now())
        return list(session.scalars(select(Untold.id).where(due).order_by(Untold.attempts, Untold.id).limit(BATCH)))

    def _tell(self, waiting: Sequence[int]) -> int:
        with self.database.write() as session:
            if not is_alone(session):
                return 0
            rows = session.scalars(select(Untold).where(Untold.id.in_(waiting)).order_by(Untold.id)).all()
            sources = Sources(session, People(session, self.clock.today()))
            self.tell(session, [telling for row in rows for telling in sources.read(row.source, row.key)])
            for row in rows:
                if row.attempts >= SHOWN_AFTER:
                    incidents.resolve_job(Link(session), OPERATION, str(row.id), self.clock.now())
            session.execute(delete(Untold).where(Untold.id.in_([row.id for row in rows])), execution_options={"synchronize_session": False})
            return len(rows)

    def _tell_alone(self, row_id: int) -> int:
        try:
            return self._tell([row_id])
        except Exception as error:  # the row stays and comes again, later each time
            log.exception("notices: row %s of the queue could not be told", row_id)
            self._put_off(row_id, error)
            return 0

    def _put_off(self, row_id: int, error: Exception) -> None:
        with self.database.write() as session:
            row = session.get(Untold, row_id, with_for_update=True)
            if row is None:
                return
            row.attempts += 1
            row.due_at = self.clock.now() + min(_AGAIN * 2 ** min(row.attempts, 10), _LATEST)
            if row.attempts == SHOWN_AFTER and row.source != INCIDENT:  # that stands on the operators' page itself, and would tell of itself without end
                failed = Failed(OPERATION, SYSTEM.person_id, {"id": str(row.id)}, element=NAMED)
                reason = COULD_NOT.format(source=row.source, key=row.key, n=row.attempts, reason=reason_of(error))
                incidents.record(Link(session), self.clock.now(), failed, reason, detail_of(error))


def is_alone(session: Session) -> bool:
    """Whether no other follower is telling; on SQLite a writer is alone anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())
