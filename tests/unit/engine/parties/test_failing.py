"""What fails when the last signature lets the token go on: nothing is half done, and it is tried again by whoever signed."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotYours, StepFailed
from engine.registry import StepContext
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.factories.kit import ANN, BOB, Kit
from tests.factories.tables import case_of, held, seat, seats, states, told

BOOKED = process(start(), user("fill"), service("book", "toys.book"), user("after"), end(), chain("begun", "fill", "book", "after", "done"))


@pytest.fixture
def broken(any_database: Database, clock: ManualClock) -> tuple[Kit, list[str]]:
    kit, faults = Kit(any_database, clock), ["台账打不开"]

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> dict[str, str]:
        """Books in the name of whoever completed the task."""
        if faults:
            raise RuntimeError(faults[0])
        return {"booked_by": ctx.actor.person_id}

    kit.deploy(toy_bpmn=BOOKED)
    return kit, faults


@pytest.mark.parametrize("by", ["signature", "removal"])
def test_a_step_that_fails_leaves_the_seat_as_it_was_and_is_tried_again(broken: tuple[Kit, list[str]], by: str) -> None:
    kit, faults = broken
    task = held(kit)
    people = ["bob"] if by == "signature" else ["bob", "cao"]
    kit.engine.parties.ask(task, "after", people, ANN, kit.key())
    kit.engine.complete(task, {}, ANN, kit.key())
    if by == "removal":
        kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), agreed=True)
    before = states(kit, task)

    with pytest.raises(StepFailed, match="台账打不开"):
        if by == "signature":
            kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), agreed=True)
        else:
            kit.engine.parties.remove(next(p.id for p in seats(kit, task) if p.person_id == "cao"), "出差", ANN, kit.key())
    assert states(kit, task) == before
    (incident,) = kit.engine.case(case_of(kit, task), ANN).incidents
    who, other = (BOB, ANN) if by == "signature" else (ANN, BOB)
    with pytest.raises(NotYours):
        kit.engine.retry_incident(incident.id, other, kit.key())
    faults.clear()
    kit.engine.retry_incident(incident.id, who, kit.key())

    assert kit.ready(case_of(kit, task)) == ["after"]
    assert kit.variables(case_of(kit, task))["booked_by"] == "ann"
    assert kit.engine.case(case_of(kit, task), ANN).incidents == []
    assert "completed_task ann" in told(kit, task)
