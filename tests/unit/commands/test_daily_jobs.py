"""What an office does by itself: what is due, turn after turn; once a day, and at the start, what is to be done daily."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import apart, compose
from commands import demo_office, effects
from commands.serving.pump import start_pump
from commands.serving.start import prepare
from db.chores import Chore
from db.clock import ManualClock
from engine.tables import Instance


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

    def due() -> datetime:
        with application.database.read() as session:
            return session.get_one(Chore, "forget_keys").due_at

    assert len(keys()) == 2
    scheduler = start_pump(application)
    try:
        until(lambda: len(keys()) == 1)
        until(lambda: due() == clock.now() + timedelta(days=1))
    finally:
        scheduler.shutdown()
        application.database.dispose()


def test_the_totals_of_a_month_begin_by_themselves_at_the_start(tmp_path: Path, clock: ManualClock) -> None:
    clock.set(datetime(2026, 4, 1, 1, tzinfo=UTC))
    application = compose(apart(tmp_path), clock)
    prepare(application)
    demo_office.load(application)

    def begun() -> set[str]:
        with application.database.read() as session:
            return set(session.scalars(select(Instance.business_key).where(Instance.process_id == "loss_totals")))

    scheduler = start_pump(application)
    try:
        until(lambda: len(begun()) == 4)
    finally:
        scheduler.shutdown()
        application.database.dispose()

    assert begun() == {f"2026-03 {name}" for name in ("陕西省国家税务局", "西安市国家税务局", "西安市雁塔区国家税务局", "西安市莲湖区国家税务局")}


def test_a_backlog_is_worked_off_at_once_and_not_at_so_much_a_second(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "AT_ONCE", 1)
    application = compose(apart(tmp_path), clock)
    prepare(application)
    with application.database.write() as session:
        for number in range(40):  # at one a second, the patience of `until` would be long over
            application.engine.post_message(session, "nobody_waits", f"{number}", {}, f"letter {number}")

    def waiting() -> int:
        with application.database.read() as session:
            return int(session.connection().exec_driver_sql("SELECT count(*) FROM message WHERE state = 'pending'").scalar_one())

    assert waiting() == 40
    scheduler = start_pump(application)
    try:
        until(lambda: waiting() == 0)
    finally:
        scheduler.shutdown()
        application.database.dispose()
