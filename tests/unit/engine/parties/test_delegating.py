"""委派 and 沟通: somebody else does it or is asked, the task stays, the answer comes back."""

from __future__ import annotations

import pytest

from engine.errors import NoLongerAsked, NotEligible, NotFound, NotPossibleNow, NotYours, WaitsForOthers
from engine.worklist import WorklistQuery
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit
from tests.factories.tables import CAO, EVA, case_of, held, seat, seats, states, told


def mine(kit: Kit, who: object) -> list[str]:
    return [row.element for row in kit.engine.worklist(who, WorklistQuery(kit.clock.today())).items]  # type: ignore[arg-type]


def test_a_delegate_fills_in_and_the_task_comes_back_with_what_he_entered(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "delegate", ["bob"], ANN, kit.key(), text="请代填")

    assert mine(kit, BOB) == mine(kit, ANN) == ["fill"]
    with pytest.raises(WaitsForOthers, match="bob代办"):
        kit.engine.complete(task, {"note": "自己填"}, ANN, kit.key())
    kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), opinion="填好了", values={"note": "代填的"})

    assert mine(kit, BOB) == []
    assert kit.engine.task(task, ANN).draft == {"note": "代填的"}
    kit.engine.complete(task, {"note": "代填的"}, ANN, kit.key())
    assert kit.variables(case_of(kit, task))["done_by"]["fill"]["person_id"] == "ann"
    assert told(kit, task) == ["delegated ann", "refused ann", "party_answered bob", "completed_task ann"]


def test_whoever_did_it_for_somebody_has_done_it_too(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "delegate", ["bob"], ANN, kit.key())
    kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key())
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    review = kit.open(case_of(kit, task))["review"]
    for barred in (ANN, BOB):
        with pytest.raises(NotYours):
            kit.engine.claim(review, barred, kit.key())
    kit.engine.claim(review, CAO, kit.key())
    with pytest.raises(NotEligible, match="bob 经办过“fill”"):
        kit.engine.parties.ask(review, "before", ["bob"], CAO, kit.key())


def test_a_delegation_is_taken_back_while_nobody_has_answered(kit: Kit) -> None:
    task = held(kit)
    (asked,) = kit.engine.parties.ask(task, "delegate", ["bob"], ANN, kit.key())
    with pytest.raises(NotYours):
        kit.engine.parties.remove(asked, "", BOB, kit.key())
    kit.engine.parties.remove(asked, "", ANN, kit.key())

    with pytest.raises(NoLongerAsked):
        kit.engine.parties.answer(asked, BOB, kit.key())
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    with pytest.raises(NoLongerAsked):
        kit.engine.parties.answer(asked, BOB, kit.key())


def test_what_is_delegated_is_neither_given_away_nor_changed(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "delegate", ["bob"], ANN, kit.key())

    for act in (
        lambda: kit.engine.release(task, ANN, kit.key()),
        lambda: kit.engine.save_draft(task, {"note": "半"}, ANN),
        lambda: kit.engine.parties.transfer(task, "cao", "出差", ANN, kit.key()),
        lambda: kit.engine.parties.ask(task, "delegate", ["cao"], ANN, kit.key()),
        lambda: kit.engine.parties.ask(task, "before", ["cao"], ANN, kit.key()),
    ):
        with pytest.raises(NotPossibleNow, match="bob代办"):
            act()


@pytest.mark.parametrize(
    ("people", "sentence"),
    [([], "请先选择人员"), (["ann"], "不能请自己"), (["nobody"], "已离岗"), (["bob", "cao"], "只能给一个人")],
)
def test_a_delegate_is_one_colleague_who_is_there(kit: Kit, people: list[str], sentence: str) -> None:
    task = held(kit)

    with pytest.raises(NotEligible, match=sentence):
        kit.engine.parties.ask(task, "delegate", people, ANN, kit.key())
    assert seats(kit, task) == []
    assert told(kit, task) == ["refused ann"]


def test_only_whoever_holds_the_task_asks_others(kit: Kit) -> None:
    task = held(kit)
    for who in (BOB, CHIEF, OUTSIDER):
        with pytest.raises(NotYours):
            kit.engine.parties.ask(task, "ask", ["cao"], who, kit.key(), text="？")
    kit.engine.release(task, ANN, kit.key())
    with pytest.raises(NotYours):
        kit.engine.parties.ask(task, "ask", ["cao"], ANN, kit.key(), text="？")


def test_a_question_moves_nothing_and_its_answer_comes_back(kit: Kit) -> None:
    task = held(kit)
    case = case_of(kit, task)
    with pytest.raises(NotFound):
        kit.engine.case(case, EVA)
    (asked,) = kit.engine.parties.ask(task, "ask", ["eva"], ANN, kit.key(), text="档案里有吗")

    assert kit.engine.case(case, EVA).header.instance_id == case
    assert mine(kit, EVA) == ["fill"]
    kit.engine.complete(task, {"note": "不等了"}, ANN, kit.key())
    assert states(kit, task) == {"eva": "withdrawn"}
    with pytest.raises(NoLongerAsked):
        kit.engine.parties.answer(asked, EVA, kit.key(), opinion="有")


def test_a_question_that_is_waited_for_holds_the_task(kit: Kit) -> None:
    task = held(kit)
    (asked,) = kit.engine.parties.ask(task, "ask", ["eva"], ANN, kit.key(), text="档案里有吗", waits=True)
    with pytest.raises(WaitsForOthers, match="eva答复"):
        kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    with pytest.raises(NotEligible, match="意见"):
        kit.engine.parties.answer(asked, EVA, kit.key())
    kit.engine.parties.answer(asked, EVA, kit.key(), opinion="有，两份")

    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    ((party),) = seats(kit, task)
    assert (party.state, party.opinion, party.asked_name) == ("answered", "有，两份", "ann")


def test_whoever_was_asked_sees_and_does_nothing_more(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "ask", ["eva"], ANN, kit.key(), text="？")

    for act in (
        lambda: kit.engine.complete(task, {"note": "好"}, EVA, kit.key()),
        lambda: kit.engine.claim(task, EVA, kit.key()),
        lambda: kit.engine.save_draft(task, {"note": "好"}, EVA),
        lambda: kit.engine.parties.ask(task, "ask", ["bob"], EVA, kit.key(), text="？"),
        lambda: kit.engine.comment(case_of(kit, task), "看过", EVA, kit.key()),
        lambda: kit.engine.attach(case_of(kit, task), "a.txt", b"a", "text/plain", EVA, kit.key()),
    ):
        with pytest.raises(NotYours):
            act()


def test_the_same_request_twice_asks_once(kit: Kit) -> None:
    task = held(kit)
    first = kit.engine.parties.ask(task, "ask", ["bob"], ANN, "once", text="？")

    assert kit.engine.parties.ask(task, "ask", ["bob"], ANN, "once", text="？") == first
    assert len(seats(kit, task)) == 1
    answered = kit.engine.parties.answer(first[0], BOB, "answer", opinion="是")
    assert kit.engine.parties.answer(first[0], BOB, "answer", opinion="是") == answered
    with pytest.raises(NotEligible, match="已经在办"):
        kit.engine.parties.ask(task, "ask", ["cao", "cao"], ANN, kit.key(), text="？")
        kit.engine.parties.ask(task, "ask", ["cao"], ANN, kit.key(), text="？")
