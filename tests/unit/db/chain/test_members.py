"""Members of a seal are packed and come back as they were; bytes that were cut or altered are not taken for members."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.chain.members import Group, Unreadable, packed, unpacked

ROWS = st.lists(st.tuples(st.text(max_size=160), st.binary(min_size=32, max_size=32)), max_size=5)


@given(st.dictionaries(st.tuples(st.sampled_from(["history", "trail_entry", "blob"]), st.integers(0, 255)), ROWS, max_size=3))
def test_what_was_packed_comes_back(groups: dict[tuple[str, int], list[tuple[str, bytes]]]) -> None:
    assert list(unpacked(packed(groups))) == [Group(name, version, rows) for (name, version), rows in sorted(groups.items())]


@pytest.mark.parametrize("cut", range(1, 60))
def test_what_was_cut_is_unreadable(cut: int) -> None:
    whole = packed({("history", 1): [("1", b"\x01" * 32), ("2", b"\x02" * 32)]})

    with pytest.raises(Unreadable):
        list(unpacked(whole[:-cut]))


def test_an_unknown_format_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        list(unpacked(b"\x02"))
