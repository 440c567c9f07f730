"""Bytes of values and states: every type comes back as it went in, whatever the keys; a state that was touched is not read."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.clock import ManualClock
from db.session import Database
from engine.api import Engine
from engine.codec import decode, encode, encode_state, sign
from engine.errors import StateDamaged, StepFailed
from engine.feel import Months
from engine.tokens import Machine
from tests.factories.bpmn import chain, end, process, start, user
from tests.factories.kit import ANN, Kit

SAMPLES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 2.0, 0.1, "", "协查", "1", Decimal("1"), Decimal("1.00"), Decimal("-0"), Decimal("12345678901234567890.123456789"), date(2026, 3, 1),
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC), datetime(2026, 3, 1, 9, 30, 0, 5, UTC), time(9, 30), timedelta(days=1, microseconds=7), Months(14),
    UUID("12345678123456781234567812345678"), [], {}, [1, [True, {"a": Decimal("2")}]], {"typename": "x", "value": 1}, {"typename": None}, {"__type__": "Decimal"},
    {"\x01": ["n", "5"]}, {"\x01": {"\x01": ["d", "2026-01-01"]}}, {"\x01": 5, "d": date(2026, 1, 1)}, {"": {"": ""}}, "\x01", '"\x01":', "\\u0001",
]  # fmt: skip


@pytest.mark.parametrize("value", SAMPLES, ids=repr)
def test_a_value_comes_back_with_its_type(value: Any) -> None:
    found = decode(encode(value))

    assert repr(found) == repr(value)
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [({"\x01": ["n", "5"]},), [({"\x01": 5},)]])
def test_a_tuple_becomes_a_list_and_its_keys_are_no_tags(value: Any) -> None:
    assert decode(encode({"rows": value, "sum": Decimal(1)})) == {"rows": [[*value[0]] if isinstance(value[0], tuple) else value[0]], "sum": Decimal(1)}


def test_true_is_not_one_and_two_is_not_two_point_nought() -> None:
    found = decode(encode({"a": True, "b": 1, "c": 2, "d": 2.0, "e": False, "f": 0}))

    assert [type(v) for v in found.values()] == [bool, int, int, float, bool, int]


def test_the_order_of_keys_is_kept_and_means_nothing() -> None:
    assert list(decode(encode({"b": 1, "a": 2}))) == ["b", "a"]
    assert decode(encode({"b": 1, "a": Decimal(2)})) == decode(encode({"a": Decimal(2), "b": 1}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}, object(), {"a": b"bytes"}, 2**70, 1j])
def test_what_could_not_be_read_again_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.dates() | st.uuids() | st.decimals(allow_nan=False, allow_infinity=False)
KEYS = st.text(max_size=6) | st.sampled_from(["\x01", "typename", "\x01n", "n"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20))
def test_any_value_comes_back(value: Any) -> None:
    assert repr(decode(encode(value))) == repr(value)


def test_a_seal_is_for_one_case_one_version_and_one_content() -> None:
    seal = sign(b"secret", "a", 1, b"state")

    assert seal == sign(b"secret", "a", 1, b"state")
    others = [(b"other", "a", 1, b"state"), (b"secret", "b", 1, b"state"), (b"secret", "a", 2, b"state"), (b"secret", "a", 1, b"State")]
    assert seal not in {sign(*other) for other in others}


@pytest.fixture
def kit(database: Database, clock: ManualClock) -> Kit:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=process(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done")))
    return kit


def write(kit: Kit, sql: str, *values: Any) -> None:
    with kit.database.write() as session:
        from engine.link import Link

        Link(session).run(sql, *values)


@pytest.mark.parametrize("touch", ["a bit", "cut off", "of another case", "of an earlier version"])
def test_a_state_that_was_touched_is_not_played_on(kit: Kit, touch: str) -> None:
    case, other = kit.start(), kit.start()
    ((before, seal),) = kit.rows("SELECT state, mac FROM instance WHERE id = ?", case)
    kit.complete(case, "a")
    ((state,),) = kit.rows("SELECT state FROM instance WHERE id = ?", case)
    if touch == "of another case":
        write(kit, "UPDATE instance SET state = (SELECT state FROM instance WHERE id = ?), mac = (SELECT mac FROM instance WHERE id = ?) WHERE id = ?", other, other, case)
    elif touch == "of an earlier version":
        write(kit, "UPDATE instance SET state = ?, mac = ? WHERE id = ?", before, seal, case)
    else:
        write(kit, "UPDATE instance SET state = ? WHERE id = ?", state[:-1] if touch == "cut off" else state[:9] + bytes([state[9] ^ 1]) + state[10:], case)
    kit.forget()

    with pytest.raises(StepFailed, match="校验码") as failed:
        kit.complete(case, "b", ANN)

    assert isinstance(failed.value.__cause__, StateDamaged)
    assert kit.ready(case) == ["b"]
    kit.complete(other, "a")
    assert isinstance(kit.engine, Engine)


def test_another_format_of_the_state_is_refused(kit: Kit) -> None:
    case = kit.start()
    ((state,),) = kit.rows("SELECT state FROM instance WHERE id = ?", case)
    dump = decode(bytes(state)) | {"f": 99}

    with pytest.raises(ValueError, match="99"):
        Machine.load(dump, None)  # type: ignore[arg-type]

    content = encode_state(dump)
    write(kit, "UPDATE instance SET state = ?, mac = ? WHERE id = ?", content, sign(kit.kernel.settings.secret, case, 1, content), case)
    kit.forget()
    with pytest.raises(StepFailed, match="格式"):
        kit.complete(case, "a")
    assert kit.ready(case) == ["a"]
