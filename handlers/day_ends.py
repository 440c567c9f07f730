"""What begins by itself when a day of upgrades is over: a message to the process of its hand-over, once for each hall and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI, Clock
from db.session import Database
from engine.api import Engine
from engine.link import Link
from engine.messages import accepted
from records.offices.model import Office
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import CAME

MESSAGE = "upgrade_day_ended"


def end_day(engine: Engine, database: Database, clock: Clock) -> int:
    """Posts the message for every hall whose day is over, at the hour of procedure.yaml, and that has something to hand over; returns how many it posted.

    A hall whose machines were off in the evening hands over in the morning. A message is written once under its key. Source: Xicheng, 三(九).
    """
    with database.read() as session:
        found = engine.kernel.definitions.of_message(Link(session), MESSAGE)
        if found is None:
            return 0  # the procedure is not installed
        day = _last_over(clock, str(found[0].about["upgrade_day"]["ends_at"]))
        waiting = _not_told(session, day)
    if not waiting:
        return 0
    with database.write() as session:
        for office in waiting:
            payload = {"office_id": office.id, "title": f"升级当日移交：{office.name} {day}", "upgrade_day": day.isoformat(), "upgrade_day_of": f"{day}:{office.code}"}
            engine.post_message(session, MESSAGE, f"{day}:{office.code}", payload, _key(day, office))
    return len(waiting)


def _last_over(clock: Clock, ends_at: str) -> date:
    hour, _colon, minute = ends_at.partition(":")
    now = clock.now().astimezone(SHANGHAI)
    is_over = (now.hour, now.minute) >= (int(hour), int(minute or 0))
    return now.date() if is_over else now.date() - timedelta(days=1)


def _not_told(session: Session, day: date) -> Sequence[Office]:
    """The halls with somebody who came on the day, or who came earlier and has gone since, that no case has taken and that were not told."""
    is_due = or_(UpgradeVisit.day == day, UpgradeVisit.left_at.is_not(None))
    halls = select(UpgradeVisit.office_code).where(
        UpgradeVisit.day <= day, UpgradeVisit.state.in_(CAME), UpgradeVisit.hand_over_id.is_(None), UpgradeVisit.day_case == "", is_due,
    )  # fmt: skip
    offices = session.scalars(select(Office).where(Office.code.in_(halls)).order_by(Office.code)).all()
    told = accepted(Link(session), [_key(day, one) for one in offices])
    return [one for one in offices if _key(day, one) not in told]


def _key(day: date, office: Office) -> str:
    return f"upgrade-day-ended:{day}:{office.id}"
