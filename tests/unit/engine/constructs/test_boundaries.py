"""Boundary events: each trigger, interrupting and not, on tasks, sub-processes, calls and repeated activities."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories.bpmn import (
    boundary,
    call,
    chain,
    end,
    error,
    escalation,
    flow,
    form,
    gateway,
    many,
    message,
    on_condition,
    on_error,
    on_escalation,
    on_message,
    on_signal,
    process,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip
from tests.factories.kit import Kit

TRIGGERS = {
    "timer": timer("PT1H"),
    "message": on_message("letter"),
    "signal": on_signal("closed"),
    "conditional": on_condition("n > 3"),
}


def happen(kit: Kit, case: str, trigger: str, turn: int = 1) -> None:
    """Makes the trigger come."""
    if trigger == "timer":
        kit.clock.advance(timedelta(hours=2))
    elif trigger == "message":
        kit.engine.send_message("letter", "", {}, f"m{turn}")
    elif trigger == "signal":
        kit.start("caller")
    else:
        kit.complete(case, "beside", n="4")
    kit.engine.tick()


def watched(host: str, trigger: str, *, interrupting: bool) -> dict[str, bytes]:
    """`host` with a boundary event beside a task that can make `n` large."""
    return {
        "toy_bpmn": process(
            start(), gateway("parallel", "split"), user("beside"), host, boundary("came", "host", TRIGGERS[trigger], interrupting=interrupting),
            user("then"), user("after"), end(), flow("begun", "split"), chain("split", "beside", "done"), chain("split", "host", "after", "done"),
            chain("came", "then", "done"), references=message("letter") + signal("closed"),
        ),
        "caller_bpmn": process(
            start(), throw("shout", on_signal("closed")), end(), chain("begun", "shout", "done"), id_="caller", references=signal("closed")
        ),
        "beside_form": form("n"),
    }  # fmt: skip


HOSTS = {
    "task": (user("host"), "host"),
    "sub-process": (sub("host", start("s"), user("inner"), end("e"), chain("s", "inner", "e")), "inner"),
    "many": (user("host", inside=many(count="2")), "host"),
    "many sub-processes": (sub("host", start("s"), user("inner"), end("e"), chain("s", "inner", "e"), inside=many(count="2")), "inner"),
    "receive": ('<receiveTask id="host" messageRef="other"/>', ""),
    "external": (service("host", "nobody.knows"), ""),
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_an_interrupting_boundary_event_takes_the_activity_away(kit: Kit, trigger: str, host: str) -> None:
    drawn, inside = HOSTS[host]
    files = watched(drawn, trigger, interrupting=True)
    kit.deploy(**{**files, "toy_bpmn": files["toy_bpmn"].replace(b'<message id="letter"', b'<message id="other" name="other"/><message id="letter"')})
    case = kit.start(n=1)
    assert kit.ready(case).count(inside) == (2 if host.startswith("many") else 1 if inside else 0)

    happen(kit, case, trigger)

    assert [e for e in kit.ready(case) if e != "beside"] == ["then"]
    assert kit.rows("SELECT count(*) FROM subscription WHERE instance_id = ?", case) == [(0,)]
    assert kit.rows("SELECT count(*) FROM outbox WHERE state = 'pending'") == [(0,)]


@pytest.mark.parametrize("host", ["task", "sub-process", "many"])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_boundary_event_that_does_not_interrupt_adds_a_branch(kit: Kit, trigger: str, host: str) -> None:
    drawn, inside = HOSTS[host]
    kit.deploy(**watched(drawn, trigger, interrupting=False))
    case = kit.start(n=1)
    before = kit.ready(case)

    happen(kit, case, trigger)

    assert kit.ready(case) == sorted([*(e for e in before if e != "beside" or trigger != "conditional"), "then"])
    while inside in kit.ready(case):
        kit.complete(case, inside)
    assert "after" in kit.ready(case)


@pytest.mark.parametrize(("trigger", "branches"), [("message", 2), ("signal", 2), ("timer", 1)])
def test_how_often_an_event_that_does_not_interrupt_may_come(kit: Kit, trigger: str, branches: int) -> None:
    kit.deploy(**watched(user("host"), trigger, interrupting=False))
    case = kit.start(n=1)

    happen(kit, case, trigger)
    happen(kit, case, trigger, turn=2)

    assert kit.ready(case).count("then") == branches


def test_a_condition_comes_again_only_after_it_has_failed_in_between(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), gateway("exclusive", "again"), user("beside"), user("host"),
            boundary("came", "host", on_condition("n > 3"), interrupting=False), user("then"), end(), flow("begun", "split"), chain("split", "again", "beside"),
            flow("beside", "again"), chain("split", "host", "done"), chain("came", "then", "done"),
        ),
        beside_form=form("n"),
    )  # fmt: skip
    case = kit.start(n=1)

    seen = []
    for n in ("4", "5", "1", "9"):
        kit.forget()
        kit.complete(case, "beside", n=n)
        seen.append(kit.ready(case).count("then"))

    assert seen == [1, 1, 1, 2]


def inner(*parts: str) -> str:
    return sub("host", *parts)


def test_the_boundary_event_of_an_error_that_names_its_code_goes_before_one_for_all(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), service("host", "toys.fail"), boundary("any", "host", on_error()), boundary("one", "host", on_error("E1")), user("all"), user("mine"),
            end(), chain("begun", "host", "done"), chain("any", "all", "done"), chain("one", "mine", "done"), references=error("E1"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start(code="E1")) == ["mine"]
    assert kit.ready(kit.start(code="E2")) == ["all"]


def test_an_error_goes_outwards_until_its_code_is_caught(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), sub("outer", start("o"), inner(start("s"), user("work"), end("bad", on_error("E1")), chain("s", "work", "bad")),
                         boundary("other", "host", on_error("E2")), user("wrong"), end("oe"), chain("o", "host", "oe"), chain("other", "wrong", "oe")),
            boundary("right", "outer", on_error("E1")), user("mend"), end(), chain("begun", "outer", "done"), chain("right", "mend", "done"),
            references=error("E1") + error("E2"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "work")

    assert kit.ready(case) == ["mend"]


def test_an_error_leaves_a_called_process_to_its_caller(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), call("host", "part"), boundary("bad", "host", on_error("E1")), user("mend"), end(), chain("begun", "host", "done"),
            chain("bad", "mend", "done"), references=error("E1"),
        ),
        part_bpmn=process(start(), end("broken", on_error("E1")), chain("begun", "broken"), id_="part", references=error("E1")),
    )  # fmt: skip

    assert kit.ready(kit.start()) == ["mend"]


def test_an_error_in_one_run_takes_all_runs_away(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), sub("host", start("s"), user("work"), gateway("exclusive", "ok", "ok_to_e"), end("bad", on_error("E1")), end("e"), chain("s", "work", "ok"),
                         flow("ok", "bad", "item = 2"), flow("ok", "e"), inside=many("[2, 2, 2]")),
            boundary("broken", "host", on_error("E1")), user("mend"), end(), chain("begun", "host", "done"), chain("broken", "mend", "done"),
            references=error("E1"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "work")

    assert kit.ready(case) == ["mend"]


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["told"]), (False, ["told", "work"])])
def test_an_escalation_is_heard_at_the_border(kit: Kit, interrupting: bool, left: list[str]) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), inner(start("s"), throw("shout", on_escalation("late")), user("work"), end("e"), chain("s", "shout", "work", "e")),
            boundary("heard", "host", on_escalation("late"), interrupting=interrupting), user("told"), user("after"), end(),
            chain("begun", "host", "after", "done"), chain("heard", "told", "done"), references=escalation("late"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start()) == left


def test_an_escalation_at_the_end_of_a_run_is_heard_at_the_border_of_all_runs(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), sub("host", start("s"), script("x", "x", "1"), end("e", on_escalation("late")), chain("s", "x", "e"), inside=many(count="2")),
            boundary("heard", "host", on_escalation(), interrupting=False), user("told"), user("after"), end(), chain("begun", "host", "after", "done"),
            chain("heard", "told", "done"), references=escalation("late"),
        )
    )  # fmt: skip

    assert kit.ready(kit.start()) == ["after", "told", "told"]
