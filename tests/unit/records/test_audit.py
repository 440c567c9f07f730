"""The trail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.session import Database
from records.audit import note, trail_of
from tests.unit.records.making import CHEN


def test_acts_come_back_in_their_order_with_old_and_new(any_database: Database) -> None:
    with any_database.write() as session:
        note(session, CHEN, "a:b:first", "delegation", "d1", new={"name": "协查"})
        note(session, replace(CHEN, case_id="case", task_id="task"), "a:b:second", "delegation", "d1", old={"name": "协查"})
        note(session, CHEN, "a:b:other", "delegation", "d2")

    with any_database.read() as session:
        first, second = trail_of(session, "delegation", "d1")
    assert (first.event, first.new, first.case_id) == ("a:b:first", {"name": "协查"}, "")
    assert (second.event, second.old, second.case_id, second.person_name) == ("a:b:second", {"name": "协查"}, "case", "陈敏")
    assert second.sequence > first.sequence


def test_an_act_that_is_rolled_back_leaves_no_trace(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        note(session, CHEN, "a:b:c", "delegation", "d1")
        raise ZeroDivisionError

    with database.read() as session:
        assert trail_of(session, "delegation", "d1") == []


def test_an_act_names_the_longest_element_that_the_engine_keeps(any_database: Database) -> None:
    longest = "x" * 128
    with any_database.write() as session:
        note(session, replace(CHEN, case_id="case", task_id=longest), "a:b:first", "delegation", "d1")

    with any_database.read() as session:
        assert [entry.task_id for entry in trail_of(session, "delegation", "d1")] == [longest]
