"""Sub-processes and called processes: where they begin and end, and which variables cross their border."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import NoSuchProcess
from tests.factories.bpmn import (
    call,
    chain,
    end,
    event_sub,
    message,
    on_message,
    passes,
    process,
    returns,
    script,
    start,
    sub,
    user,
)
from tests.factories.kit import Kit


def test_a_sub_process_sees_and_changes_the_variables_around_it(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), sub("inner", start("s"), script("change", "n", "n + 1"), script("new", "m", "n * 2"), end("e"), chain("s", "change", "new", "e")), end(),
            chain("begun", "inner", "done"),
        )
    )  # fmt: skip

    found = kit.variables(kit.start(n=1))

    assert (found["n"], found["m"]) == (Decimal(2), Decimal(4))


def test_a_sub_process_without_start_event_begins_where_nothing_leads_to(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), sub("inner", user("a"), user("b"), user("last"), chain("a", "last")), end(), chain("begun", "inner", "done")))
    case = kit.start()
    assert kit.ready(case) == ["a", "b"]

    for element in ("a", "b", "last"):
        assert kit.status(case) == "active"
        kit.complete(case, element)

    assert kit.status(case) == "completed"


def test_sub_processes_five_deep(kit: Kit) -> None:
    inner = user("work")
    for depth in range(5):
        inner = sub(f"box{depth}", inner)
    kit.deploy(toy_bpmn=process(start(), inner, user("after"), end(), chain("begun", "box4", "after", "done")))
    case = kit.start()

    kit.complete(case, "work")

    assert kit.ready(case) == ["after"]


PART = process(start(), script("work", "result", "given * 2"), script("own", "n", "99"), user("look"), end(), chain("begun", "work", "own", "look", "done"), id_="part")


def test_a_call_passes_what_is_mapped_and_nothing_else(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(start(), call("out", "part", passes("n + 1", "given"), returns("result", "m")), user("after"), end(), chain("begun", "out", "after", "done")),
        part_bpmn=PART,
    )  # fmt: skip
    case = kit.start(n=1, secret="x")
    assert kit.ready(case) == ["look"]
    kit.forget()

    kit.complete(case, "look")

    found = kit.variables(case)
    assert (found["n"], found["m"]) == (1, Decimal(4))
    assert "given" not in found
    assert kit.ready(case) == ["after"]


def test_a_call_that_passes_all_brings_all_back(kit: Kit) -> None:
    everything = '<camunda:in variables="all"/><camunda:out variables="all"/>'
    kit.deploy(
        toy_bpmn=process(start(), call("out", "part", everything), user("after"), end(), chain("begun", "out", "after", "done")),
        part_bpmn=process(start(), script("work", "n", "n + secret"), end(), chain("begun", "work", "done"), id_="part"),
    )

    assert kit.variables(kit.start(n=1, secret=2))["n"] == Decimal(3)


def test_the_same_process_called_twice_at_once_keeps_its_variables_apart(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), call("one", "part", passes("1", "given"), returns("result", "a")), call("two", "part", passes("2", "given"), returns("result", "b")), end(),
            chain("begun", "one", "done"), chain("begun", "two", "done"),
        ),
        part_bpmn=PART,
    )  # fmt: skip
    case = kit.start()
    assert kit.ready(case) == ["look", "look"]

    kit.complete(case, "look")
    kit.complete(case, "look")

    found = kit.variables(case)
    assert (found["a"], found["b"]) == (Decimal(2), Decimal(4))


def test_a_called_process_has_its_own_event_sub_processes(kit: Kit) -> None:
    aside = event_sub("aside", on_message("letter"), user("read"), end("ae"), chain("aside_begun", "read", "ae"))
    kit.deploy(
        toy_bpmn=process(start(), call("out", "part"), user("after"), end(), chain("begun", "out", "after", "done")),
        part_bpmn=process(start(), user("look"), end(), chain("begun", "look", "done"), aside, id_="part", references=message("letter")),
    )
    case = kit.start()

    kit.engine.send_message("letter", "", {}, "k")
    assert kit.ready(case) == ["read"]
    kit.complete(case, "read")

    assert kit.ready(case) == ["after"]


def test_a_process_that_only_a_message_starts_is_not_started_otherwise(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start("begun", on_message("letter")), user("a"), end(), chain("begun", "a", "done"), references=message("letter")))

    with pytest.raises(NoSuchProcess, match="只能由消息启动"):
        kit.start()

    assert kit.rows("SELECT count(*) FROM instance") == [(0,)]
    assert kit.engine.send_message("letter", "", {"office_id": "nb"}, "k") == "started"
