"""Approving many at once, where the model says what is entered in each."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import FormInvalid, NotPossibleNow, TaskNotOpen
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.factories.kit import ANN, BOB, Kit

FORM = (
    '{"type": "default", "id": "judge", "components": [{"type": "textfield", "key": "decision", "label": "结论", "validate": {"required": true}},'
    ' {"type": "textfield", "key": "note", "label": "说明"}, {"type": "number", "key": "copies", "label": "份数"}]}'
).encode()


def judged(values: str | None, form: str = "judge") -> bytes:
    inside = properties(batch_values=values) if values is not None else ""
    return process(start(), user("judge", inside=inside, camunda_formKey=form), end(), chain("begun", "judge", "done"))


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


def test_what_the_model_says_is_entered_and_the_rest_stays(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged('{ decision: if copies > 2 then "agree" else "ask" }'), judge_form=FORM)
    case = kit.start(note="照旧", copies=3)
    task = kit.open(case)["judge"]
    answer = kit.engine.approve(task, ANN, "once")

    assert kit.engine.approve(task, ANN, "once") == answer
    assert kit.status(case) == "completed"
    assert {name: kit.variables(case).get(name) for name in ("decision", "note")} == {"decision": "agree", "note": "照旧"}
    with pytest.raises(TaskNotOpen):
        kit.engine.approve(task, BOB, kit.key())


def test_a_step_without_values_is_filled_in_one_by_one(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged(None), judge_form=FORM)

    with pytest.raises(NotPossibleNow, match="须逐件填写"):
        kit.engine.approve(kit.open(kit.start())["judge"], ANN, kit.key())


def test_a_form_that_wants_more_is_refused_as_by_hand(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged("{}"), judge_form=FORM)
    case = kit.start()

    with pytest.raises(FormInvalid):
        kit.engine.approve(kit.open(case)["judge"], ANN, kit.key())
    assert kit.ready(case) == ["judge"]
