"""驳回 through the front door, on both databases: rights, preview, history, notices, and the two ways back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import CaseMoved, ModelRefused, NotFound, NotYours, NoWayBack, TaskNotOpen
from engine.moves.parking import park
from engine.moves.passed import Passed
from engine.people import SYSTEM, Actor
from engine.registry import Moved, StepContext
from tests.factories.bpmn import (
    boundary,
    chain,
    end,
    form,
    gateway,
    many,
    message,
    process,
    properties,
    receive,
    send,
    service,
    start,
    sub,
    timer,
    user,
)
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit

APPROVAL = process(
    properties(may_cancel="chief"), start(), user("fill", camunda_formKey="fill"), user("check"), user("judge", "chief@own"), user("file"), end(),
    chain("begun", "fill", "check", "judge", "file", "done"),
)  # fmt: skip
BRANCHES = process(
    start(), user("first"), gateway("parallel", "split"), user("a"), user("a2"), user("b"), boundary("late", "b", timer("PT1H"), interrupting=False),
    user("urge"), end("urged"), user("b2"), gateway("parallel", "join"), user("last"), end(),
    chain("begun", "first", "split", "a", "a2", "join", "last", "done"), chain("split", "b", "b2", "join"), chain("late", "urge", "urged"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.moved: list[Moved] = []  # type: ignore[attr-defined, misc]
    listen(kit)
    kit.deploy(toy_bpmn=APPROVAL, fill_form=form("amount", "copies"))
    return kit


def listen(kit: Kit) -> None:
    kit.kernel.on_moved = lambda _session, moved: kit.moved.append(moved)  # type: ignore[attr-defined]


def options(kit: Kit, case: str, element: str, who: Actor = CHIEF) -> dict[str, Passed]:
    return {step.target.id: step for step in kit.engine.moves.options(kit.open(case)[element], who)}


def send_back(kit: Kit, case: str, element: str, to: str, who: Actor = CHIEF, reason: str = "少一份资料") -> dict[str, Any]:
    task, node = kit.open(case)[element], options(kit, case, element, who)[to].done.node
    seen = kit.engine.moves.preview(task, node, who)
    return kit.engine.moves.return_task(task, node, seen.version, reason, who, kit.key())


def at_judge(kit: Kit) -> str:
    case = kit.start()
    kit.complete(case, "fill", ANN, amount="5", copies="2")
    kit.complete(case, "check", BOB)
    return case


def test_the_passed_steps_are_offered_in_the_order_passed_with_who_did_them(kit: Kit) -> None:
    case = at_judge(kit)

    found = kit.engine.moves.options(kit.open(case)["judge"], CHIEF)

    assert [(step.done.element, step.done.person_name, step.is_before, step.bar) for step in found] == [("fill", "ann", True, None), ("check", "bob", True, None)]


def test_returned_work_is_back_with_who_did_it_and_the_posts_are_told(kit: Kit) -> None:
    case = at_judge(kit)

    send_back(kit, case, "judge", "fill")

    view = kit.engine.task(kit.open(case)["fill"], ANN)
    assert (kit.ready(case), view.task.assignee_id, view.values["amount"]) == (["fill"], "ann", 5)
    assert [(m.kind, m.step, m.posts, m.by.name, m.because) for m in kit.moved] == [("returned", "fill", ("clerk:nb",), "chief", "少一份资料")]  # type: ignore[attr-defined]
    returned = kit.engine.moves.returned(view)
    assert returned is not None
    assert (returned.person_name, returned.from_element, returned.reason, returned.ways) == ("chief", "judge", "少一份资料", ("rewalk", "direct"))


def test_the_history_tells_it(kit: Kit) -> None:
    case = at_judge(kit)

    send_back(kit, case, "judge", "fill")

    told = [(h.kind, h.element, h.person_id, h.details.get("reason"), h.details.get("to")) for h in kit.engine.case(case, SYSTEM).history][-3:]
    assert told == [("withdrawn", "judge", "chief", None, None), ("returned", "judge", "chief", "少一份资料", "fill"), ("opened", "fill", "chief", None, None)]


def test_rewalking_goes_step_by_step(kit: Kit) -> None:
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")

    kit.complete(case, "fill", ANN, amount="6", copies="2")

    assert kit.ready(case) == ["check"]
    assert kit.rows("SELECT state, parked IS NULL FROM task_return") == [("walked", 1 if kit.database.is_sqlite else True)]


def test_the_direct_way_goes_straight_to_who_returned_it(kit: Kit) -> None:
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")

    kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5", "copies": "2"}, ANN, kit.key())

    assert (kit.ready(case), kit.engine.task(kit.open(case)["judge"], CHIEF).task.assignee_id) == (["judge"], "chief")
    kit.forget()
    kit.complete(case, "judge", CHIEF)
    kit.complete(case, "file", BOB)
    assert kit.status(case) == "completed"


def test_after_the_direct_way_the_steps_between_count_again(kit: Kit) -> None:
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")
    kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5", "copies": "2"}, ANN, kit.key())

    assert [step.done.element for step in kit.engine.moves.options(kit.open(case)["judge"], CHIEF)] == ["check", "fill"]
    send_back(kit, case, "judge", "check")
    assert kit.ready(case) == ["check"]
    kit.complete(case, "check", BOB)
    assert kit.ready(case) == ["judge"]


def test_what_an_approval_between_has_signed_for_closes_the_direct_way_when_it_is_changed(kit: Kit) -> None:
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")

    with pytest.raises(NoWayBack, match=r"check.*amount.*须重走"):
        kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "7", "copies": "2"}, ANN, kit.key())

    assert kit.variables(case)["amount"] == 5
    kit.complete(case, "fill", ANN, amount="7", copies="2")
    assert kit.ready(case) == ["check"]


@pytest.mark.parametrize(("vouches", "amount", "copies", "is_open"), [("copies", "7", "2", True), ("copies", "5", "3", False), ("none", "7", "3", True), ("any", "5", "3", False)])
def test_the_model_says_what_a_signature_vouches_for(kit: Kit, vouches: str, amount: str, copies: str, is_open: bool) -> None:
    kit.deploy(toy_bpmn=APPROVAL.replace(b'id="check"', b'id="check" ').replace(
        b'<userTask id="check"  camunda:candidateGroups="clerk@own">', f'<userTask id="check" camunda:candidateGroups="clerk@own">{properties(vouches_for=vouches)}'.encode()
    ), fill_form=form("amount", "copies"))  # fmt: skip
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")
    task = kit.open(case)["fill"]

    if is_open:
        kit.engine.moves.resubmit(task, {"amount": amount, "copies": copies}, ANN, kit.key())
        assert kit.ready(case) == ["judge"]
    else:
        with pytest.raises(NoWayBack):
            kit.engine.moves.resubmit(task, {"amount": amount, "copies": copies}, ANN, kit.key())


def judged(**policy: str) -> bytes:
    return process(
        start(), user("fill", camunda_formKey="fill"), user("check"), user("judge", "chief@own", properties(**policy)), end(), chain("begun", "fill", "check", "judge", "done")
    )  # fmt: skip


def test_the_model_says_where_to(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged(return_to="check"), fill_form=form("amount", "copies"))
    case = at_judge(kit)

    assert list(options(kit, case, "judge")) == ["check"]
    node = kit.rows("SELECT token FROM task WHERE instance_id = ? AND element = 'fill'", case)[0][0]
    with pytest.raises(NoWayBack):
        kit.engine.moves.preview(kit.open(case)["judge"], node, CHIEF)


def test_the_model_may_let_nothing_be_returned(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged(return_to="none"), fill_form=form("amount", "copies"))

    assert options(kit, at_judge(kit), "judge") == {}


def test_the_model_may_demand_that_all_is_walked_again(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged(resubmit="rewalk"), fill_form=form("amount", "copies"))
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")

    with pytest.raises(NoWayBack):
        kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5", "copies": "2"}, ANN, kit.key())
    kit.complete(case, "fill", ANN, amount="5", copies="2")
    assert kit.ready(case) == ["check"]


def test_the_model_may_demand_the_direct_way_as_long_as_it_is_open(kit: Kit) -> None:
    kit.deploy(toy_bpmn=judged(resubmit="direct"), fill_form=form("amount", "copies"))
    case = at_judge(kit)
    send_back(kit, case, "judge", "fill")

    with pytest.raises(NoWayBack):
        kit.complete(case, "fill", ANN, amount="5", copies="2")
    kit.complete(case, "fill", ANN, amount="9", copies="2")  # what was signed for has changed, so that it must be signed anew
    assert kit.ready(case) == ["check"]


@pytest.mark.parametrize("policy", [{"return_to": "chekc"}, {"return_to": ""}, {"resubmit": "both"}, {"vouches_for": ""}])
def test_the_gate_knows_the_properties(kit: Kit, policy: dict[str, str]) -> None:
    with pytest.raises(ModelRefused):
        kit.deploy(toy_bpmn=judged(**policy), fill_form=form("amount", "copies"))


def test_a_plan_of_a_case_that_has_moved_is_refused(kit: Kit) -> None:
    kit.deploy("branches", branches_bpmn=BRANCHES.replace(b'id="toy"', b'id="branches"'))
    case = kit.start("branches")
    kit.complete(case, "first")
    kit.complete(case, "a")
    task, node = kit.open(case)["a2"], options(kit, case, "a2", ANN)["first"].done.node
    seen = kit.engine.moves.preview(task, node, ANN)
    kit.complete(case, "b", BOB)

    with pytest.raises(CaseMoved):
        kit.engine.moves.return_task(task, node, seen.version, "重核", ANN, kit.key())
    assert kit.ready(case) == ["a2", "b2"]


def test_the_preview_says_what_is_cancelled_and_what_is_kept(kit: Kit) -> None:
    kit.deploy("branches", branches_bpmn=BRANCHES.replace(b'id="toy"', b'id="branches"'))
    case = kit.start("branches")
    for element in ("first", "a", "b", "a2", "b2"):
        kit.complete(case, element)
    task, node = kit.open(case)["last"], options(kit, case, "last", ANN)["a"].done.node

    seen = kit.engine.moves.preview(task, node, ANN)

    assert [(fate.element.id, fate.what) for fate in seen.cancelled] == [("last", "task")]
    assert [(fate.element.id, fate.what) for fate in seen.kept] == [("join", "join")]
    assert [done.element for done in seen.undone] == ["a", "a2"]


def test_two_branches_one_returned_the_other_kept_with_its_work(kit: Kit) -> None:
    kit.deploy("branches", branches_bpmn=BRANCHES.replace(b'id="toy"', b'id="branches"'))
    case = kit.start("branches")
    kit.complete(case, "first")
    kit.complete(case, "a")
    kit.engine.claim(kit.open(case)["b"], BOB, kit.key())
    kit.engine.save_draft(kit.open(case)["b"], {"note": "写了一半"}, BOB)
    kept = kit.open(case)["b"]
    timers = kit.rows("SELECT id FROM timer WHERE done_at IS NULL")

    send_back(kit, case, "a2", "a", ANN)

    assert (kit.ready(case), kit.open(case)["b"]) == (["a", "b"], kept)
    assert kit.rows("SELECT assignee_id, draft FROM task WHERE id = ?", kept) == [("bob", '{"note":"写了一半"}')]
    assert kit.rows("SELECT id FROM timer WHERE done_at IS NULL") == timers
    kit.forget()
    for element in ("a", "a2"):
        kit.complete(case, element)
    for element in ("b", "b2", "last"):
        kit.complete(case, element, BOB)
    assert kit.status(case) == "completed"


def test_who_had_begun_what_is_taken_away_is_told_and_the_direct_way_gives_it_back(kit: Kit) -> None:
    kit.deploy("branches", branches_bpmn=BRANCHES.replace(b'id="toy"', b'id="branches"'))
    case = kit.start("branches")
    kit.complete(case, "first")
    kit.engine.claim(kit.open(case)["b"], BOB, kit.key())
    kit.engine.save_draft(kit.open(case)["b"], {"note": "写了一半"}, BOB)

    send_back(kit, case, "a", "first", ANN)
    assert kit.ready(case) == ["first"]
    assert [(m.kind, m.posts) for m in kit.moved] == [("returned", ("clerk:nb",)), ("gone_returned", ("clerk:nb",))]  # type: ignore[attr-defined]
    kit.engine.moves.resubmit(kit.open(case)["first"], {}, ANN, kit.key())

    assert kit.ready(case) == ["a", "b"]
    assert kit.rows("SELECT assignee_id, draft FROM task WHERE id = ?", kit.open(case)["b"]) == [("bob", '{"note":"写了一半"}')]
    assert len(kit.rows("SELECT id FROM timer WHERE done_at IS NULL")) == 1
    for element in ("a", "a2"):
        kit.complete(case, element)
    for element in ("b", "b2", "last"):
        kit.complete(case, element, BOB)
    assert kit.status(case) == "completed"


def test_what_an_earlier_release_had_parked_is_put_back(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then it was not kept when somebody had claimed what was taken away."""

    def as_before(*given: Any) -> dict[str, Any]:
        parked = park(*given)
        return {**parked, "held": {token: held[:3] for token, held in parked["held"].items()}}

    monkeypatch.setattr("engine.moves.returning.park", as_before)
    kit.deploy("branches", branches_bpmn=BRANCHES.replace(b'id="toy"', b'id="branches"'))
    case = kit.start("branches")
    kit.complete(case, "first")
    kit.engine.claim(kit.open(case)["b"], BOB, kit.key())
    send_back(kit, case, "a", "first", ANN)

    kit.engine.moves.resubmit(kit.open(case)["first"], {}, ANN, kit.key())

    assert kit.rows("SELECT assignee_id, claimed_at FROM task WHERE id = ?", kit.open(case)["b"]) == [("bob", None)]


