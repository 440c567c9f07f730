"""The digest: once on a working day, at the hour of the rules, for everybody who has an address and something to do.

That it was decided is a row of (day, person), written with the effect in one transaction: several workers, and a worker that dies, send one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI, legal_date
from engine.tables import Epoch
from engine.worklist import WorklistQuery
from handlers.telling.following import Follower, is_alone
from handlers.telling.mailing import TOPIC, House
from notices import store
from notices.model import NoticeDigest
from notices.rules import NOTHING_CHOSEN, Choice, Rules, choices, hour, rules_of
from records.offices.model import Person

LATEST = timedelta(hours=6)  # after the hour: a machine that is switched on late still says it, an account of the afternoon is told tomorrow
AT_ONCE = 100
Counts = list[tuple[str, int]]


class Digests:
    """Given the follower, for its clock and calendar."""

    def __init__(self, house: House, follower: Follower) -> None:
        self.house, self.follower = house, follower

    def send_due(self) -> int:
        """Decides the digest of today for everybody for whom its hour has come; how many letters were asked for."""
        now = self.house.clock.now()
        today = legal_date(now)
        with self.house.database.read() as session:
            given, rules = self.follower.circumstances(session), rules_of(session)
            if not given.is_worked(today) or not self._is_hour(session, rules, now):
                return 0
            people = self._undecided(session, today)
            chosen = choices(session, people)
        due = [person for person in people if _may_come(chosen.get(person, NOTHING_CHOSEN), rules, now)]
        sent = 0
        for start in range(0, len(due), AT_ONCE):
            some = due[start : start + AT_ONCE]
            counted = {person: self._counts(person, rules, today) if chosen.get(person, NOTHING_CHOSEN).digest else [] for person in some}
            sent += self._decide(today, counted)
        return sent

    def _is_hour(self, session: Session, rules: Rules, now: datetime) -> bool:
        at = datetime.combine(legal_date(now), hour(rules.digest_at), SHANGHAI)
        restored = session.scalar(select(func.max(Epoch.began_at)))  # a backup of this morning does not know what was sent at half past eight
        return at <= now < at + LATEST and not (restored is not None and at <= restored)

    def _undecided(self, session: Session, day: date) -> Sequence[str]:
        known = select(NoticeDigest.person_id).where(NoticeDigest.day == day, NoticeDigest.person_id == Person.id).exists()
        return session.scalars(select(Person.id).where(Person.active.is_(True), Person.email != "", ~known).order_by(Person.id)).all()

    def _counts(self, person_id: str, rules: Rules, today: date) -> Counts:
        """What stands open for a person; empty where nothing does."""
        with self.house.database.read() as session:
            actor, unread = self.house.actor_of(session, person_id, today), store.unread(session, person_id)
        if actor is None:
            return []
        soon = self.follower.deadlines.add_working_days(today, rules.digest_days)
        page = self.house.engine.worklist(actor, WorklistQuery(today, limit=1, soon_until=soon))
        near = page.terms.get("today", 0) + page.terms.get("soon", 0)
        found = [
            ("在办", page.scopes.get("mine", 0)), ("已逾期", page.terms.get("overdue", 0)), (f"{rules.digest_days} 个工作日内到期", near),
            ("可认领", page.scopes.get("claimable", 0)), ("未读提醒", unread),
        ]  # fmt: skip
        return found if any(n for _name, n in found) else []

    def _decide(self, day: date, counted: dict[str, Counts]) -> int:
        with self.house.database.write() as session:
            if not is_alone(session):
                return 0
            known = set(session.scalars(select(NoticeDigest.person_id).where(NoticeDigest.day == day, NoticeDigest.person_id.in_(counted))))
            fresh = {person: counts for person, counts in counted.items() if person not in known}
            for person, counts in fresh.items():
                session.add(NoticeDigest(day=day, person_id=person, sent=int(bool(counts))))
                if counts:
                    payload = {"person": person, "digest": {"day": day.isoformat(), "counts": [list(pair) for pair in counts]}}
                    self.house.engine.emit(session, TOPIC, payload, f"{TOPIC}:digest:{day}:{person}")
            return sum(bool(counts) for counts in fresh.values())


def _may_come(choice: Choice, rules: Rules, now: datetime) -> bool:
    """Not within a person's quiet hours: the digest waits for their end, if that comes while it may still be told."""
    return choice.quiet_hours(rules).end_after(now, lambda _day: True) <= now
