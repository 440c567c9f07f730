"""Values on their way to a station and back: types kept, and nothing taken that was never sent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.wire import NotOnTheWire, from_wire, to_wire

NAMES = st.text(max_size=8).filter(lambda name: name != "$type")
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.decimals(allow_nan=False, allow_infinity=False) | st.dates() | st.datetimes(timezones=st.just(UTC))
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)


@given(VALUES)
def test_a_value_comes_back_as_it_went(value: object) -> None:
    assert from_wire(json.loads(json.dumps(to_wire(value)))) == value


def test_what_json_has_no_word_for_says_its_type() -> None:
    moment = datetime(2003, 3, 3, 1, tzinfo=UTC)

    assert to_wire({"a": Decimal("1.50"), "on": date(2003, 3, 3), "at": moment}) == {
        "a": {"$type": "number", "value": "1.50"}, "on": {"$type": "date", "value": "2003-03-03"},
        "at": {"$type": "date and time", "value": "2003-03-03T01:00:00+00:00"},
    }  # fmt: skip


@pytest.mark.parametrize("value", [object(), {1: 2}, {"$type": "x"}, 1.5, {"a": {1, 2}}])
def test_what_cannot_be_sent_is_not_sent(value: object) -> None:
    with pytest.raises(NotOnTheWire):
        to_wire(value)


@pytest.mark.parametrize(
    "value",
    [
        1.5, {"$type": "number"}, {"$type": "number", "value": 1}, {"$type": "number", "value": "NaN"}, {"$type": "number", "value": "x"},
        {"$type": "date", "value": "2003-13-01"}, {"$type": "object", "value": "x"}, {"$type": ["date"], "value": "x"}, {"$type": "date", "value": "2003-01-01", "more": 1},
    ],
)  # fmt: skip
def test_what_was_never_sent_is_not_taken(value: object) -> None:
    with pytest.raises(NotOnTheWire):
        from_wire(value)
