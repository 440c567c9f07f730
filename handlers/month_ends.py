"""What begins by itself when a month is over: a message to the process of monthly totals, once for each office and month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.link import Link
from engine.messages import accepted
from handlers.loss_totals import LEVELS, takes_part
from records.offices import store as offices
from records.offices.model import Office

MESSAGE = "month_ended"


def begin_totals(engine: Engine, database: Database, clock: Clock) -> int:
    """Posts the message for the month before today to every level that has a golden-tax office and looks after devices; returns how many it posted.

    On the other days of the month this is a look alone: nothing is written where every message stands. A message is written once under its
    key, so that a second process changes nothing. Source: Xi'an 2002-119, 四3.
    """
    month = f"{clock.today().replace(day=1) - timedelta(days=1):%Y-%m}"
    with database.read() as session:
        if engine.kernel.definitions.of_message(Link(session), MESSAGE) is None:
            return 0  # the procedure is not installed
        missing = _not_told(session, month)
    if not missing:
        return 0
    with database.write() as session:
        for office in missing:
            payload = {"office_id": office.id, "title": f"丢失、被盗情况汇总：{office.name} {month}", "summary_month": month, "totals_of": f"{month}:{office.code}"}
            engine.post_message(session, MESSAGE, f"{month}:{office.code}", payload, _key(month, office))
    return len(missing)


def _not_told(session: Session, month: str) -> Sequence[Office]:
    """The offices whose month has not begun: those that were told are passed over before anything else is asked of them."""
    open_ones = [one for one in offices.offices(session, only_open=True) if one.level in LEVELS]
    told = accepted(Link(session), [_key(month, one) for one in open_ones])
    return [one for one in open_ones if _key(month, one) not in told and takes_part(session, one)]


def _key(month: str, office: Office) -> str:
    return f"month-ended:{month}:{office.id}"
