"""Event sub-processes: each trigger, interrupting and not, at the top, nested, and inside each other."""

from __future__ import annotations

import pytest

from tests.factories.bpmn import (
    boundary,
    chain,
    end,
    error,
    escalation,
    event_sub,
    flow,
    form,
    gateway,
    message,
    on_condition,
    on_error,
    on_escalation,
    on_message,
    on_signal,
    process,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip
from tests.factories.kit import Kit
from tests.unit.engine.constructs.test_boundaries import TRIGGERS, happen

OUTSIDE = message("letter") + signal("closed")
CALLER = process(start(), throw("shout", on_signal("closed")), end(), chain("begun", "shout", "done"), id_="caller", references=OUTSIDE)


def handler(trigger: str, name: str = "aside", *, interrupting: bool) -> str:
    """An event sub-process with one task `<name>_work`."""
    return event_sub(
        name, trigger, user(f"{name}_work"), end(f"{name}_end"), chain(f"{name}_begun", f"{name}_work", f"{name}_end"), interrupting=interrupting
    )


@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
@pytest.mark.parametrize("interrupting", [True, False], ids=["interrupting", "beside"])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_an_event_sub_process_runs_when_its_event_comes(kit: Kit, trigger: str, interrupting: bool, nested: bool) -> None:
    aside = handler(TRIGGERS[trigger], interrupting=interrupting)
    body = [start("s"), gateway("parallel", "split"), user("beside"), user("work"), end("e"), flow("s", "split"), chain("split", "beside", "e"), chain("split", "work", "e"), aside]  # fmt: skip
    parts = [start(), sub("inner", *body), user("after"), end(), chain("begun", "inner", "after", "done")] if nested else body
    kit.deploy(toy_bpmn=process(*parts, references=OUTSIDE), caller_bpmn=CALLER, beside_form=form("n"))
    case = kit.start(n=1)
    assert kit.ready(case) == ["beside", "work"]

    happen(kit, case, trigger)

    beside = [] if trigger == "conditional" else ["beside"]
    assert kit.ready(case) == (["aside_work"] if interrupting else ["aside_work", *beside, "work"])
    kit.forget()
    for element in kit.ready(case):
        kit.complete(case, element)
    assert kit.ready(case) == (["after"] if nested else [])
    assert kit.status(case) == ("active" if nested else "completed")
    assert kit.rows("SELECT count(*) FROM subscription") == [(0,)]


@pytest.mark.parametrize("nested", [False, True], ids=["top", "nested"])
@pytest.mark.parametrize(
    ("trigger", "thrower", "interrupting", "left"),
    [
        ("error", service("thrower", "toys.fail"), True, ["aside_work"]),
        ("escalation", throw("thrower", on_escalation("E1")), True, ["aside_work"]),
        ("escalation", throw("thrower", on_escalation("E1")), False, ["aside_work", "beside", "work"]),
    ],
)
def test_what_is_thrown_inside_starts_it(kit: Kit, trigger: str, thrower: str, interrupting: bool, left: list[str], nested: bool) -> None:
    listens = on_error("E1") if trigger == "error" else on_escalation("E1")
    body = [start("s"), gateway("parallel", "split"), user("beside"), thrower, user("work"), end("e"), flow("s", "split"), chain("split", "beside", "e"),
            chain("split", "thrower", "work", "e"), handler(listens, interrupting=interrupting)]  # fmt: skip
    parts = [start(), sub("inner", *body), end(), chain("begun", "inner", "done")] if nested else body
    kit.deploy(toy_bpmn=process(*parts, references=error("E1") + escalation("E1")))

    case = kit.start(code="E1")

    assert kit.ready(case) == left
    for element in left:
        kit.complete(case, element)
    assert kit.status(case) == "completed"


def test_it_does_not_run_before_its_event_and_keeps_no_case_open(kit: Kit) -> None:
    asides = [handler(t, f"on_{i}", interrupting=True) for i, t in enumerate((*TRIGGERS.values(), on_error("E1"), on_escalation("E1")))]
    kit.deploy(toy_bpmn=process(start(), user("work"), end(), chain("begun", "work", "done"), *asides, references=OUTSIDE + error("E1") + escalation("E1")))
    case = kit.start(n=1)
    assert kit.ready(case) == ["work"]

    kit.complete(case, "work")

    assert kit.status(case) == "completed"
    assert kit.rows("SELECT count(*) FROM timer WHERE done_at IS NULL") == [(0,)]


def test_one_case_leaves_no_trace_in_the_next(kit: Kit) -> None:
    kit.deploy(toy_bpmn=process(start(), user("work"), end(), chain("begun", "work", "done"), handler(on_message("letter"), interrupting=False), references=OUTSIDE))
    first = kit.start()
    kit.engine.send_message("letter", "", {}, "k")
    assert kit.ready(first) == ["aside_work", "work"]

    second = kit.start()

    assert kit.ready(second) == ["work"]
    kit.complete(second, "work")
    assert kit.status(second) == "completed"


def test_one_inside_another_listens_while_the_outer_one_runs(kit: Kit) -> None:
    within = event_sub("within", on_message("letter"), user("deep"), end("we"), chain("within_begun", "deep", "we"))
    outer = event_sub("outer", on_signal("closed"), user("shallow"), end("oe"), chain("outer_begun", "shallow", "oe"), within)
    kit.deploy(toy_bpmn=process(start(), user("work"), end(), chain("begun", "work", "done"), outer, references=OUTSIDE), caller_bpmn=CALLER)
    case = kit.start()
    assert kit.engine.send_message("letter", "", {}, "early") == "parked"

    happen(kit, case, "signal")

    assert kit.ready(case) == ["deep"]  # the parked message was waiting for it
    kit.complete(case, "deep")
    assert kit.status(case) == "completed"


def test_an_error_thrown_by_the_handler_of_that_error_goes_outwards(kit: Kit) -> None:
    again = event_sub("again", on_error("E1"), end("bad_again", on_error("E1")), chain("again_begun", "bad_again"))
    kit.deploy(
        toy_bpmn=process(
            start(), sub("inner", start("s"), end("bad", on_error("E1")), chain("s", "bad"), again), boundary("caught", "inner", on_error("E1")), user("mend"),
            end(), chain("begun", "inner", "done"), chain("caught", "mend", "done"), references=error("E1"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start()) == ["mend"]


def test_an_escalation_thrown_by_its_handler_goes_outwards(kit: Kit) -> None:
    again = event_sub("again", on_escalation("E1"), end("louder", on_escalation("E1")), chain("again_begun", "louder"), interrupting=False)
    kit.deploy(
        toy_bpmn=process(
            start(), sub("inner", start("s"), throw("shout", on_escalation("E1")), user("work"), end("e"), chain("s", "shout", "work", "e"), again),
            boundary("heard", "inner", on_escalation("E1"), interrupting=False), user("told"), end(), chain("begun", "inner", "done"),
            chain("heard", "told", "done"), references=escalation("E1"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start()) == ["told", "work"]


def test_a_cycle_beside_the_work_comes_as_often_as_it_says(kit: Kit) -> None:
    from datetime import timedelta

    kit.deploy(toy_bpmn=process(start(), user("work"), end(), chain("begun", "work", "done"), handler(timer("R2/P1D", "timeCycle"), interrupting=False)))
    case = kit.start()

    seen = []
    for _ in range(3):
        kit.clock.advance(timedelta(days=1))
        kit.engine.tick()
        seen.append(kit.ready(case).count("aside_work"))

    assert seen == [1, 2, 2]


def test_a_condition_that_stays_true_starts_one_only_once(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(start(), user("beside"), user("work"), end(), chain("begun", "beside", "work", "done"), handler(on_condition("n > 3"), interrupting=False)),
        beside_form=form("n"),
    )  # fmt: skip
    case = kit.start(n=9)
    assert kit.ready(case) == ["aside_work", "beside"]

    kit.complete(case, "beside", n="10")

    assert kit.ready(case) == ["aside_work", "work"]
