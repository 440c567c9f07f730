"""All verbs in one game against an independent reference, on both databases at once; `make soak` plays them for long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from db.clock import ManualClock
from db.session import Database
from engine.moves import parking
from engine.parties import rows, settling
from engine.parties.rules import Rule, Seat
from tests.factories.kit import Kit
from tests.properties.engine.verbs.board import furnished
from tests.properties.engine.verbs.machine import VERBS, Verbs

QUICK = settings(max_examples=10, stateful_step_count=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(300)
def test_all_verbs_come_to_what_the_reference_says(database: Database, postgres: Database, clock: ManualClock, gate_in_process: None) -> None:
    machine = Verbs.on([furnished(Kit(one, ManualClock(clock.now()))) for one in (database, postgres)])

    run_state_machine_as_test(machine, settings=QUICK)

    assert machine.steps() > 300
    assert {*machine.accepted, *machine.refused} <= set(VERBS)
    assert not {"complete", "return out", "direct", "take back", "batch claim"} & set(machine.untried()), machine.accepted


def counts_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that is just reached decides nothing."""
    right = settling.decided

    def wrong(rule: Rule, seats: list[Seat]) -> str:
        found = right(rule, seats)
        return "" if found == "agreed" and rule.name == "share" else found

    monkeypatch.setattr(settling, "decided", wrong)


def keeps_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was asked at a task that a return takes away is asked still."""
    monkeypatch.setattr(rows, "over", lambda _link, _task_ids, _moment: None)


def forgets_holders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The direct way gives what it puts back to nobody."""
    right = parking.park

    def wrong(*given: object) -> dict[str, object]:
        return {**right(*given), "held": {}}  # type: ignore[arg-type]

    monkeypatch.setattr("engine.moves.returning.park", wrong)


@pytest.mark.parametrize("fault", [counts_wrongly, keeps_seats, forgets_holders])
def test_a_planted_fault_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], database: Database, clock: ManualClock, gate_in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """The comparison can fail."""
    fault(monkeypatch)
    machine = Verbs.on([furnished(Kit(database, clock))])()
    machine.begin(0)
    turns = ("holder", "asked", "mover")

    with pytest.raises(AssertionError):
        for seed in range(500):
            machine.turn(turns[seed % len(turns)], seed)
