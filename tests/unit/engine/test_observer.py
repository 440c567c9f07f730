"""Whoever watches the engine is told of every step and every timer, and of nothing that did not happen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotYours
from engine.registry import StepContext
from tests.factories.bpmn import boundary, chain, end, message, process, receive, service, start, timer, user
from tests.factories.kit import ANN, OUTSIDER, Kit

TOY = process(
    start(), user("fill"), boundary("late", "fill", timer("PT1H"), interrupting=False), service("book", "toys.book"), end("rung"), end(),
    receive("answered", "reply"), chain("begun", "fill", "answered", "done"), chain("late", "book", "rung"), id_="toy", references=message("reply"),
)  # fmt: skip


class Watcher:
    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.late: list[float] = []

    def stepped(self, operation: str, outcome: str, seconds: float) -> None:
        assert seconds > 0
        self.steps.append((operation, outcome))

    def fired(self, late_s: float) -> None:
        self.late.append(late_s)


@pytest.fixture
def watched(any_database: Database, clock: ManualClock) -> tuple[Kit, Watcher]:
    kit, watcher = Kit(any_database, clock), Watcher()

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Fails while the case says so."""
        if ctx.variables.get("broken"):
            raise RuntimeError("台账打不开")

    kit.kernel.observer = watcher
    kit.deploy(toy_bpmn=TOY)
    return kit, watcher


def test_steps_refusals_and_timers_are_told(watched: tuple[Kit, Watcher], clock: ManualClock) -> None:
    kit, watcher = watched
    case = kit.start()
    with pytest.raises(NotYours):
        kit.complete(case, "fill", OUTSIDER)
    clock.advance(timedelta(hours=1, seconds=7))
    kit.engine.tick()
    kit.complete(case, "fill", ANN)

    assert watcher.steps == [("start", "done"), ("complete", "refused"), ("timer", "done"), ("complete", "done")]
    assert watcher.late == [7.0]


def test_a_failure_is_told_as_one(watched: tuple[Kit, Watcher], clock: ManualClock) -> None:
    kit, watcher = watched
    kit.start(broken=True)
    clock.advance(timedelta(hours=1))
    kit.engine.tick()

    assert ("timer", "failed") in watcher.steps
    assert kit.engine.vitals().incidents_open == 1


def test_the_vitals_count_what_waits(watched: tuple[Kit, Watcher], clock: ManualClock) -> None:
    kit, _watcher = watched
    kit.start()
    kit.engine.send_message("reply", "", {}, "key")
    before = kit.engine.vitals()
    clock.advance(timedelta(hours=2))
    due = kit.engine.vitals()
    kit.engine.tick()

    after = kit.engine.vitals()
    assert (before.timers_due, due.timers_due, after.timers_due) == (0, 1, 0)
    assert (before.messages_parked + before.messages_pending, after.messages_parked) == (1, 1)
