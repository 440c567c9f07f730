"""What begins by itself when a month is over: a message to the process of monthly totals, once for each office and month."""

from __future__ import annotations

from datetime import timedelta

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.link import Link
from handlers.loss_totals import takes_part
from records.offices import store as offices

MESSAGE = "month_ended"


def begin_totals(engine: Engine, database: Database, clock: Clock) -> int:
    """Posts the message for the month before today to every level that has a golden-tax office and looks after devices; returns how many.

    A message is written once under its key, so that a day more or a second process changes nothing. Source: Xi'an 2002-119, 四3.
    """
    month = f"{clock.today().replace(day=1) - timedelta(days=1):%Y-%m}"
    with database.write() as session:
        if engine.kernel.definitions.of_message(Link(session), MESSAGE) is None:
            return 0  # the procedure is not installed
        wanted = [office for office in offices.offices(session, only_open=True) if takes_part(session, office)]
        for office in wanted:
            payload = {"office_id": office.id, "title": f"丢失、被盗情况汇总：{office.name} {month}", "summary_month": month, "totals_of": f"{month}:{office.code}"}
            engine.post_message(session, MESSAGE, f"{month}:{office.code}", payload, f"month-ended:{month}:{office.id}")
    return len(wanted)
