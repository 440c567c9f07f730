"""Multi-instance, in parallel and one after another, and the standard loop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import StepFailed
from engine.registry import StepContext
from engine.tokens import repeat
from tests.factories.bpmn import (
    call,
    chain,
    end,
    form,
    loop,
    many,
    passes,
    process,
    properties,
    returns,
    script,
    service,
    start,
    sub,
    user,
)
from tests.factories.kit import Kit


def around(*activity: str, name: str = "each", **files: bytes) -> dict[str, bytes]:
    """start → activity → after → end."""
    return {"toy_bpmn": process(start(), *activity, user("after"), end(), chain("begun", name, "after", "done")), **files}


@pytest.mark.parametrize("sequential", [False, True])
def test_each_item_of_a_collection_has_a_run(kit: Kit, sequential: bool) -> None:
    kit.deploy(**around(user("each", inside=many("xs", "x", sequential=sequential))))
    case = kit.start(xs=["a", "b", "c"])

    seen = []
    while "after" not in kit.ready(case):
        seen.append(len(kit.ready(case)))
        kit.forget()
        kit.complete(case, "each")

    assert seen == ([1, 1, 1] if sequential else [3, 2, 1])


@pytest.mark.parametrize("sequential", [False, True])
def test_results_of_all_runs_are_collected(kit: Kit, sequential: bool) -> None:
    collects = properties(output_collection="ys", output_element="y")
    kit.deploy(**around(script("each", "y", "x * 2").replace("<script>", collects + many("xs", "x", sequential=sequential) + "<script>")))

    case = kit.start(xs=[1, 2, 3])

    assert kit.variables(case)["ys"] == [Decimal(2), Decimal(4), Decimal(6)]
    assert "y" not in kit.variables(case)


def test_runs_that_change_one_variable_of_the_case_lose_nothing(kit: Kit) -> None:
    kit.deploy(**around(script("each", "n", "n + 1").replace("<script>", many(count="3") + "<script>")))

    assert kit.variables(kit.start(n=1))["n"] == Decimal(4)


def test_a_second_round_collects_anew(kit: Kit) -> None:
    collects = properties(output_collection="ys", output_element="item")
    kit.deploy(
        **around(sub("each", start("s"), script("inner", "z", "item").replace("<script>", collects + many("xs") + "<script>"), end("e"), chain("s", "inner", "e"),
                     inside=loop(most=2)))
    )  # fmt: skip

    assert kit.variables(kit.start(xs=[1, 2], ys=["left over"]))["ys"] == [1, 2]


def test_an_item_that_is_nothing_is_an_item(kit: Kit) -> None:
    kit.deploy(**around(user("each", inside=many("xs", "x", sequential=True))))
    case = kit.start(xs=[None, 1, None])

    for _ in range(3):
        kit.forget()
        kit.complete(case, "each")

    assert kit.ready(case) == ["after"]


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("repeated", [many("xs"), many(count="0")])
def test_no_items_is_no_run_and_an_empty_result(kit: Kit, repeated: str, sequential: bool) -> None:
    collects = properties(output_collection="ys", output_element="item")
    kit.deploy(**around(user("each", inside=collects + repeated.replace('"false"', f'"{str(sequential).lower()}"'))))
    case = kit.start(xs=[])

    assert kit.ready(case) == ["after"]
    assert kit.variables(case)["ys"] == []


@pytest.mark.parametrize("sequential", [False, True])
def test_a_completion_condition_ends_the_rest(kit: Kit, sequential: bool) -> None:
    kit.deploy(**around(user("each", inside=many(count="5", until="nrOfCompletedInstances >= 2", sequential=sequential))))
    case = kit.start()

    kit.complete(case, "each")
    assert "after" not in kit.ready(case)
    kit.complete(case, "each")

    assert kit.ready(case) == ["after"]


def test_a_completion_condition_sees_the_results_so_far_and_the_values_of_the_run(kit: Kit) -> None:
    collects = properties(output_collection="votes", output_element="agreed")
    kit.deploy(**around(user("each", inside=collects + many(count="5", until="count(votes[item = true]) >= 2")), each_form=form("agreed", kind="checkbox")))
    case = kit.start()

    for agreed in ("true", "false", "true"):
        kit.complete(case, "each", agreed=agreed)

    assert kit.ready(case) == ["after"]
    assert kit.variables(case)["votes"] == [True, False, True]


@pytest.mark.parametrize("count", ["2.5", "true", '"3"', "null", "-1", "10001"])
def test_a_number_of_runs_that_is_none_is_told(kit: Kit, count: str) -> None:
    kit.deploy(**around(user("each", inside=many(count=count))))

    with pytest.raises(StepFailed, match="each"):
        kit.start()


def test_a_collection_that_is_no_list_is_told(kit: Kit) -> None:
    kit.deploy(**around(user("each", inside=many("xs"))))

    with pytest.raises(StepFailed, match="不是列表"):
        kit.start(xs="abc")


def test_runs_of_a_sub_process_have_variables_of_their_own(kit: Kit) -> None:
    collects = properties(output_collection="ys", output_element="y")
    body = sub("each", start("s"), user("ask"), script("y_of", "y", "x + n"), end("e"), chain("s", "ask", "y_of", "e"), inside=collects + many("xs", "x"))
    kit.deploy(**around(body, ask_form=form("n")))
    case = kit.start(xs=[10, 20])

    for n in ("1", "2"):
        kit.complete(case, "ask", n=n)

    assert sorted(kit.variables(case)["ys"]) in ([Decimal(11), Decimal(22)], [Decimal(12), Decimal(21)])
    assert "n" not in kit.variables(case)


def test_calls_in_parallel_bring_their_results_back_each_for_itself(kit: Kit) -> None:
    collects = '<camunda:properties><camunda:property name="output_collection" value="ys"/><camunda:property name="output_element" value="y"/></camunda:properties>'
    kit.deploy(
        **around(call("each", "part", passes("x", "given"), returns("twice", "y"), collects).replace("</callActivity>", many("xs", "x") + "</callActivity>")),
        part_bpmn=process(start(), script("double", "twice", "given * 2"), end(), chain("begun", "double", "done"), id_="part"),
    )  # fmt: skip

    assert kit.variables(kit.start(xs=[1, 2, 3]))["ys"] == [Decimal(2), Decimal(4), Decimal(6)]


@pytest.mark.parametrize(("before", "runs"), [(True, 0), (False, 1)])
def test_a_loop_tests_before_or_after(kit: Kit, before: bool, runs: int) -> None:
    kit.deploy(**around(script("each", "n", "n + 1").replace("<script>", loop("n < 5", before=before) + "<script>")))

    assert kit.variables(kit.start(n=9))["n"] == 9 + runs


def test_a_loop_goes_on_by_what_its_own_task_was_told(kit: Kit) -> None:
    kit.deploy(**around(user("each", inside=loop("again = true")), each_form=form("again", kind="checkbox")))
    case = kit.start()

    for again in ("true", "true", "false"):
        kit.complete(case, "each", again=again)

    assert kit.ready(case) == ["after"]
    assert kit.variables(case)["again"] is False


def test_a_loop_ends_at_its_maximum(kit: Kit) -> None:
    kit.deploy(**around(user("each", inside=loop("true", most=3))))
    case = kit.start()

    for _ in range(3):
        kit.complete(case, "each")

    assert kit.ready(case) == ["after"]


def test_a_loop_that_would_never_end_is_told_and_not_taken_as_done(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeat, "ITEM_LIMIT", 20)
    kit.deploy(**around(script("each", "n", "n + 1").replace("<script>", loop("true") + "<script>")))

    with pytest.raises(StepFailed, match="超过上限 20"):
        kit.start(n=0)


@pytest.mark.parametrize("sequential", [False, True])
def test_an_operation_is_called_once_per_item(kit: Kit, sequential: bool) -> None:
    seen: list[object] = []

    @kit.registry.operation("toys.see")
    def see(ctx: StepContext) -> None:
        """Sees."""
        seen.append(ctx.variables["x"])

    kit.deploy(**around(service("each", "toys.see", many("xs", "x", sequential=sequential))))
    kit.start(xs=["a", "b"])

    assert seen == ["a", "b"]
