"""A case that comes to a task again: with `again`, the task is back with who did it, and nobody else has to find it."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import ModelRefused, PreparedByYou, TaskAlreadyClaimed
from engine.worklist import TaskRow, WorklistQuery
from tests.factories.bpmn import chain, end, flow, gateway, process, properties, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit

FORM = (
    '{"type": "default", "id": "judge", "components": [{"type": "textfield", "key": "decision", "label": "结论"},'
    ' {"type": "textfield", "key": "reason", "label": "理由"}]}'
).encode()
BACK = properties(again="same-person", again_because="reason")
LOOP = (
    start(), user("fill", inside=BACK), user("judge", "chief@own", camunda_formKey="judge"), gateway("exclusive", "is_right", "is_right_to_done"), end(),
    chain("begun", "fill", "judge", "is_right", "done"), flow("is_right", "fill", 'decision = "return"'),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(*LOOP), judge_form=FORM)
    return kit


def returned(kit: Kit, who: object = ANN) -> str:
    case = kit.start()
    kit.complete(case, "fill", who)  # type: ignore[arg-type]
    kit.complete(case, "judge", CHIEF, decision="return", reason="少一份资料")
    return case


def listed(kit: Kit, who: object, scope: str) -> list[TaskRow]:
    return kit.engine.worklist(who, WorklistQuery(kit.clock.today(), scope=scope)).items  # type: ignore[arg-type]


def test_returned_work_is_back_with_who_did_it_and_marked(kit: Kit) -> None:
    returned(kit)

    (mine,) = listed(kit, ANN, "mine")
    assert (mine.element, mine.assignee_id, mine.done_before) == ("fill", "ann", True)
    assert listed(kit, BOB, "claimable") == []
    with pytest.raises(TaskAlreadyClaimed):
        kit.engine.claim(mine.id, BOB, kit.key())
    kit.complete(kit.cases("toy")[0], "fill", ANN)


def test_a_task_that_opens_for_the_first_time_is_not_marked(kit: Kit) -> None:
    kit.start()

    assert [row.done_before for row in listed(kit, ANN, "claimable")] == [False]


def test_who_did_it_is_told_by_whom_and_why(kit: Kit) -> None:
    case = returned(kit)

    (told,) = kit.bench.came_back
    assert (told.case.instance_id, told.person_id, told.posts, told.by.name, told.because) == (
        case, "ann", ("clerk:nb",), "chief", "少一份资料",
    )  # fmt: skip


def test_the_last_of_several_who_did_it_has_it_back(kit: Kit) -> None:
    case = returned(kit)
    kit.engine.release(kit.open(case)["fill"], ANN, kit.key())
    kit.complete(case, "fill", BOB)
    kit.complete(case, "judge", CHIEF, decision="return")

    assert [row.assignee_id for row in listed(kit, BOB, "mine")] == ["bob"]


def test_work_of_somebody_who_has_left_the_post_is_open_to_the_post(kit: Kit) -> None:
    kit.bench.directory.left.add("ann")

    returned(kit)

    assert [(row.element, row.assignee_id, row.done_before) for row in listed(kit, BOB, "claimable")] == [("fill", None, True)]
    assert kit.bench.came_back == []


def test_separation_of_duties_goes_first(kit: Kit) -> None:
    """Ann judged after she had filled in: the model lets her, but whoever judged does not fill in again."""
    back = properties(again="same-person", not_by="judge")
    kit.deploy(toy_bpmn=process(start(), user("fill", inside=back), user("judge", camunda_formKey="judge"), *LOOP[3:]), judge_form=FORM)
    case = kit.start()
    kit.complete(case, "fill", ANN)
    kit.complete(case, "judge", ANN, decision="return")

    (row,) = listed(kit, BOB, "claimable")
    assert row.assignee_id is None
    with pytest.raises(PreparedByYou):
        kit.engine.claim(row.id, ANN, kit.key())


@pytest.mark.parametrize("value", ["the-same", "same-persn", ""])
def test_a_model_that_says_anything_else_is_refused(kit: Kit, value: str) -> None:
    wrong = process(start(), user("fill", inside=properties(again=value, again_because="reason")), end(), chain("begun", "fill", "done"))

    with pytest.raises(ModelRefused):
        kit.deploy(toy_bpmn=wrong)
