"""The sixteen defects of SpiffWorkflow 3.2.0 that were the reason for a token game of our own (ADR 1, ADR 5), one test each.

Where it is cheap the library is asked too: the day one of those tests fails, the library has been mended and the reason may be gone.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from engine.codec import decode, encode
from engine.errors import StepFailed, TaskNotOpen
from engine.registry import StepContext
from engine.tokens import Machine
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    flow,
    form,
    gateway,
    message,
    on_message,
    process,
    receive,
    script,
    send,
    service,
    start,
    timer,
    user,
)  # fmt: skip
from tests.factories.kit import ANN, Kit
from tests.properties.engine.test_token_game import ours_of


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.getLogger("spiff").setLevel(logging.ERROR)
    yield
    logging.getLogger("spiff").setLevel(logging.NOTSET)


def theirs(*parts: str, **data: Any) -> BpmnWorkflow:
    """The library with a diagram whose conditions and scripts are Python."""
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(process(*parts)))
    workflow = BpmnWorkflow(parser.get_spec("toy"))
    workflow.data.update(data)
    workflow.task_tree.data.update(data)
    workflow.do_engine_steps()
    return workflow


def ready(workflow: BpmnWorkflow) -> list[Any]:
    return sorted(workflow.get_tasks(state=TaskState.READY, manual=True), key=lambda t: str(t.task_spec.bpmn_id))


def names(workflow: BpmnWorkflow) -> list[str]:
    return [task.task_spec.bpmn_id for task in ready(workflow)]


def finish(workflow: BpmnWorkflow, element: str, **data: Any) -> None:
    task = next(t for t in ready(workflow) if t.task_spec.bpmn_id == element)
    task.data.update(data)
    task.run()
    workflow.do_engine_steps()


def saved(workflow: BpmnWorkflow) -> BpmnWorkflow:
    serializer = BpmnWorkflowSerializer()
    return serializer.deserialize_json(serializer.serialize_json(workflow))


def loop(again: str) -> list[str]:
    """work → XOR back, as long as the condition holds."""
    return [start(), gateway("exclusive", "merge"), user("work"), gateway("exclusive", "more", "more_to_after"), user("after"), end(),
            chain("begun", "merge", "work", "more"), flow("more", "merge", again), flow("more", "after"), chain("after", "done")]  # fmt: skip


# --- 1: deeper than a thousand ---------------------------------------------------------------------------------------------


def test_1_a_loop_goes_on_beyond_a_thousand_rounds() -> None:
    played = ours_of(process(*loop("true")))

    for _ in range(1200):
        played.complete("work")

    assert played.ready() == ["work"]
    assert len(encode(played.machine.dump())) < 400


# --- 2, 3: joins inside loops ----------------------------------------------------------------------------------------------


def rounds(kind: str, both: str, stop: str) -> list[str]:
    """Again and again: a split to a and b, their join, and a task `next`."""
    inclusive = kind == "inclusive"
    other = [user("c"), flow("split", "c"), flow("c", "join")] if inclusive else []
    return [start(), gateway("exclusive", "merge"), gateway(kind, "split", "split_to_c" if inclusive else ""), user("a"), user("b"), gateway(kind, "join"), user("next"), *other,
            gateway("exclusive", "more", "more_to_merge"), end(), chain("begun", "merge", "split"), flow("split", "a", both), flow("split", "b", both),
            chain("a", "join"), chain("b", "join"), chain("join", "next", "more"), flow("more", "done", stop), flow("more", "merge")]  # fmt: skip


@pytest.mark.parametrize(("kind", "both"), [("parallel", ""), ("inclusive", "true")])
def test_2_and_3_a_join_in_a_loop_waits_for_both_in_every_round(kit: Kit, kind: str, both: str) -> None:
    kit.deploy(toy_bpmn=process(*rounds(kind, both, "stop = true")))
    case = kit.start()

    for round_ in range(4):
        assert kit.ready(case) == ["a", "b"]
        kit.complete(case, "a" if round_ % 2 else "b")
        assert kit.ready(case) == (["b"] if round_ % 2 else ["a"])
        kit.complete(case, kit.ready(case)[0])
        assert kit.ready(case) == ["next"]
        kit.complete(case, "next")


def test_3_the_library_fires_an_inclusive_join_early_in_the_second_round() -> None:
    workflow = theirs(*rounds("inclusive", "True", "stop"), stop=False)
    for element in ("a", "b", "next"):
        finish(workflow, element)

    finish(workflow, "a")

    assert "next" in names(workflow)  # b has not come yet


# --- 4: parallel writers ---------------------------------------------------------------------------------------------------

FORK = [start(), gateway("parallel", "split"), user("a"), user("b"), gateway("parallel", "join"), user("last"), end(), flow("begun", "split"),
        chain("split", "a", "join"), chain("split", "b", "join"), chain("join", "last", "done")]  # fmt: skip


def test_4_the_branch_that_ends_last_overwrites_nothing_and_two_writers_are_told(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(*FORK), a_form=form("status", kind="textfield"), b_form=form("other", kind="textfield"))
    case = kit.start(status="draft", rows=[1, 1])

    kit.complete(case, "a", status="approved")
    kit.complete(case, "b", other="x")

    found = kit.variables(case)
    assert (found["status"], found["other"], found["rows"]) == ("approved", "x", [1, 1])

    kit.deploy(toy_bpmn=process(*FORK), a_form=form("status", kind="textfield"), b_form=form("status", kind="textfield"))
    case = kit.start(status="draft")
    kit.complete(case, "a", status="approved")
    kit.complete(case, "b", status="refused")
    (told,) = [h.details for h in kit.engine.case(case, ANN).history if h.kind == "overwritten"]
    assert (told["variable"], told["before"], told["after"], told["written_by"]) == ("status", "approved", "refused", "a")


def test_4_the_library_loses_the_newer_value() -> None:
    workflow = theirs(*FORK, status="draft")
    finish(workflow, "a", status="approved")
    finish(workflow, "b")

    assert ready(workflow)[0].data["status"] == "draft"


# --- 5, 6, 7, 15: what is written and read again ----------------------------------------------------------------------------


def test_5_a_state_does_not_depend_on_the_order_of_keys() -> None:
    played = ours_of(process(*FORK))
    played.complete("a")
    dump = decode(encode(played.machine.dump()))

    turned = json.loads(json.dumps(dump, sort_keys=True))
    played.machine = Machine.load(turned, played)
    played.complete("b")

    assert played.ready() == ["last"]


@pytest.mark.parametrize("value", ["x", None, 5, {"typename": "datetime", "value": "never"}])
def test_6_a_variable_called_typename_harms_nobody(kit: Kit, value: Any) -> None:
    kit.deploy(toy_bpmn=process(*FORK))
    case = kit.start(typename=value, inner={"typename": value})
    kit.forget()

    kit.complete(case, "a")

    assert kit.variables(case)["inner"] == {"typename": value}
    assert kit.variables(case)["typename"] == value


def test_6_the_library_cannot_read_it_again() -> None:
    workflow = theirs(*FORK, inner={"typename": "x"})

    with pytest.raises((KeyError, TypeError, ValueError)):
        saved(workflow)


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (2, 2.0), (True, 1), (Decimal(1), 1), (Decimal("1.0"), Decimal("1.00"))])
def test_7_a_change_of_type_alone_is_a_change(kit: Kit, before: Any, after: Any) -> None:
    @kit.registry.operation("toys.change")
    def change(ctx: StepContext) -> dict[str, Any]:
        """Changes."""
        return {"v": after}

    kit.deploy(toy_bpmn=process(start(), user("a"), service("change", "toys.change"), user("b"), end(), chain("begun", "a", "change", "b", "done")))
    case = kit.start(v=before)
    kit.complete(case, "a")
    kit.forget()
    kit.complete(case, "b")

    assert repr(kit.variables(case)["v"]) == repr(after)


def test_7_the_library_takes_true_for_one() -> None:
    workflow = theirs(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done"), flag=1)
    finish(workflow, "a", flag=True)

    assert ready(workflow)[0].data["flag"] is True
    assert ready(saved(workflow))[0].data["flag"] is not True


# --- 8: what is not open is not done ----------------------------------------------------------------------------------------


def test_8_a_task_is_completed_once(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(*FORK))
    case = kit.start()
    task = kit.open(case)["a"]
    kit.complete(case, "a")

    with pytest.raises(TaskNotOpen):
        kit.engine.complete(task, {}, ANN, kit.key())

    assert kit.ready(case) == ["b"]


def test_8_the_library_runs_a_completed_task_again() -> None:
    workflow = theirs(*FORK)
    task = ready(workflow)[0]
    task.run()

    assert task.run() is not False


# --- 9: what fails is rolled back, told, and tried again --------------------------------------------------------------------


def test_9_a_step_that_fails_leaves_every_token_where_it_was_and_can_be_tried_again(kit: Kit) -> None:
    broken = [True]

    @kit.registry.operation("toys.work")
    def work(ctx: StepContext) -> None:
        """Works."""
        if broken:
            raise RuntimeError("坏了")

    kit.deploy(toy_bpmn=process(*[p.replace('<userTask id="last" camunda:candidateGroups="clerk@own"></userTask>', service("last", "toys.work")) for p in FORK]))
    case = kit.start()
    kit.complete(case, "a")
    with pytest.raises(StepFailed, match="坏了"):
        kit.complete(case, "b")
    assert kit.ready(case) == ["b"]
    (incident,) = kit.engine.case(case, ANN).incidents
    assert (incident.element, incident.reason) == ("last", "坏了")

    broken.clear()
    kit.engine.retry_incident(incident.id, ANN, kit.key())

    assert (kit.status(case), kit.engine.case(case, ANN).incidents) == ("completed", [])


@pytest.mark.parametrize("text", ["nothing", 'duration("x")', "1 + 1", 'date("2026-02-30")'])
def test_9_a_timer_that_gives_no_moment_is_told_and_its_token_kept(kit: Kit, text: str) -> None:
    kit.deploy(toy_bpmn=process(start(), user("a"), catch("wait", timer(text)), end(), chain("begun", "a", "wait", "done")))
    case = kit.start()

    with pytest.raises(StepFailed, match="没有得出时间"):
        kit.complete(case, "a")

    assert (kit.status(case), kit.ready(case)) == ("active", ["a"])


# --- 10, 12: what waits, and for whom a message is --------------------------------------------------------------------------


def test_10_an_event_of_an_activity_that_is_gone_wakes_nobody(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("work"), boundary("letter_came", "work", on_message("letter")), boundary("late", "work", timer("PT1H")), user("read"), user("urge"), end(),
            chain("begun", "work", "done"), chain("letter_came", "read", "done"), chain("late", "urge", "done"), references=message("letter"),
        )
    )  # fmt: skip
    case = kit.start()
    kit.engine.send_message("letter", "", {}, "k")
    kit.forget()

    kit.clock.advance(timedelta(hours=2))

    assert kit.engine.tick().total == 0
    assert kit.engine.send_message("letter", "", {}, "k2") == "parked"
    assert kit.ready(case) == ["read"]


def test_12_one_message_wakes_one_and_carries_only_what_the_model_says(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), receive("one", "letter"), receive("two", "letter"), user("read1"), user("read2"), end(), flow("begun", "split"),
            chain("split", "one", "read1", "done"), chain("split", "two", "read2", "done"), references=message("letter"),
        ),
        sender_bpmn=process(start(), send("out", "letter", payload="{text: open}"), end(), chain("begun", "out", "done"), id_="sender", references=message("letter")),
    )  # fmt: skip
    case = kit.start()

    kit.start("sender", open="x", secret="y")
    kit.engine.tick()

    assert len(kit.ready(case)) == 1
    assert (kit.variables(case)["text"], "secret" in kit.variables(case)) == ("x", False)


# --- 11: branches share no object -------------------------------------------------------------------------------------------


def test_11_what_one_branch_does_to_its_copy_no_other_sees(kit: Kit) -> None:
    @kit.registry.operation("toys.spoil")
    def spoil(ctx: StepContext) -> None:
        """Changes what it was given instead of returning it."""
        ctx.variables["box"]["rows"].append("spoilt")
        ctx.inputs["box"]["rows"].append("spoilt")

    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), service("a", "toys.spoil"), script("b", "seen", "count(box.rows)"), gateway("parallel", "join"), user("last"), end(),
            flow("begun", "split"), chain("split", "a", "join"), chain("split", "b", "join"), chain("join", "last", "done"),
        )
    )  # fmt: skip
    case = kit.start(box={"rows": [1]})
    warm = kit.variables(case)
    kit.forget()

    assert warm == kit.variables(case)
    assert (warm["box"], warm["seen"]) == ({"rows": [1]}, Decimal(1))


# --- 13 to 16: handlers and types -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [object(), {1, 2}.__iter__(), json, Kit, b"bytes", float("nan"), 2**80])
def test_13_a_result_that_cannot_be_kept_is_told_at_once(kit: Kit, result: Any) -> None:
    @kit.registry.operation("toys.odd")
    def odd(ctx: StepContext) -> dict[str, Any]:
        """Returns what no database keeps."""
        return {"odd": [result]}

    kit.deploy(toy_bpmn=process(start(), user("a"), service("odd", "toys.odd"), end(), chain("begun", "a", "odd", "done")))
    case = kit.start()

    with pytest.raises(StepFailed):
        kit.complete(case, "a")

    assert kit.ready(case) == ["a"]


@pytest.mark.parametrize("error", [KeyError(5), ValueError(), StopIteration(), ZeroDivisionError("除数为零")])
def test_14_any_exception_of_a_handler_is_an_incident_with_its_own_reason(kit: Kit, error: Exception) -> None:
    @kit.registry.operation("toys.raise")
    def fail(ctx: StepContext) -> None:
        """Raises."""
        raise error

    kit.deploy(toy_bpmn=process(start(), user("a"), service("fail", "toys.raise"), end(), chain("begun", "a", "fail", "done")))
    case = kit.start()

    with pytest.raises(StepFailed):
        kit.complete(case, "a")

    (incident,) = kit.engine.case(case, ANN).incidents
    assert (incident.element, incident.reason) == ("fail", str(error) or type(error).__name__)


def test_15_types_survive_a_restart(kit: Kit) -> None:
    kept = {
        "money": Decimal("0.10"), "day": date(2026, 3, 1), "moment": datetime(2026, 3, 1, 9, 0, 0, 7, UTC), "wait": timedelta(days=1, microseconds=3),
        "id": UUID(int=7), "rows": [{"money": Decimal("1.00")}], "flag": True, "one": 1,
    }  # fmt: skip
    kit.deploy(toy_bpmn=process(*FORK))
    case = kit.start(**kept)
    kit.forget()

    kit.complete(case, "a")

    found = kit.variables(case)
    assert {name: repr(found[name]) for name in kept} == {name: repr(value) for name, value in kept.items()}


def test_16_a_state_of_another_format_is_refused_and_not_guessed_at() -> None:
    played = ours_of(process(*FORK))

    with pytest.raises(ValueError, match="格式"):
        Machine.load({**played.machine.dump(), "f": 0}, played)