SIGNING = process(
    start(), user("first"), user("sign", inside=many("people", "who")), user("last"), end(), chain("begun", "first", "sign", "last", "done")
)  # fmt: skip


def test_out_of_a_counter_signature_and_straight_back_what_was_signed_stays_signed(kit: Kit) -> None:
    kit.deploy("signing", signing_bpmn=SIGNING.replace(b'id="toy"', b'id="signing"'))
    case = kit.start("signing", people=["ann", "bob", "eve"])
    kit.complete(case, "first", ANN)
    kit.complete(case, "sign", ANN)
    assert kit.ready(case) == ["sign", "sign"]

    send_back(kit, case, "sign", "first", BOB)
    assert kit.ready(case) == ["first"]
    kit.engine.moves.resubmit(kit.open(case)["first"], {}, ANN, kit.key())

    assert kit.ready(case) == ["sign", "sign"]
    people = kit.rows("SELECT t.assignee_id FROM task t WHERE t.instance_id = ? AND t.state = 'open' AND t.assignee_id IS NOT NULL", case)
    assert people == [("bob",)]
    kit.forget()
    kit.complete(case, "sign", BOB)
    kit.complete(case, "sign", BOB)
    assert kit.ready(case) == ["last"]


INSIDE = (
    start("in"), gateway("parallel", "split"), user("x", camunda_formKey="fill"), user("y", "chief@own"), user("z"), gateway("parallel", "join"), end("out"),
    boundary("late", "z", timer("PT1H"), interrupting=False), user("urge"), end("urged"),
    chain("in", "split", "x", "y", "join", "out"), chain("split", "z", "join"), chain("late", "urge", "urged"),
)  # fmt: skip
BOXES = {
    "embedded": sub("box", *INSIDE),
    "nested": sub("box", start("into"), sub("inner", *INSIDE), end("out_of"), chain("into", "inner", "out_of")),
    "repeated": sub("box", *INSIDE, inside=many("numbers", "amount")),
}


