"""Gateways and flows: which way a token goes, when a join lets it on, and what is told when there is no way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import StepFailed
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    flow,
    form,
    gateway,
    message,
    node,
    on_message,
    process,
    receive,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, Kit

CHOICE = process(
    start(), gateway("exclusive", "which", "which_to_c"), user("a"), user("b"), user("c"), end(), flow("begun", "which"), flow("which", "a", "n > 10"),
    flow("which", "b", "n > 5"), flow("which", "c"), chain("a", "done"), chain("b", "done"), chain("c", "done"),
)  # fmt: skip


@pytest.mark.parametrize(("n", "taken"), [(11, "a"), (10, "b"), (5, "c"), (None, "c")])
def test_an_exclusive_gateway_takes_the_first_that_holds_else_its_default(kit: Kit, n: int | None, taken: str) -> None:
    kit.deploy(toy_bpmn=CHOICE)

    assert kit.ready(kit.start(n=n)) == [taken]


def test_an_exclusive_merge_lets_every_token_pass(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), gateway("exclusive", "merge"), user("twice"), end(), flow("begun", "split"),
            flow("split", "merge", id_="one"), flow("split", "merge", id_="two"), chain("merge", "twice", "done"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start()) == ["twice", "twice"]


def test_a_parallel_join_waits_for_all(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), user("a"), user("b"), user("c"), gateway("parallel", "join"), user("last"), end(), flow("begun", "split"),
            chain("split", "a", "join"), chain("split", "b", "join"), chain("split", "c", "join"), chain("join", "last", "done"),
        )
    )  # fmt: skip
    case = kit.start()

    for left in (["b", "c"], ["c"], ["last"]):
        kit.complete(case, kit.ready(case)[0])
        assert kit.ready(case) == left


INCLUSIVE = process(
    start(), gateway("inclusive", "split", "split_to_c"), user("a"), user("b"), user("c"), gateway("inclusive", "join"), user("last"), end(),
    flow("begun", "split"), flow("split", "a", "n > 1"), flow("split", "b", "n > 2"), flow("split", "c"), chain("a", "join"), chain("b", "join"),
    chain("c", "join"), chain("join", "last", "done"),
)  # fmt: skip


@pytest.mark.parametrize(("n", "taken"), [(3, ["a", "b"]), (2, ["a"]), (1, ["c"])])
def test_an_inclusive_pair_joins_exactly_what_it_split(kit: Kit, n: int, taken: list[str]) -> None:
    kit.deploy(toy_bpmn=INCLUSIVE)
    case = kit.start(n=n)
    assert kit.ready(case) == taken

    for element in taken:
        assert "last" not in kit.ready(case)
        kit.complete(case, element)

    assert kit.ready(case) == ["last"]


def test_several_flows_that_leave_a_task_are_a_split_and_their_conditions_count(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("first"), user("always"), user("big"), user("small"), end(), chain("begun", "first"), chain("first", "always", "done"),
            flow("first", "big", "n > 5"), flow("first", "small", "n <= 5"), chain("big", "done"), chain("small", "done"),
        )
    )  # fmt: skip
    case = kit.start(n=9)

    kit.complete(case, "first")

    assert kit.ready(case) == ["always", "big"]


def test_a_task_takes_its_default_flow_when_no_condition_holds(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("first", default_="first_to_b"), user("a"), user("b"), end(), chain("begun", "first"), flow("first", "a", "n > 5"),
            flow("first", "b"), chain("a", "done"), chain("b", "done"),
        )
    )  # fmt: skip
    case = kit.start(n=1)

    kit.complete(case, "first")

    assert kit.ready(case) == ["b"]


def test_a_token_without_a_way_on_is_told_and_does_not_vanish(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("first"), gateway("exclusive", "only"), end(), chain("begun", "first", "only"), flow("only", "done", "n > 5")
        )
    )  # fmt: skip
    case = kit.start(n=1)

    with pytest.raises(StepFailed, match="only 的各分支条件都不成立"):
        kit.complete(case, "first")

    assert (kit.status(case), kit.ready(case)) == ("active", ["first"])


def test_a_join_whose_other_branch_went_elsewhere_is_told_instead_of_waiting_for_ever(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("first"), gateway("exclusive", "which", "which_to_join"), end("aside"), gateway("parallel", "join"), user("other"), end(),
            gateway("parallel", "split"), flow("begun", "split"), flow("split", "first"), flow("first", "which"), flow("split", "other"),
            flow("which", "aside", "n > 5"), flow("which", "join"), flow("other", "join"), flow("join", "done"),
        )
    )  # fmt: skip
    case = kit.start(n=9)
    kit.complete(case, "other")

    with pytest.raises(StepFailed, match="join 在等的其余分支不会再来"):
        kit.complete(case, "first")

    assert kit.ready(case) == ["first"]


FIRST_COMES = process(
    start(), gateway("eventBased", "first"), catch("letter", on_message("letter")), catch("late", timer("PT1H")), user("read"), user("urge"), end(),
    receive("call", "call"), user("talk"), flow("begun", "first"), chain("first", "letter", "read", "done"), chain("first", "late", "urge", "done"),
    chain("first", "call", "talk", "done"), references=message("letter") + message("call"),
)  # fmt: skip


@pytest.mark.parametrize(("come", "open_"), [("letter", "read"), ("call", "talk"), ("", "urge")])
def test_at_an_event_gateway_the_first_event_wins_and_the_others_are_withdrawn(kit: Kit, come: str, open_: str) -> None:
    from datetime import timedelta

    kit.deploy(toy_bpmn=FIRST_COMES)
    case = kit.start()

    if come:
        assert kit.engine.send_message(come, "", {}, "k") == "delivered"
    kit.clock.advance(timedelta(hours=2))
    kit.engine.tick()

    assert kit.ready(case) == [open_]
    assert kit.rows("SELECT count(*) FROM subscription") == [(0,)]
    assert kit.engine.send_message("letter", "", {}, "k2") == "parked"


TWO_JOINS = process(
    start(), gateway("parallel", "all"), user("a"), boundary("again", "a", timer("R5/PT1H", "timeCycle"), interrupting=False), user("b"), user("early"),
    gateway("inclusive", "one"), gateway("inclusive", "two"), user("round"), gateway("parallel", "both"), end(), end("met"), chain("begun", "all", "a", "done"),
    chain("all", "b", "one"), chain("all", "early", "two"), chain("again", "one", "round", "both", "one"), chain("both", "two", "met"),
)  # fmt: skip


def test_of_two_joins_that_may_both_go_on_the_same_is_first_whether_or_not_the_case_was_read_anew(kit: Kit) -> None:
    """At `one` a second token has come while the first still waited, and that only after the token at `two`."""
    kit.deploy(toy_bpmn=TWO_JOINS)
    found = []
    for restarted in (False, True):
        case = kit.start()
        for element in ("early", "b"):
            kit.clock.advance(timedelta(hours=1))
            kit.engine.tick()
            kit.complete(case, element)
        if restarted:
            kit.forget()
        kit.complete(case, "round")
        found.append(kit.rows("SELECT state FROM instance WHERE id = ?", case) + kit.rows("SELECT path FROM history WHERE instance_id = ? ORDER BY id", case))
        kit.engine.complete(kit.open(case)["a"], {}, ANN, kit.key())

    assert found[0] == found[1]


def test_an_abstract_and_a_manual_task(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), node("task", "note"), node("manualTask", "carry", camunda_candidateGroups="clerk@own"), end(), chain("begun", "note", "carry", "done")
        )
    )  # fmt: skip
    case = kit.start()
    assert kit.ready(case) == ["carry"]

    kit.complete(case, "carry")

    assert kit.status(case) == "completed"


def test_a_form_decides_the_way(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), user("ask"), gateway("exclusive", "which", "which_to_c"), user("b"), user("c"), end(), chain("begun", "ask", "which"),
            flow("which", "b", "n > 5"), flow("which", "c"), chain("b", "done"), chain("c", "done"),
        ),
        ask_form=form("n"),
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "ask", n="5.01")

    assert kit.ready(case) == ["b"]
