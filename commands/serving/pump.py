"""Works off what is due. APScheduler only ticks; every due thing is a row in the database, taken by whichever process comes first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from commands import effects
from db.chain.api import SEAL_SECONDS, VERIFY
from db.chores import do_daily
from db.clock import SystemClock
from engine.pump import TickReport
from handlers.day_ends import end_day
from handlers.expired_posts import fall_back
from handlers.month_ends import begin_totals
from monitoring.heartbeat import Pulse
from records.coinvestigation.imports.run import run_waiting

TICK_SECONDS = 1
COUNT_SECONDS = 3  # after which what was finished is among the figures
TELL_SECONDS = 0.4  # what a step leaves to be told is on the pages of others within half a second


def start_pump(application: Any) -> BackgroundScheduler:
    """Ticks in threads of this process until it is shut down."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    engine, database, clock = application.engine, application.database, application.clock
    pulse = Pulse(database, clock)
    scheduler = BackgroundScheduler(timezone="UTC")

    def every(act: Callable[[], Any], **when: Any) -> None:
        scheduler.add_job(act, "interval", **when, max_instances=1, coalesce=True, misfire_grace_time=None)

    def work(limit: int) -> TickReport:
        found: TickReport = engine.tick(limit, effects=False)
        pulse.beat()
        return found

    every(lambda: effects.work_off(work, lambda: scheduler.running), seconds=TICK_SECONDS)
    effects.start(application, scheduler, every)
    # An import reads a whole list; it has a job of its own so that messages and timers do not wait for it.
    every(lambda: run_waiting(database, clock), seconds=TICK_SECONDS)
    every(lambda: application.deadlines.tick(database), minutes=1)
    every(application.chain.tick, seconds=SEAL_SECONDS)
    every(engine.board.count_new, seconds=COUNT_SECONDS)
    every(application.telling.tick, seconds=TELL_SECONDS)
    every(application.telling.look_at_dates, minutes=1, next_run_time=SystemClock().now())
    every(lambda: fall_back(engine, database, clock), minutes=10, next_run_time=SystemClock().now())
    every(lambda: end_day(engine, database, clock), minutes=1, next_run_time=SystemClock().now())
    every(database.ask_time, minutes=1)
    # What fell due overnight is done at the start.
    every(lambda: do_daily(database, clock, "forget_keys", engine.forget_keys), minutes=1, next_run_time=SystemClock().now())
    every(lambda: do_daily(database, clock, "give_up_seats", engine.parties.give_up), minutes=1, next_run_time=SystemClock().now())
    every(lambda: do_daily(database, clock, "month_ends", lambda: begin_totals(engine, database, clock)), minutes=1, next_run_time=SystemClock().now())
    every(lambda: do_daily(database, clock, "forget_notices", application.telling.forget), minutes=1)
    every(lambda: do_daily(database, clock, VERIFY, application.chain.verify), minutes=1)
    scheduler.start()
    return scheduler
