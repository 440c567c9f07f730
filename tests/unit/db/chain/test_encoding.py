"""Bytes before they are hashed: no two different rows have the same, the same row has them on both databases, and they never change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.chain.encoding import digest, encoded
from db.chain.links import Header

VALUES = st.lists(st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.binary() | st.floats(allow_nan=False), max_size=5)


def plain(values: list[Any]) -> list[Any]:
    """A truth is a number to a database."""
    return [(type(v) is str, type(v) is bytes, type(v) is float, int(v) if isinstance(v, bool) else v) for v in values]


@given(VALUES, VALUES)
def test_two_rows_have_the_same_bytes_only_if_they_are_the_same(one: list[Any], other: list[Any]) -> None:
    assert (encoded(one) == encoded(other)) == (plain(one) == plain(other) and [str(v) for v in one] == [str(v) for v in other]) or _signed_zero(one, other)


def _signed_zero(one: list[Any], other: list[Any]) -> bool:
    return [int(v) if isinstance(v, bool) else v for v in one] == [int(v) if isinstance(v, bool) else v for v in other]


@pytest.mark.parametrize(
    ("one", "other"),
    [(["a", "b"], ["ab", ""]), (["1"], [1]), ([None], [""]), ([1, 2], [12]), (["s1:a"], ["a"]), ([b"a"], ["a"]), ([1], [1.0]), ([1, None], [1])],
)
def test_kinds_and_borders_are_told_apart(one: list[Any], other: list[Any]) -> None:
    assert encoded(one) != encoded(other)


def test_moments_and_dates_are_written_as_sqlite_keeps_them() -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    assert encoded([at, date(2026, 3, 2), True]) == encoded(["2026-03-02T09:00:00.000000", "2026-03-02", 1])


def test_what_no_table_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        encoded([Decimal(1)])


def test_the_encoding_is_the_one_by_which_chains_were_sealed() -> None:
    """If this fails, every chain that was ever made no longer verifies."""
    assert encoded(["协查", 7, None, b"\x00"]) == b"s6:" + "协查".encode() + b"i7;nb1:\x00"
    assert digest(["协查", 7, None, b"\x00"]).hex() == "3ccfafd247f5df4b0f78de5e7da8f3f34541de4acb14a385e9cbd4b291bf74c4"
    header = Header(1, 0, "2026-03-02T01:00:00.000000", "", 2, drained=True, root="0" * 64)
    assert header.hashed() == "3ccbb75a7ceca6b8b8708e323dc8049c0be7ebf1951e5e59e722210fd83b1e7a"
