"""转办: the task is somebody else's who could have claimed it; with a reason, and never past separation of duties."""

from __future__ import annotations

import pytest

from engine.errors import NotEligible, NotYours, TaskAlreadyClaimed
from engine.worklist import WorklistQuery
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit
from tests.factories.tables import CAO, case_of, held, told


def test_a_task_goes_to_a_colleague_with_its_draft(kit: Kit) -> None:
    task = held(kit)
    kit.engine.save_draft(task, {"note": "半"}, ANN)
    kit.engine.parties.transfer(task, "bob", "出差", ANN, kit.key())

    assert [row.id for row in kit.engine.worklist(BOB, WorklistQuery(kit.clock.today())).items] == [task]
    assert kit.engine.task(task, BOB).draft == {"note": "半"}
    with pytest.raises(TaskAlreadyClaimed):
        kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    kit.engine.complete(task, {"note": "好"}, BOB, kit.key())
    assert kit.variables(case_of(kit, task))["done_by"]["fill"]["person_id"] == "bob"
    details = next(row.details for row in kit.engine.case(case_of(kit, task), ANN).history if row.kind == "transferred")
    assert (details["to"], details["from"], details["reason"]) == (["bob"], "ann", "出差")


@pytest.mark.parametrize(
    ("to", "reason", "sentence"),
    [("outsider", "出差", "没有办理这一环节的岗位"), ("nobody", "出差", "没有办理这一环节的岗位"), ("ann", "出差", "已经在办"), ("bob", " ", "理由")],
)
def test_only_to_whoever_could_do_it_and_with_a_reason(kit: Kit, to: str, reason: str, sentence: str) -> None:
    task = held(kit)

    with pytest.raises(NotEligible, match=sentence):
        kit.engine.parties.transfer(task, to, reason, ANN, kit.key())
    assert told(kit, task) == ["refused ann"]


def test_not_to_whoever_has_prepared_it(kit: Kit) -> None:
    task = held(kit)
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    review = kit.open(case_of(kit, task))["review"]
    kit.engine.claim(review, BOB, kit.key())

    with pytest.raises(NotEligible, match="ann 经办过“fill”"):
        kit.engine.parties.transfer(review, "ann", "出差", BOB, kit.key())
    assert [one.person_id for one in kit.engine.parties.choices(review, "transfer", BOB)] == ["cao", "chief", "dou"]


def test_not_by_a_colleague_nor_an_outsider(kit: Kit) -> None:
    task = held(kit)
    for who in (BOB, OUTSIDER):
        with pytest.raises(NotYours):
            kit.engine.parties.transfer(task, "cao", "出差", who, kit.key())


def test_a_post_that_the_process_names_hands_out_the_tasks_of_others(kit: Kit) -> None:
    free = kit.open(kit.start())["fill"]
    kit.engine.parties.transfer(free, "cao", "派单", CHIEF, kit.key())
    kit.engine.parties.transfer(held(kit), "cao", "休假", CHIEF, kit.key())

    assert len(kit.engine.worklist(CAO, WorklistQuery(kit.clock.today())).items) == 2
    assert kit.engine.worklist(BOB, WorklistQuery(kit.clock.today(), scope="claimable")).items == []


def test_who_gave_it_away_cannot_give_it_away_again(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.transfer(task, "bob", "出差", ANN, "once")
    kit.engine.parties.transfer(task, "bob", "出差", ANN, "once")
    with pytest.raises(NotYours):
        kit.engine.parties.transfer(task, "cao", "出差", ANN, kit.key())

    assert told(kit, task) == ["transferred ann", "refused ann"]