def boxed(kit: Kit, kind: str) -> tuple[str, int]:
    """A case in which one run has come to y, where z is begun; and how many runs there are."""
    kit.deploy("boxed", boxed_bpmn=process(
        start(), user("first"), BOXES[kind], boundary("all_late", "box", timer("PT9H"), interrupting=False), end("told"), user("last"), end(),
        chain("begun", "first", "box", "last", "done"), chain("all_late", "told"), id_="boxed",
    ), fill_form=form("amount"))  # fmt: skip
    runs = 2 if kind == "repeated" else 1
    case = kit.start("boxed", numbers=list(range(runs)), amount=9)
    kit.complete(case, "first")
    kit.complete(case, "x", amount=7)  # in a repeated one this is the run's own
    kit.engine.claim(kit.open(case)["y"], CHIEF, kit.key())
    kit.engine.claim(kit.open(case)["z"], BOB, kit.key())
    kit.engine.save_draft(kit.open(case)["z"], {"note": "写了一半"}, BOB)
    return case, runs


def standing(kit: Kit, case: str) -> list[tuple[Any, ...]]:
    """Tasks with who has them, what is written and the variable that they see; timers."""
    tasks = kit.rows("SELECT id, element, assignee_id, draft FROM task WHERE instance_id = ? AND state = 'open'", case)
    seen = sorted(((element, *more, kit.engine.task(id_, SYSTEM).values["amount"]) for id_, element, *more in tasks), key=str)
    return [*seen, *kit.rows("SELECT element, due_at FROM timer WHERE instance_id = ? AND done_at IS NULL ORDER BY due_at, element", case)]


