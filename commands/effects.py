"""Has the effects of the outbox done by this process: called by procrastinate on PostgreSQL, ticked by APScheduler where it is embedded.

Each lane of effects has threads of its own: while a paper is made, the message of another case is delivered, and a letter goes out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN

from db.queue import STALE_SECONDS, QueueWorker
from engine.pump import TickReport

TICK_SECONDS = 1
AT_ONCE = 50  # in one turn; whoever shuts down waits for no more
log = logging.getLogger("jinshui")


def start(application: Any, scheduler: Any, every: Callable[..., None], *, concurrency: int = 2) -> None:
    """Begins, and ends with the scheduler; `every(act, seconds=…)` schedules as the rest of the pump does. `concurrency` is that of one lane."""
    engine, database = application.engine, application.database
    lanes = engine.kernel.registry.lanes

    def goes_on() -> bool:
        return bool(scheduler.running)

    if database.is_sqlite:
        for lane in lanes:
            every(partial(work_off, partial(engine.work_effects, goes_on=goes_on, lane=lane), goes_on), seconds=TICK_SECONDS)
        return

    def act(id_: str) -> None:
        report(engine.work_effect(id_, goes_on))

    workers = [QueueWorker(database.url, act, lane=lane, concurrency=concurrency, timeouts=database.timeouts) for lane in lanes]
    for worker in workers:
        worker.start()
        scheduler.add_listener(lambda _event, worker=worker: worker.stop(), EVENT_SCHEDULER_SHUTDOWN)
    every(lambda: _revive(application), seconds=STALE_SECONDS)


def work_off(work: Callable[[int], TickReport], goes_on: Callable[[], bool]) -> None:
    """Turn after turn while each leaves something over: a backlog is not worked off at so much a second. Ends early when told to."""
    while True:
        found = work(AT_ONCE)
        report(found)
        if found.handled < AT_ONCE or not goes_on():
            return


def report(found: TickReport) -> None:
    """What did not go well in a tick, for the log."""
    if found.failures or found.busy:
        log.warning("pump: %s", found)


def _revive(application: Any) -> None:
    if again := application.engine.revive_effects():
        log.warning("effects called for again, their worker is gone: %s", again)
