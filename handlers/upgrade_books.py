"""Asks the books before a card is written: what they would decline afterwards, with the volumes moved already, reaches the clerk while nothing has happened.

Source of all: Xicheng, 三(二)4, 三(三), 三(七).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine.registry import StepContext
from handlers.devices_counter import done_by
from handlers.tools import declining, text
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused


@contextmanager
def tried(ctx: StepContext) -> Iterator[None]:
    """Whatever is booked in here is taken back at the end: the books have been asked."""
    trial = ctx.session.begin_nested()
    try:
        yield
    finally:
        trial.rollback()


def require_bookable(ctx: StepContext, book: Callable[..., object], volumes: Sequence[Mapping[str, Any]], task: str) -> None:
    """Books volumes in the name of whoever did a task, and takes it back. Raises Declined with what the books say. Source: Xicheng, 三(三), 三(七)."""
    with declining(UpgradeRefused), tried(ctx):
        book(ctx.session, done_by(ctx, task), visits.visit(ctx.session, text(ctx, "visit_id")), volumes, ctx.clock.now())