def finish(kit: Kit, case: str) -> dict[str, int]:
    """Does whatever is open; how often each step was done in all."""
    while ready := kit.ready(case):
        kit.complete(case, ready[0], {"y": CHIEF, "z": BOB}.get(ready[0], ANN), **({"amount": 1} if ready[0] == "x" else {}))
    assert kit.status(case) == "completed"
    return dict(kit.rows("SELECT element, count(*) FROM task WHERE instance_id = ? AND state = 'completed' GROUP BY element", case))


@pytest.mark.parametrize("kind", BOXES)
def test_out_of_a_sub_process_and_straight_back_it_stands_as_it_stood(kit: Kit, kind: str) -> None:
    case, runs = boxed(kit, kind)
    before = standing(kit, case)

    send_back(kit, case, "y", "first")
    assert [row[0] for row in standing(kit, case)] == ["first"]
    kit.forget()
    kit.engine.moves.resubmit(kit.open(case)["first"], {}, ANN, kit.key())

    assert standing(kit, case) == before
    kit.forget()
    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()
    assert kit.ready(case).count("urge") == runs
    assert finish(kit, case) == {"first": 2, "x": runs, "y": runs, "z": runs, "urge": runs, "last": 1}
    assert standing(kit, case) == []


@pytest.mark.parametrize("kind", BOXES)
def test_within_a_sub_process_the_branch_beside_is_kept_and_the_direct_way_leads_back(kit: Kit, kind: str) -> None:
    case, runs = boxed(kit, kind)
    before = standing(kit, case)

    send_back(kit, case, "y", "x")
    assert [row for row in standing(kit, case) if row[0] not in "xy"] == [row for row in before if row[0] not in "xy"]
    assert kit.ready(case).count("x") == runs
    kit.engine.moves.resubmit(kit.rows("SELECT id FROM task WHERE instance_id = ? AND state = 'open' AND returned = 1", case)[0][0], {"amount": "7"}, ANN, kit.key())

    assert standing(kit, case) == before
    assert finish(kit, case) == {"first": 1, "x": runs + 1, "y": runs, "z": runs, "last": 1}


