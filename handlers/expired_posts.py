"""A post or a deputyship that ended by its date: what its holder had in hand falls back to the post, though nobody changed anything that day."""

from __future__ import annotations

from datetime import timedelta

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.people import SYSTEM
from records.audit import Who, note
from records.offices import store

LOOKED_BACK = timedelta(days=7)  # a machine that was switched off over the holidays catches up
KEPT = 1_000


def fall_back(engine: Engine, database: Database, clock: Clock) -> int:
    """Gives back what people hold by posts that ended within the last days; each person in a transaction of its own. Returns how many tasks."""
    today, total = clock.today(), 0
    with database.read() as session:
        ended = store.ended_between(session, today - LOOKED_BACK, today - timedelta(days=1))
        concerned = sorted(ended.intersection(engine.staffing.holders_at_work(session)))
    for person_id in concerned:
        with database.write() as session:
            fallen = engine.staffing.fall_back(session, person_id, SYSTEM, "任职或代理已到期")
            if fallen:
                who = Who(SYSTEM.person_id, SYSTEM.name, clock.now())
                tasks = [work.id for work in fallen][:KEPT]
                note(session, who, "offices:person:fell_back", "person", person_id, new={"count": len(fallen), "tasks": tasks, "why": "任职或代理已到期"})
        total += len(fallen)
    return total
