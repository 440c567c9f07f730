"""抄送 and 已阅: once for each case and person, unread first, seen and nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import NotEligible, NotFound
from tests.factories.kit import ANN, BOB, OUTSIDER, Kit
from tests.factories.tables import EVA, case_of, held, seat, told


def test_whoever_has_it_copied_sees_the_case_even_when_the_task_is_over(kit: Kit) -> None:
    task = held(kit)
    case = case_of(kit, task)
    with pytest.raises(NotFound):
        kit.engine.case(case, EVA)
    assert kit.engine.parties.copy(task, ["eva", "bob"], ANN, kit.key(), text="备查") == ["eva", "bob"]
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    assert kit.engine.case(case, EVA).header.instance_id == case
    with pytest.raises(NotFound):
        kit.engine.case(case, OUTSIDER)


def test_nobody_has_it_twice(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.copy(task, ["eva"], ANN, kit.key())

    assert kit.engine.parties.copy(task, ["eva", "bob", "bob"], ANN, kit.key()) == ["bob"]
    assert kit.engine.parties.copy(task, ["eva"], ANN, kit.key()) == []
    assert [one.person_id for one in kit.engine.parties.choices(task, "copy", ANN)] == ["cao", "chief", "dou", "outsider"]
    assert told(kit, task) == ["copied ann", "copied ann"]


def test_the_receipt_has_its_moment_and_is_given_once(kit: Kit) -> None:
    task, other = held(kit), held(kit)
    kit.engine.parties.copy(task, ["eva"], ANN, kit.key())
    kit.engine.parties.copy(other, ["eva"], ANN, kit.key())
    assert kit.engine.parties.unread(EVA) == 2
    kit.clock.advance(timedelta(hours=1))
    read_at = kit.clock.now()
    kit.engine.parties.read(seat(kit, other, EVA), EVA, kit.key())
    kit.clock.advance(timedelta(hours=1))
    kit.engine.parties.read(seat(kit, other, EVA), EVA, kit.key())

    found, has_more = kit.engine.parties.copies(EVA)
    assert [(copy.instance_id, copy.read_at) for copy in found] == [(case_of(kit, task), None), (case_of(kit, other), read_at)]
    assert not has_more
    assert kit.engine.parties.unread(EVA) == 1
    assert told(kit, other) == ["copied ann", "copy_read eva"]
    with pytest.raises(NotFound):
        kit.engine.parties.read(seat(kit, task, EVA), BOB, kit.key())


def test_a_copy_has_a_reader(kit: Kit) -> None:
    task = held(kit)

    for people in ([], ["ann"], ["nobody"]):
        with pytest.raises(NotEligible):
            kit.engine.parties.copy(task, people, ANN, kit.key())
