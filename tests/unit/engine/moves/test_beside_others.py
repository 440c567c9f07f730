"""Moves and those who were asked beside the holder of a task: their seats end with the task, their answers count as acts, and who signs after it holds up
the direct way no more than any other.
"""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotPossibleNow, PreparedByYou, TooLate
from tests.factories.bpmn import chain, end, form, process, properties, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, seat, states

SIGNED = process(
    start(), user("fill", camunda_formKey="fill"), user("check", inside=properties(countersign="any", signers='["cao", "dou"]')), user("judge", "chief@own"),
    end(), chain("begun", "fill", "check", "judge", "done"),
)  # fmt: skip
PLAIN = process(
    start(), user("fill", camunda_formKey="fill"), user("check", inside=properties(vouches_for="none")), user("judge", "chief@own"), end(),
    chain("begun", "fill", "check", "judge", "done"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.hire(CAO, DOU)
    return kit


def filled(kit: Kit, model: bytes) -> tuple[str, str]:
    """A case at its second task; the task that was done."""
    kit.deploy(toy_bpmn=model, fill_form=form("amount"))
    case = kit.engine.start("toy", office_id="nb", actor=ANN, key=kit.key(), title="一件案子").instance_id
    task = kit.open(case)["fill"]
    kit.complete(case, "fill", ANN, amount="5")
    return case, task


def send_back(kit: Kit, case: str) -> None:
    """From the last step to the first."""
    task = kit.open(case)["judge"]
    kit.engine.claim(task, CHIEF, kit.key())
    node = next(step.done.node for step in kit.engine.moves.options(task, CHIEF) if step.target.id == "fill")
    seen = kit.engine.moves.preview(task, node, CHIEF)
    kit.engine.moves.return_task(task, node, seen.version, "金额不对", CHIEF, kit.key())


def test_seats_end_with_the_task_that_is_taken_back(kit: Kit) -> None:
    case, first = filled(kit, SIGNED)
    task = kit.open(case)["check"]
    assert states(kit, task) == {"cao": "open", "dou": "open"}

    kit.engine.moves.take_back(first, ANN, kit.key())

    assert kit.ready(case) == ["fill"]
    assert states(kit, task) == {"cao": "withdrawn", "dou": "withdrawn"}


def test_an_answer_beside_the_holder_counts_as_acted(kit: Kit) -> None:
    case, first = filled(kit, SIGNED)
    task = kit.open(case)["check"]
    kit.engine.parties.answer(seat(kit, task, CAO), CAO, kit.key(), agreed=True, opinion="同意")

    with pytest.raises(TooLate, match="cao已就“check”签署"):
        kit.engine.moves.take_back(first, ANN, kit.key())
    assert kit.ready(case) == ["check"]


def test_what_was_handed_in_to_signers_is_returned_by_nobody(kit: Kit) -> None:
    case, _first = filled(kit, PLAIN)
    task = kit.open(case)["check"]
    kit.engine.claim(task, BOB, kit.key())
    node = kit.engine.moves.options(task, BOB)[0].done.node
    kit.engine.parties.ask(task, "after", ["cao"], BOB, kit.key())
    kit.engine.complete(task, {}, BOB, kit.key())
    version = kit.engine.case(case, BOB).header.version

    with pytest.raises(NotPossibleNow, match="cao后加签"):
        kit.engine.moves.return_task(task, node, version, "想想还是退回", BOB, kit.key())


def test_out_of_a_counter_signature_that_is_not_decided_the_holder_returns_it(kit: Kit) -> None:
    """He waits for them with his completion, not with sending it back: those whom the model has sign he could not even take off."""
    case, _first = filled(kit, SIGNED)
    task = kit.open(case)["check"]
    kit.engine.claim(task, BOB, kit.key())
    view = kit.engine.task(task, BOB)
    assert (view.may_complete, view.may_return) == (False, True)
    node = kit.engine.moves.options(task, BOB)[0].done.node
    seen = kit.engine.moves.preview(task, node, BOB)

    kit.engine.moves.return_task(task, node, seen.version, "缺一份附件", BOB, kit.key())

    assert kit.ready(case) == ["fill"]
    assert states(kit, task) == {"cao": "withdrawn", "dou": "withdrawn"}
    kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5"}, ANN, kit.key())
    assert states(kit, kit.open(case)["check"]) == {"cao": "open", "dou": "open"}


def test_who_prepared_returns_as_little_as_he_approves(kit: Kit) -> None:
    model = process(start(), user("fill", camunda_formKey="fill"), user("check", inside=properties(not_by="fill")), end(), chain("begun", "fill", "check", "done"))
    case, _first = filled(kit, model)
    task = kit.open(case)["check"]
    node, version = kit.engine.moves.options(task, BOB)[0].done.node, kit.engine.case(case, ANN).header.version

    assert not kit.engine.task(task, ANN).may_return
    with pytest.raises(PreparedByYou):
        kit.engine.moves.return_task(task, node, version, "我自己退", ANN, kit.key())
    kit.engine.moves.return_task(task, node, version, "缺一份附件", BOB, kit.key())


def test_the_direct_way_that_was_chosen_is_gone_when_the_last_has_signed_after_it(kit: Kit) -> None:
    case, _first = filled(kit, PLAIN)
    kit.complete(case, "check", BOB)
    send_back(kit, case)
    task = kit.open(case)["fill"]
    kit.engine.parties.ask(task, "after", ["dou"], ANN, kit.key())

    assert kit.engine.moves.resubmit(task, {"amount": "6"}, ANN, kit.key())["tasks"] == []
    kit.engine.parties.answer(seat(kit, task, DOU), DOU, kit.key(), agreed=True, opinion="同意")

    assert kit.ready(case) == ["judge"]
    assert kit.variables(case)["signed"]["fill"]["signatures"][0]["name"] == "dou"


def test_where_the_direct_way_has_closed_since_the_holder_chooses_again(kit: Kit) -> None:
    case, _first = filled(kit, PLAIN.replace(b'vouches_for" value="none"', b'vouches_for" value="any"'))
    kit.complete(case, "check", BOB)
    send_back(kit, case)
    task = kit.open(case)["fill"]
    kit.engine.parties.ask(task, "after", ["dou"], ANN, kit.key())
    kit.engine.moves.resubmit(task, {"amount": "6"}, ANN, kit.key())

    kit.engine.parties.answer(seat(kit, task, DOU), DOU, kit.key(), agreed=True, opinion="同意")

    assert kit.ready(case) == ["fill"]
    assert kit.engine.task(task, ANN).draft == {"amount": "6"}
    kit.engine.complete(task, {"amount": "6"}, ANN, kit.key())
    assert kit.ready(case) == ["check"]