@pytest.mark.parametrize("kind", ["embedded", "nested"])
def test_into_a_sub_process_that_is_over_and_straight_back_it_is_over_again(kit: Kit, kind: str) -> None:
    case, _runs = boxed(kit, kind)
    kit.complete(case, "z", BOB)
    kit.complete(case, "y", CHIEF)

    send_back(kit, case, "last", "y", ANN)
    assert [row[0] for row in standing(kit, case)] == ["y", "all_late"]
    kit.forget()
    kit.engine.moves.resubmit(kit.open(case)["y"], {}, CHIEF, kit.key())

    assert [row[0] for row in standing(kit, case)] == ["last"]
    send_back(kit, case, "last", "y", ANN)  # and once more, walking on: the other branch has come to the join already
    kit.complete(case, "y", CHIEF)
    assert finish(kit, case) == {"first": 1, "x": 1, "y": 3, "z": 1, "last": 1}


def test_into_a_repeated_sub_process_that_is_over_all_runs_begin_anew_and_no_way_leads_straight_back(kit: Kit) -> None:
    case, runs = boxed(kit, "repeated")
    for element in ("x", "y", "y", "z", "z"):
        kit.complete(case, element, {"y": CHIEF, "z": BOB}.get(element, ANN), **({"amount": 1} if element == "x" else {}))

    send_back(kit, case, "last", "box", ANN)

    assert [row[::3] for row in standing(kit, case)][:4] == [("x", 0), ("x", 1), ("z", 0), ("z", 1)]
    with pytest.raises(NoWayBack):
        kit.engine.moves.resubmit(kit.open(case)["x"], {"amount": "1"}, ANN, kit.key())
    assert finish(kit, case) == {"first": 1, "x": 2 * runs, "y": 2 * runs, "z": 2 * runs, "last": 1}


