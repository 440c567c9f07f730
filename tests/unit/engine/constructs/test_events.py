"""Events in the flow and at the end: message, signal, link, escalation, condition, error, terminate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import StepFailed
from tests.factories.bpmn import (
    TERMINATE,
    catch,
    chain,
    end,
    error,
    escalation,
    flow,
    form,
    gateway,
    message,
    node,
    on_condition,
    on_error,
    on_escalation,
    on_link,
    on_message,
    on_signal,
    process,
    properties,
    receive,
    script,
    send,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip
from tests.factories.kit import Kit


def test_a_link_goes_on_at_its_catching_half(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("a"), throw("out", on_link("page 2")), catch("in_", on_link("page 2")), user("b"), end(), chain("begun", "a", "out"),
            chain("in_", "b", "done"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "a")
    assert kit.ready(case) == ["b"]
    kit.complete(case, "b")

    assert kit.status(case) == "completed"


def test_a_join_knows_that_a_token_can_still_come_over_a_link(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("inclusive", "split", "split_to_b"), user("a"), throw("out", on_link("x")), catch("in_", on_link("x")), user("b"),
            gateway("inclusive", "join"), user("last"), end(), flow("begun", "split"), flow("split", "a", "true"), chain("a", "out"), chain("in_", "join"),
            flow("split", "b"), flow("split", "c", "true"), user("c"), chain("b", "join"), chain("c", "join"), chain("join", "last", "done"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "c")
    assert kit.ready(case) == ["a"]
    kit.complete(case, "a")

    assert kit.ready(case) == ["last"]


@pytest.mark.parametrize("ends", [False, True])
def test_a_signal_is_thrown_from_the_flow_and_from_an_end(kit: Kit, ends: bool) -> None:
    thrower = end("call", on_signal("closed")) if ends else throw("call", on_signal("closed")) + end() + chain("call", "done")
    kit.deploy(
        waiting_bpmn=process(start(), catch("w", on_signal("closed")), end(), chain("begun", "w", "done"), id_="waiting", references=signal("closed")),
        calling_bpmn=process(start(), thrower, chain("begun", "call"), id_="calling", references=signal("closed")),
    )  # fmt: skip
    case = kit.start("waiting")

    kit.start("calling")
    kit.engine.tick()

    assert kit.status(case) == "completed"


@pytest.mark.parametrize("how", ["end", "throw", "send task"])
def test_a_message_reaches_the_case_that_it_names(kit: Kit, how: str) -> None:
    named = properties(correlation="number", payload="{text: number}")
    thrower = {
        "end": end("out", named + on_message("reply")),
        "throw": throw("out", named + on_message("reply")) + end() + chain("out", "done"),
        "send task": send("out", "reply", correlation="number", payload="{text: number}") + end() + chain("out", "done"),
    }[how]
    kit.deploy(
        waiting_bpmn=process(
            start(), receive("w", "reply", correlation="number"), user("read"), end(), chain("begun", "w", "read", "done"), id_="waiting",
            references=message("reply"),
        ),
        calling_bpmn=process(start(), thrower, chain("begun", "out"), id_="calling", references=message("reply")),
    )  # fmt: skip
    first, second = kit.start("waiting", number="1"), kit.start("waiting", number="2")

    kit.start("calling", number="2")
    kit.engine.tick()

    assert (kit.ready(first), kit.ready(second)) == ([], ["read"])
    assert kit.variables(second)["text"] == "2"


def test_a_conditional_event_waits_until_another_branch_makes_it_true(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), user("fill"), catch("ready", on_condition("n > 3")), user("go"), end(), flow("begun", "split"),
            chain("split", "fill", "done"), chain("split", "ready", "go", "done"),
        ),
        fill_form=form("n"),
    )  # fmt: skip
    case = kit.start(n=1)
    assert kit.ready(case) == ["fill"]

    kit.complete(case, "fill", n="4")

    assert kit.ready(case) == ["go"]


def test_a_conditional_event_that_holds_already_does_not_wait(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), catch("ready", on_condition("n > 3")), user("go"), end(), chain("begun", "ready", "go", "done")))

    assert kit.ready(kit.start(n=4)) == ["go"]


def test_an_escalation_that_nobody_hears_is_no_fault(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), throw("shout", on_escalation("late")), user("go"), end("over", on_escalation("late")), chain("begun", "shout", "go", "over"),
            references=escalation("late"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "go")

    assert kit.status(case) == "completed"


def test_an_error_that_nobody_catches_is_an_incident(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), user("go"), end("bad", on_error("E1")), chain("begun", "go", "bad"), references=error("E1")))
    case = kit.start()

    with pytest.raises(StepFailed, match="E1"):
        kit.complete(case, "go")

    assert kit.ready(case) == ["go"]


def test_terminate_ends_the_case_with_all_its_branches(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), user("a"), user("b"), end("stop", TERMINATE), end(), flow("begun", "split"), chain("split", "a", "stop"),
            chain("split", "b", "done"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "a")

    assert (kit.status(case), kit.ready(case)) == ("completed", [])
    assert kit.rows("SELECT state FROM task WHERE element = 'b'") == [("cancelled",)]


def test_terminate_in_a_sub_process_ends_only_the_sub_process(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), sub("inner", start("in_begun"), gateway("parallel", "split"), user("a"), user("b"), end("stop", TERMINATE), chain("in_begun", "split"),
                         chain("split", "a", "stop"), chain("split", "b", "stop")),
            user("after"), end(), chain("begun", "inner", "after", "done"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "a")

    assert kit.ready(case) == ["after"]


def test_a_timer_in_the_flow_with_an_expression(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), catch("w", timer("duration(wait)")), user("go"), end(), chain("begun", "w", "go", "done")))
    case = kit.start(wait="PT2H")

    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()
    assert kit.ready(case) == []
    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()

    assert kit.ready(case) == ["go"]


def test_elements_may_be_called_start_and_end(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            node("startEvent", "Start"), user("Root"), script("End", "x", "1"), node("endEvent", "EndJoin"), chain("Start", "Root", "End", "EndJoin")
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "Root")

    assert kit.status(case) == "completed"
