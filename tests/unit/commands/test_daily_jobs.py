"""What an office does by itself once a day, and at the start."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app import apart, compose
from commands.run import prepare, start_pump
from db.clock import ManualClock


def until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("the job did not run")


def test_old_keys_are_forgotten_at_the_start_and_every_day(tmp_path: Path, clock: ManualClock) -> None:
    application = compose(apart(tmp_path), clock)
    prepare(application)
    application.engine.send_message("nobody_waits", "", {}, "old")
    clock.advance(timedelta(days=31))
    application.engine.send_message("nobody_waits", "", {}, "young")

    def keys() -> list[str]:
        with application.database.read() as session:
            return [row[0] for row in session.connection().exec_driver_sql("SELECT key FROM idempotency ORDER BY key")]

    assert len(keys()) == 2
    scheduler = start_pump(application)
    try:
        until(lambda: len(keys()) == 1)
        (job,) = (job for job in scheduler.get_jobs() if job.func == application.engine.forget_keys)
        assert job.trigger.interval == timedelta(days=1)
    finally:
        scheduler.shutdown()
        application.database.dispose()
