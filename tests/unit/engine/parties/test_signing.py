"""前加签, 后加签, 会签, 减签: who signs, in which order, when it is decided, and what then becomes of the task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import FormInvalid, NoLongerAsked, NotEligible, NotPossibleNow, WaitsForOthers
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, case_of, held, seat, seats, states, told


def sign(kit: Kit, task: str, who: object, agreed: bool = True, opinion: str = "意见") -> str:
    return str(kit.engine.parties.answer(seat(kit, task, who), who, kit.key(), agreed=agreed, opinion=opinion)["result"])  # type: ignore[arg-type]


def test_who_signs_before_is_waited_for_and_his_opinion_stays(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "before", ["bob", "cao"], ANN, kit.key(), text="请先看")
    with pytest.raises(WaitsForOthers, match="bob、cao前加签"):
        kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    assert sign(kit, task, BOB) == ""
    assert sign(kit, task, CAO, agreed=False, opinion="缺附件") == "refused"
    kit.engine.complete(task, {"note": "补了"}, ANN, kit.key())

    signed = kit.variables(case_of(kit, task))["signed"]["fill"]
    assert [(s["name"], s["kind"], s["agreed"], s["opinion"]) for s in signed["signatures"]] == [("bob", "before", True, "意见"), ("cao", "before", False, "缺附件")]
    assert signed["signatures"][0]["on"] == kit.clock.today()


def test_in_order_the_next_one_is_asked_when_the_one_before_has_signed(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "before", ["bob", "cao", "dou"], ANN, kit.key(), rule="sequence")

    assert states(kit, task) == {"bob": "open", "cao": "waiting", "dou": "waiting"}
    with pytest.raises(NoLongerAsked, match="还没有轮到您"):
        sign(kit, task, CAO)
    sign(kit, task, BOB)
    assert states(kit, task) == {"bob": "agreed", "cao": "open", "dou": "waiting"}
    assert sign(kit, task, CAO, agreed=False) == "refused"
    assert states(kit, task) == {"bob": "agreed", "cao": "refused", "dou": "withdrawn"}


def test_any_one_decides_and_the_others_are_asked_no_longer(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob", "cao", "dou"], ANN, kit.key(), rule="any")

    assert sign(kit, task, CAO) == "agreed"
    assert states(kit, task) == {"bob": "withdrawn", "cao": "agreed", "dou": "withdrawn"}
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    signed = kit.variables(case_of(kit, task))["signed"]["fill"]
    assert {name: signed[name] for name in ("result", "agreed", "refused", "of")} == {"result": "agreed", "agreed": 1, "refused": 0, "of": 3}


def test_by_share_two_of_three_are_enough(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob", "cao", "dou"], ANN, kit.key(), rule="share:0.6")

    assert [sign(kit, task, BOB, agreed=False), sign(kit, task, CAO), sign(kit, task, DOU)] == ["", "", "agreed"]


@pytest.mark.parametrize("rule", ["", "most", "share:0", "share:2"])
def test_a_rule_that_is_none_is_refused(kit: Kit, rule: str) -> None:
    with pytest.raises(NotPossibleNow, match="会签规则"):
        kit.engine.parties.ask(held(kit), "sign", ["bob"], ANN, kit.key(), rule=rule)


def test_who_refuses_says_why(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob"], ANN, kit.key())

    with pytest.raises(NotEligible, match="意见"):
        sign(kit, task, BOB, agreed=False, opinion=" ")
    with pytest.raises(NotEligible, match="同意或者不同意"):
        kit.engine.parties.answer(seat(kit, task, BOB), BOB, kit.key(), opinion="嗯")


def test_who_signs_after_keeps_what_was_entered_until_he_has(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "after", ["bob", "cao"], ANN, kit.key())
    assert states(kit, task) == {"bob": "waiting", "cao": "waiting"}
    with pytest.raises(FormInvalid):
        kit.engine.complete(task, {}, ANN, kit.key())
    assert kit.engine.complete(task, {"note": "定稿"}, ANN, kit.key())["tasks"] == []

    assert states(kit, task) == {"bob": "open", "cao": "open"}
    handed_in = kit.clock.now()
    for act in (
        lambda: kit.engine.complete(task, {"note": "再改"}, ANN, kit.key()),
        lambda: kit.engine.save_draft(task, {"note": "再改"}, ANN),
        lambda: kit.engine.release(task, ANN, kit.key()),
    ):
        with pytest.raises((WaitsForOthers, NotPossibleNow), match="bob、cao后加签"):
            act()
    sign(kit, task, BOB)
    kit.clock.advance(timedelta(hours=3))
    assert sign(kit, task, CAO) == "agreed"

    case = case_of(kit, task)
    assert kit.ready(case) == ["review"]
    variables = kit.variables(case)
    assert variables["note"] == "定稿"
    assert (variables["done_by"]["fill"]["person_id"], variables["done_by"]["fill"]["at"]) == ("ann", handed_in)
    assert [s["name"] for s in variables["signed"]["fill"]["signatures"]] == ["bob", "cao"]
    assert kit.rows("SELECT state, closed_by, draft FROM task WHERE id = ?", task) == [("completed", "ann", None)]
    assert told(kit, task)[-2:] == ["round_decided cao", "completed_task ann"]


def test_a_refusal_afterwards_brings_the_task_back_with_all_that_was_entered(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "after", ["bob", "cao"], ANN, kit.key())
    kit.engine.complete(task, {"note": "初稿"}, ANN, kit.key())
    assert sign(kit, task, BOB, agreed=False, opinion="日期不对") == "refused"

    assert states(kit, task) == {"bob": "refused", "cao": "withdrawn"}
    assert kit.engine.task(task, ANN).draft == {"note": "初稿"}
    assert kit.engine.case(case_of(kit, task), ANN).history[-1].details["reason"] == "日期不对"
    kit.engine.parties.ask(task, "after", ["cao"], ANN, kit.key())
    kit.engine.complete(task, {"note": "改稿"}, ANN, kit.key())
    sign(kit, task, CAO)
    assert kit.variables(case_of(kit, task))["note"] == "改稿"


def test_in_order_after_it(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "after", ["bob", "cao"], ANN, kit.key(), rule="sequence")
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    assert states(kit, task) == {"bob": "open", "cao": "waiting"}
    sign(kit, task, BOB)
    sign(kit, task, CAO)
    assert kit.ready(case_of(kit, task)) == ["review"]


def test_who_has_not_signed_is_taken_off_with_a_reason_and_the_rest_decide(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob", "cao"], ANN, kit.key())
    sign(kit, task, BOB)
    with pytest.raises(NotEligible, match="理由"):
        kit.engine.parties.remove(seat(kit, task, CAO), "", ANN, kit.key())
    with pytest.raises(NoLongerAsked, match="不能收回"):
        kit.engine.parties.remove(seat(kit, task, BOB), "撤", ANN, kit.key())

    assert kit.engine.parties.remove(seat(kit, task, CAO), "出差", ANN, kit.key())["result"] == "agreed"
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    assert kit.variables(case_of(kit, task))["signed"]["fill"]["of"] == 1


def test_in_order_the_next_one_is_asked_when_the_one_before_is_taken_off(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "before", ["bob", "cao"], ANN, kit.key(), rule="sequence")
    kit.engine.parties.remove(seat(kit, task, BOB), "出差", ANN, kit.key())

    assert states(kit, task) == {"bob": "withdrawn", "cao": "open"}


def test_when_the_last_who_would_sign_after_it_is_taken_off_the_task_is_the_holders_again(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "after", ["bob"], ANN, kit.key())
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    kit.engine.parties.remove(seat(kit, task, BOB), "出差", ANN, kit.key())

    assert told(kit, task)[-1] == "back_to_holder ann"
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    assert kit.ready(case_of(kit, task)) == ["review"]


def test_whoever_left_is_waited_for_no_longer(kit: Kit) -> None:
    task, other = held(kit), held(kit)
    kit.engine.parties.ask(task, "sign", ["bob", "cao"], ANN, kit.key(), rule="sequence")
    kit.engine.parties.ask(other, "delegate", ["cao"], ANN, kit.key())
    kit.bench.directory.left.add("bob")
    assert kit.engine.task(task, ANN).seats.gone == {seat(kit, task, BOB)}

    assert kit.engine.parties.give_up() == 1
    assert kit.engine.parties.give_up() == 0
    assert states(kit, task) == {"bob": "withdrawn", "cao": "open"}
    assert states(kit, other) == {"cao": "open"}
    assert told(kit, task)[-1] == "party_forsaken system"


def test_what_is_over_asks_nobody_any_more(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob"], ANN, kit.key())
    kit.engine.cancel_case(case_of(kit, task), "撤回", CHIEF, kit.key())

    assert [(p.state, p.because) for p in seats(kit, task)] == [("withdrawn", "over")]


def test_nobody_changes_what_was_signed(kit: Kit) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["bob"], ANN, kit.key())
    sign(kit, task, BOB)

    for statement in ("UPDATE task_party SET opinion = 'x'", "DELETE FROM task_party"):
        with pytest.raises(DBAPIError, match="party_that_acted_is_fixed"), kit.database.write() as session:
            session.execute(text(statement))
