"""此前的会办: who was asked when the case stood at this step before; another run of the step that is under way beside it is no earlier one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories.bpmn import chain, end, many, process, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import seat


@pytest.mark.parametrize("is_over", [False, True])
def test_a_run_beside_this_one_is_no_earlier_one(kit: Kit, is_over: bool) -> None:
    kit.deploy("beside", beside_bpmn=process(start(), user("check", inside=many(count="2")), end(), chain("begun", "check", "done"), id_="beside"))
    case = kit.start("beside")
    first, second = (row[0] for row in kit.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY id", case))
    kit.clock.advance(timedelta(minutes=1))
    kit.engine.claim(first, ANN, kit.key())
    kit.engine.parties.ask(first, "sign", ["bob"], ANN, kit.key())
    if is_over:
        kit.engine.parties.answer(seat(kit, first, BOB), BOB, kit.key(), agreed=True)
        kit.engine.complete(first, {}, ANN, kit.key())

    assert kit.engine.task(second, CHIEF).seats.earlier == ()


def test_who_was_asked_before_the_case_came_back_is_shown(kit: Kit) -> None:
    model = process(start(), user("check"), user("judge", "chief@own"), end(), chain("begun", "check", "judge", "done"), id_="again")
    kit.deploy("again", again_bpmn=model)
    case = kit.start("again")
    kit.clock.advance(timedelta(minutes=1))
    first = kit.open(case)["check"]
    kit.engine.claim(first, ANN, kit.key())
    kit.engine.parties.ask(first, "before", ["bob"], ANN, kit.key())
    kit.engine.parties.answer(seat(kit, first, BOB), BOB, kit.key(), agreed=True)
    kit.engine.complete(first, {}, ANN, kit.key())
    kit.engine.moves.take_back(first, ANN, kit.key())

    assert [party.person_id for party in kit.engine.task(kit.open(case)["check"], ANN).seats.earlier] == ["bob"]
