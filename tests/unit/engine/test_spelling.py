"""Names that differ by a slip are told apart from names that are simply others."""

from __future__ import annotations

import pytest

from engine.spelling import meant, nearest

KNOWN = ("post", "again", "not_by", "purpose", "name_en", "string length", "output_collection")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Post", "post"), ("po_st", "post"), ("posts", ""), ("past", ""), ("host", ""), ("agian", "again"), ("against", ""), ("notby", "not_by"), ("nobty", "not_by"),
        ("NOT BY", "not_by"), ("not_done_by", ""), ("stringLength", "string length"), ("outputcollectoin", "output_collection"), ("name", ""), ("", ""), ("x" * 10_000, ""),
    ],
)  # fmt: skip
def test_a_short_name_forgives_less_than_a_long_one(name: str, found: str) -> None:
    assert nearest(name, KNOWN) == found


def test_of_two_near_names_the_nearer_is_meant() -> None:
    assert nearest("check_entry2", ["check_entries", "check_entry"]) == "check_entry"


def test_the_question_is_asked_in_both_languages_or_not_at_all() -> None:
    assert meant("notby", KNOWN) == ("，是否应为 not_by", "; did you mean not_by?")
    assert meant("owner", KNOWN) == ("", "")