def test_work_that_was_booked_bars_the_return_unless_the_model_lets_it_be_done_again(kit: Kit) -> None:
    count = []

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Books."""
        count.append(ctx.key)

    def model(**more: str) -> bytes:
        inside = properties(**more) if more else ""
        return process(start(), user("a"), service("book", "toys.book", inside), user("b"), end(), chain("begun", "a", "book", "b", "done"), id_="booking")

    kit.deploy("booking", booking_bpmn=model())
    case = kit.start("booking")
    kit.complete(case, "a", ANN)
    bar = options(kit, case, "b", ANN)["a"].bar
    assert bar is not None
    assert "book" in bar.zh
    with pytest.raises(NoWayBack):
        kit.engine.moves.preview(kit.open(case)["b"], options(kit, case, "b", ANN)["a"].done.node, ANN)

    kit.deploy("booking", booking_bpmn=model(repeatable="yes").replace(b'isExecutable="true"', b'isExecutable="true" '))
    again = kit.start("booking")
    kit.complete(again, "a", ANN)
    send_back(kit, again, "b", "a", ANN)
    kit.complete(again, "a", ANN)
    assert (kit.ready(again), len(set(count))) == (["b"], 3)


ASKING = process(
    start(), user("a"), send("ask", "letter"), receive("wait", "reply", correlation="case_id()"), boundary("late", "wait", timer("PT1H"), interrupting=False),
    user("urge"), end("urged"), end(), chain("begun", "a", "ask", "wait", "done"), chain("late", "urge", "urged"), id_="asking", references=message("letter") + message("reply"),
)  # fmt: skip


def test_a_letter_that_was_sent_is_told_and_what_waits_for_the_answer_is_withdrawn(kit: Kit) -> None:
    kit.deploy("asking", asking_bpmn=ASKING)
    case = kit.start("asking")
    kit.complete(case, "a", ANN)
    kit.clock.advance(timedelta(hours=1))
    kit.engine.tick()
    task, node = kit.open(case)["urge"], options(kit, case, "urge", ANN)["a"].done.node

    seen = kit.engine.moves.preview(task, node, ANN)

    assert [(deed.element.id, deed.is_message) for deed in seen.deeds] == [("ask", True)]
    assert sorted((fate.element.id, fate.what) for fate in seen.cancelled) == [("urge", "task"), ("wait", "message")]
    kit.engine.moves.return_task(task, node, seen.version, "写错了", ANN, kit.key())
    assert kit.ready(case) == ["a"]
    assert kit.rows("SELECT count(*) FROM subscription WHERE instance_id = ?", case) == [(0,)]
    assert kit.rows("SELECT outcome FROM timer WHERE instance_id = ?", case) == [("fired",)]


def test_only_who_may_do_the_task_may_return_it(kit: Kit) -> None:
    case = at_judge(kit)
    task, node = kit.open(case)["judge"], options(kit, case, "judge")["fill"].done.node
    version = kit.engine.header(case, SYSTEM).version

    for who, refusal in ((ANN, NotYours), (OUTSIDER, NotYours)):
        with pytest.raises(refusal):
            kit.engine.moves.return_task(task, node, version, "", who, kit.key())
    with pytest.raises(NotYours):
        kit.engine.moves.options(task, ANN)
    with pytest.raises(NotFound):
        kit.engine.moves.options(task, OUTSIDER)
    assert [h.kind for h in kit.engine.case(case, SYSTEM).history][-2:] == ["refused", "refused"]


def test_asked_twice_it_is_done_once(kit: Kit) -> None:
    case = at_judge(kit)
    task, node = kit.open(case)["judge"], options(kit, case, "judge")["fill"].done.node
    version = kit.engine.header(case, SYSTEM).version

    answers = [kit.engine.moves.return_task(task, node, version, "重填", CHIEF, "the same key") for _ in range(2)]

    assert answers[0] == answers[1]
    assert [h.kind for h in kit.engine.case(case, SYSTEM).history].count("returned") == 1
    with pytest.raises(TaskNotOpen):
        kit.engine.moves.return_task(task, node, version, "重填", CHIEF, kit.key())


def test_a_returned_case_keeps_its_term(kit: Kit) -> None:
    case = at_judge(kit)
    with kit.database.write() as session:
        kit.engine.set_due(session, case, date(2026, 3, 20), "审批")

    send_back(kit, case, "judge", "fill")
    kit.complete(case, "fill", ANN, amount="6", copies="2")

    assert kit.engine.header(case, SYSTEM).due_on == date(2026, 3, 20)
    assert [task.due_on for task in kit.engine.case(case, SYSTEM).open_tasks] == [date(2026, 3, 20)]


def test_returned_again_and_again(kit: Kit) -> None:
    case = at_judge(kit)
    for _round in range(3):
        send_back(kit, case, "judge", "fill")
        kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5", "copies": "2"}, ANN, kit.key())
        kit.forget()
        send_back(kit, case, "judge", "check")
        kit.complete(case, "check", BOB)
    kit.complete(case, "judge", CHIEF)
    kit.complete(case, "file", ANN)

    assert kit.status(case) == "completed"


def test_work_of_somebody_who_has_left_goes_to_the_post(kit: Kit) -> None:
    case = at_judge(kit)
    kit.bench.directory.left.add("ann")

    send_back(kit, case, "judge", "fill")

    assert kit.rows("SELECT assignee_id, returned FROM task WHERE id = ?", kit.open(case)["fill"]) == [(None, 1)]


def test_a_handler_that_fails_on_the_way_leaves_the_case_as_it_was(kit: Kit) -> None:
    """A part that is begun anew may run into a handler; then nothing of the return has happened, and the incident can be tried again."""
    broken = []

    @kit.registry.operation("toys.look_up")
    def look_up(_ctx: StepContext) -> None:
        """Looks something up."""
        if broken:
            raise RuntimeError("查不到")

    inner = process(start("in"), service("look", "toys.look_up", properties(repeatable="yes")), user("x"), end("out"), chain("in", "look", "x", "out"), id_="inner")
    outer = process(start(), '<callActivity id="ask" calledElement="inner"/>', user("last"), end(), chain("begun", "ask", "last", "done"), id_="outer")
    kit.deploy("calling", inner_bpmn=inner, outer_bpmn=outer)
    case = kit.start("outer")
    kit.complete(case, "x", ANN)
    task, node = kit.open(case)["last"], options(kit, case, "last", ANN)["ask"].done.node
    version = kit.engine.header(case, SYSTEM).version
    broken.append(1)

    with pytest.raises(Exception, match="查不到"):
        kit.engine.moves.return_task(task, node, version, "重查", ANN, kit.key())

    assert kit.ready(case) == ["last"]
    broken.clear()
    ((incident,),) = kit.rows("SELECT id FROM incident WHERE instance_id = ?", case)
    assert kit.engine.retry_incident(incident, ANN, kit.key())
    assert (kit.ready(case), kit.engine.case(case, SYSTEM).incidents) == (["x"], [])


