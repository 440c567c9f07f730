"""All verbs of several people at one task against an independent reference, on both databases at once; `make soak` plays them for long."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from db.clock import ManualClock
from db.session import Database
from engine.parties import settling
from engine.parties.rules import Rule, Seat
from tests.factories.kit import Kit
from tests.properties.engine.party_machine import Verbs, furnished

QUICK = settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(300)
def test_the_verbs_come_to_what_the_reference_says(database: Database, postgres: Database, clock: ManualClock, gate_in_process: None) -> None:
    kits = [furnished(Kit(one, ManualClock(clock.now()))) for one in (database, postgres)]
    machine = type("OnBoth", (Verbs,), {"kits": kits, "steps": 0})

    run_state_machine_as_test(machine, settings=QUICK)

    assert machine.steps > 500


def test_a_rule_that_counts_wrongly_is_found(database: Database, clock: ManualClock, gate_in_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: where the first answer does not decide, the reference disagrees."""
    right = settling.decided

    def wrong(rule: Rule, seats: list[Seat]) -> str:
        found = right(rule, seats)
        return "" if found == "agreed" and rule.name == "any" else found

    monkeypatch.setattr(settling, "decided", wrong)
    machine = type("Wrong", (Verbs,), {"kits": [furnished(Kit(database, clock))], "steps": 0})()
    machine.begin()

    with pytest.raises(AssertionError):
        for seed in range(500):
            machine.holder(seed)
            if machine.open_seats():
                machine.asked(seed)
            machine.all_stand_alike()
