"""The soak of verbs shows nothing of a verb that was never accepted, and says so."""

from __future__ import annotations

from bench.soak.verbs import Found
from tests.properties.engine.verbs.machine import VERBS, Verbs


def test_a_verb_that_was_never_accepted_is_a_fault() -> None:
    machine = Verbs.on([])
    machine.accepted.update(VERBS[1:])
    machine.refused.update(VERBS)

    assert machine.untried() == [VERBS[0]]
    assert machine.steps() == 2 * len(VERBS) - 1
    assert Found(machine.steps(), 1.0, 1.0, [], machine.untried(), dict(machine.accepted), dict(machine.refused)).faults == 1
