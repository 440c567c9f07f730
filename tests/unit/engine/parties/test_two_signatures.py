"""Two signatures are two people's: whoever signs a task does not hold it, however it would come to him."""

from __future__ import annotations

import pytest

from engine.errors import NotEligible, StepFailed
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, case_of, held, seat, signed_by


@pytest.mark.parametrize("kind", ["before", "after", "sign"])
def test_a_task_is_not_transferred_to_whoever_signs_it(kit: Kit, kind: str) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, kind, ["bob"], ANN, kit.key())

    for who in (ANN, CHIEF):
        with pytest.raises(NotEligible, match="bob 是这项任务的会签人，不能同时承办"):
            kit.engine.parties.transfer(task, "bob", "出差", who, kit.key())
    assert "bob" not in [one.person_id for one in kit.engine.parties.choices(task, "transfer", ANN)]
    kit.engine.parties.remove(seat(kit, task, BOB), "不等了", ANN, kit.key())
    kit.engine.parties.transfer(task, "bob", "出差", ANN, kit.key())


def test_nor_to_whoever_has_signed_it_and_he_does_not_take_it_either(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "before", ["bob"], ANN, kit.key())
    kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), agreed=True)

    with pytest.raises(NotEligible, match="不能同时承办"):
        kit.engine.parties.transfer(task, "bob", "出差", ANN, kit.key())
    kit.engine.release(task, ANN, kit.key())
    assert [(view.may_claim, view.may_complete) for view in (kit.engine.task(task, who) for who in (BOB, CAO))] == [(False, False), (True, True)]
    for act in (lambda: kit.engine.claim(task, BOB, kit.key()), lambda: kit.engine.complete(task, {"note": "好"}, BOB, kit.key())):
        with pytest.raises(NotEligible, match="您是这项任务的会签人，不能同时承办"):
            act()
    kit.engine.complete(task, {"note": "好"}, CAO, kit.key())


def test_what_the_model_has_signed_its_signers_do_not_take_and_a_holder_does_not_sit_down_at_the_seat_of_his_post(kit: Kit) -> None:
    kit.deploy("signing", signing_bpmn=signed_by("all", '["bob", "clerk@own"]'))
    case = kit.start("signing")
    kit.complete(case, "fill", ANN)
    task = kit.open(case)["sign"]

    with pytest.raises(NotEligible, match="不能同时承办"):
        kit.engine.claim(task, BOB, kit.key())
    kit.engine.claim(task, ANN, kit.key())
    post = kit.rows("SELECT id FROM task_party WHERE task_id = ? AND person_id IS NULL", task)[0][0]
    with pytest.raises(NotEligible, match="您自己是这项任务的承办人，不能再签署；请先退领或转办"):
        kit.engine.parties.answer(post, ANN, kit.key(), agreed=True)
    kit.engine.parties.answer(post, CAO, kit.key(), agreed=True)
    kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), agreed=True)
    kit.engine.complete(task, {}, ANN, kit.key())
    assert case_of(kit, task) == case


def test_a_task_of_one_person_alone_is_not_signed_by_him(kit: Kit) -> None:
    own = process(
        start(), user("fill"), user("sign", "", properties(countersign="all", signers='["ann"]'), camunda_assignee='"ann"'), end(),
        chain("begun", "fill", "sign", "done"), id_="alone",
    )  # fmt: skip
    kit.deploy("alone", alone_bpmn=own)

    with pytest.raises(StepFailed, match="只能由 ann 承办，不能又请其会签"):
        kit.complete(kit.start("alone"), "fill", ANN)
