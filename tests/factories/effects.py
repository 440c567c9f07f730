"""The threads that the product starts for effects, in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from commands import effects
from db.session import Database
from engine.api import Engine


@contextmanager
def at_work(engine: Engine, database: Database) -> Iterator[None]:
    """Effects are done as in the product, but looked for more often where they are polled."""
    scheduler = BackgroundScheduler(timezone="UTC")

    def every(act: Callable[[], object], **when: Any) -> None:
        scheduler.add_job(act, "interval", **when)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(effects, "TICK_SECONDS", 0.05)
        effects.start(SimpleNamespace(engine=engine, database=database), scheduler, every)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)
