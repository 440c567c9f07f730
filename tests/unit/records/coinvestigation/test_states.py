"""The transition tables hang together."""

from __future__ import annotations

import pytest

from records.coinvestigation import states
from records.coinvestigation.states import DELEGATION, EXTENSION, IMPORT, RECEIPT, Table

TABLES = [
    ("delegation", DELEGATION, "draft"),
    ("receipt", RECEIPT, "received"),
    ("import", IMPORT, "waiting"),
    ("extension", EXTENSION, "applied"),
]


@pytest.mark.parametrize(("kind", "table", "first"), TABLES)
def test_every_state_is_reached_and_has_both_names(kind: str, table: Table, first: str) -> None:
    reached, found = {first}, True
    while found:
        fresh = {after for (before, _), after in table.items() if before in reached} - reached
        found, reached = bool(fresh), reached | fresh

    assert reached == set(states.NAMES[kind])


@pytest.mark.parametrize(("kind", "table", "first"), TABLES)
def test_every_state_leads_to_an_end(kind: str, table: Table, first: str) -> None:
    ends = {state for state in states.NAMES[kind] if all(before != state for before, _ in table)}
    leads, grown = set(ends), True
    while grown:
        fresh = {before for (before, _), after in table.items() if after in leads} - leads
        grown, leads = bool(fresh), leads | fresh

    assert leads == set(states.NAMES[kind])


@pytest.mark.parametrize("event", ["withdraw", "submit", "verify"])
def test_what_was_sent_is_not_taken_back(event: str) -> None:
    assert states.following(DELEGATION, "sent", event) is None


def test_open_states_are_those_before_the_answer() -> None:
    assert set(states.NAMES["receipt"]) - {"replied", "archived", "returned"} == states.OPEN_RECEIPTS
    assert set(states.NAMES["delegation"]) - {"replied", "archived", "withdrawn"} == states.OPEN_DELEGATIONS
