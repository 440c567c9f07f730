"""What begins by itself when a day of upgrades is over: a message to the process of its hand-over, once for each hall and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI, Clock
from db.session import Database
from engine.api import Engine
from engine.link import Link
from engine.messages import accepted
from notices.rules import hour
from records.offices.model import Office
from records.upgrade.days import unclosed

MESSAGE = "upgrade_day_ended"


def end_day(engine: Engine, database: Database, clock: Clock) -> int:
    """Posts the message for every hall and every day of it that is over, at the hour of procedure.yaml, and has something to hand over; returns how many.

    Where machines were off, for an evening or for days, each of those days has its own book afterwards. A message is written once under its key.
    Source: Xicheng, 三(九).
    """
    with database.read() as session:
        found = engine.kernel.definitions.of_message(Link(session), MESSAGE)
        if found is None:
            return 0  # the procedure is not installed
        waiting = _not_told(session, _last_over(clock, _hour(found[0].about)))
    if not waiting:
        return 0
    with database.write() as session:
        for day, office in waiting:
            payload = {"office_id": office.id, "title": f"升级当日移交：{office.name} {day}", "upgrade_day": day.isoformat(), "upgrade_day_of": f"{day}:{office.code}"}
            engine.post_message(session, MESSAGE, f"{day}:{office.code}", payload, _key(day, office))
    return len(waiting)


def _hour(about: Mapping[str, Any]) -> time:
    """When a day is over, as the version in force says; where it says no hour that is one, the day is over when the next begins."""
    said = about.get("upgrade_day")
    try:
        return hour(str(said.get("ends_at") if isinstance(said, Mapping) else ""))
    except ValueError:
        return time.max


def _last_over(clock: Clock, at: time) -> date:
    now = clock.now().astimezone(SHANGHAI)
    return now.date() if now.time() >= at else now.date() - timedelta(days=1)


def _not_told(session: Session, last: date) -> Sequence[tuple[date, Office]]:
    """The days, the first first, whose book was not handed over; where a book was and somebody has gone since, the last day that is over."""
    due = sorted({(last if is_closed else day, code) for code, day, is_closed in unclosed(session, last)})
    named = {one.code: one for one in session.scalars(select(Office).where(Office.code.in_({code for _day, code in due})))}
    found = [(day, named[code]) for day, code in due if code in named]
    told = accepted(Link(session), [_key(day, office) for day, office in found])
    return [(day, office) for day, office in found if _key(day, office) not in told]


def _key(day: date, office: Office) -> str:
    return f"upgrade-day-ended:{day}:{office.id}"
