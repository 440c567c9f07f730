"""The figures of the soak of verbs: what several processes played is added, and a verb that was never accepted is a fault."""

from __future__ import annotations

from collections import Counter

from bench.soak.verbs import Played, together
from tests.properties.engine.verbs.machine import VERBS


def test_what_was_never_accepted_anywhere_is_a_fault() -> None:
    one, other = Counter(VERBS[1:]), Counter(VERBS[2:])

    found = together([Played([], one, Counter(VERBS[:1])), Played([], other, Counter())], 10.0)

    assert (found.untried, found.faults) == ([VERBS[0]], 1)
    assert (found.accepted[VERBS[1]], found.accepted[VERBS[2]], found.refused) == (1, 2, {VERBS[0]: 1})
    assert found.steps == 2 * len(VERBS) - 2


def test_a_difference_that_one_process_found_is_a_fault_of_all() -> None:
    found = together([Played(["the shortest walk"], Counter(VERBS), Counter()), Played([], Counter(VERBS), Counter())], 10.0)

    assert (found.different, found.faults) == (["the shortest walk"], 1)
