"""A deputy sits where the absent person is asked: he sees it, answers it with both names under it, and never signs twice in one round."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import NotEligible, NotFound, NotYours
from engine.people import Actor, Stead
from engine.worklist import WorklistQuery
from tests.factories.kit import ANN, BOB, Kit
from tests.factories.tables import CAO, DOU, EVA, case_of, held, seat, seats


def standing_in(who: Actor, absent: Actor, *processes: str) -> Actor:
    stead = Stead(absent.person_id, absent.name, absent.post_ids, absent.scopes, absent.roles, frozenset(processes))
    return replace(who, steads=(stead,))


EVA_FOR_CAO = standing_in(EVA, CAO, "toy")


def asked(kit: Kit, actor: Actor, **narrowed: str) -> list[tuple[str, str]]:
    page = kit.engine.worklist(actor, WorklistQuery(kit.clock.today(), scope="mine", **narrowed))  # type: ignore[arg-type]
    return [(row.element, page.seats[row.id].asked) for row in page.items]


def test_what_is_asked_of_the_absent_person_is_in_the_list_of_his_deputy_and_may_be_answered_by_both_names(kit: Kit) -> None:
    task = held(kit)
    case = case_of(kit, task)
    kit.engine.parties.ask(task, "sign", ["cao", "dou"], ANN, kit.key())

    assert asked(kit, EVA) == [] and asked(kit, EVA_FOR_CAO) == [("fill", "sign")]
    assert asked(kit, EVA_FOR_CAO, text=kit.engine.header(case, ANN).title) == [("fill", "sign")]
    assert asked(kit, standing_in(EVA, CAO, "other")) == []
    assert [party.person_id for party in kit.engine.task(task, EVA_FOR_CAO).seats.mine] == ["cao"]
    place = seat(kit, task, CAO)
    with pytest.raises(NotYours):
        kit.engine.parties.answer(place, standing_in(EVA, CAO, "other"), kit.key(), agreed=True)
    kit.engine.parties.answer(place, EVA_FOR_CAO, kit.key(), agreed=True, opinion="同意")

    done = next(party for party in seats(kit, task) if party.id == place)
    assert (done.person_id, done.person_name, done.for_id, done.state) == ("eva", "eva 代 cao", "cao", "agreed")
    assert kit.rows("SELECT person_id, for_id FROM history WHERE instance_id = ? AND kind = 'party_agreed'", case) == [("eva", "cao")]
    kit.engine.parties.answer(seat(kit, task, DOU), DOU, kit.key(), agreed=True)
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    assert [found["name"] for found in kit.variables(case)["signed"]["fill"]["signatures"]] == ["eva 代 cao", "dou"]


def test_both_are_parted_from_the_step_that_they_must_not_do(kit: Kit) -> None:
    task = held(kit)
    case = case_of(kit, task)
    kit.engine.parties.ask(task, "sign", ["cao"], ANN, kit.key())
    kit.engine.parties.answer(seat(kit, task, CAO), standing_in(BOB, CAO), kit.key(), agreed=True)
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    review = kit.open(case)["review"]
    for who in (CAO, BOB):
        assert kit.engine.task(review, who).refused_because == "fill"
    assert kit.engine.task(review, DOU).may_claim


def test_nobody_signs_for_two_at_one_task(kit: Kit) -> None:
    task = held(kit)
    kit.engine.parties.ask(task, "sign", ["cao", "dou"], ANN, kit.key())

    with pytest.raises(NotEligible, match="您自己也被请会签，不能再代cao签署"):
        kit.engine.parties.answer(seat(kit, task, CAO), standing_in(DOU, CAO), kit.key(), agreed=True)
    with pytest.raises(NotEligible, match="您自己是这项任务的承办人，不能再签署"):
        kit.engine.parties.answer(seat(kit, task, CAO), standing_in(ANN, CAO), kit.key(), agreed=True)
    kit.engine.parties.ask(task, "ask", ["bob"], ANN, kit.key(), text="几张")
    kit.engine.parties.answer(seat(kit, task, BOB), standing_in(DOU, BOB), kit.key(), opinion="三张")  # a question is no signature


def test_who_is_deputy_no_longer_sees_nothing_and_a_post_that_is_asked_is_lent_too(kit: Kit) -> None:
    task = held(kit)
    case = case_of(kit, task)
    kit.engine.parties.ask(task, "ask", ["cao"], ANN, kit.key(), text="几张")

    assert kit.engine.header(case, EVA_FOR_CAO).instance_id == case
    with pytest.raises(NotFound):
        kit.engine.header(case, EVA)
    kit.engine.parties.answer(seat(kit, task, CAO), EVA_FOR_CAO, kit.key(), opinion="三张")
    assert kit.engine.header(case, CAO).instance_id == case
    assert kit.engine.header(case, EVA).instance_id == case  # whoever has acted in it may read what he did
