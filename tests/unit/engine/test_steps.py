"""A case through the front door: start, claim, complete, gateways, joins, refusals, repetition, incidents."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine import tasks
from engine.errors import NotFound, NotYours, PreparedByYou, StepFailed, TaskAlreadyClaimed, TaskNotOpen
from engine.registry import StepContext
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, flow, gateway, process, properties, script, service, start, user
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


TWO_STEPS = process(
    start(),
    user("fill"),
    user("approve", "chief@own", properties(not_by="fill")),
    end(),
    chain("begun", "fill", "approve", "done"),
)


def test_a_case_goes_from_start_to_end(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    case = kit.start()

    kit.complete(case, "fill")
    kit.complete(case, "approve", CHIEF)

    assert kit.status(case) == "completed"
    assert [h.kind for h in kit.engine.case(case, ANN).history] == [
        "started", "opened", "completed_task", "opened", "completed_task", "completed",
    ]  # fmt: skip


def test_someone_without_the_post_is_refused_and_the_trail_says_so(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    case = kit.start()

    with pytest.raises(NotYours):
        kit.complete(case, "fill", CHIEF)

    refused = [h for h in kit.engine.case(case, ANN).history if h.kind == "refused"]
    assert [(h.person_id, h.details["why"]) for h in refused] == [("chief", "NotYours")]
    assert "fill" in kit.open(case)


def test_who_prepared_does_not_approve(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(),
            user("fill"),
            user("approve", inside=properties(not_by="fill")),
            end(),
            chain("begun", "fill", "approve", "done"),
        )
    )
    case = kit.start()
    kit.complete(case, "fill", ANN)

    with pytest.raises(PreparedByYou):
        kit.complete(case, "approve", ANN)

    kit.complete(case, "approve", BOB)
    assert kit.status(case) == "completed"


def test_a_claimed_task_is_one_persons(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    task = kit.open(kit.start())["fill"]
    kit.engine.claim(task, ANN, kit.key())

    with pytest.raises(TaskAlreadyClaimed):
        kit.engine.claim(task, BOB, kit.key())

    kit.engine.release(task, ANN, kit.key())
    kit.engine.claim(task, BOB, kit.key())


def test_a_request_sent_twice_acts_once(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    case = kit.start()
    task = kit.open(case)["fill"]

    first = kit.engine.complete(task, {}, ANN, "the same key")
    second = kit.engine.complete(task, {}, ANN, "the same key")

    assert first == second
    assert list(kit.open(case)) == ["approve"]
    with pytest.raises(TaskNotOpen):
        kit.engine.complete(task, {}, ANN, "another key")


def test_an_outsider_cannot_tell_a_hidden_case_from_none(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    case = kit.start()

    with pytest.raises(NotFound) as hidden:
        kit.engine.case(case, OUTSIDER)
    with pytest.raises(NotFound) as absent:
        kit.engine.case("0" * 32, OUTSIDER)

    assert str(hidden.value) == str(absent.value)


def test_the_first_branch_that_holds_is_taken(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("exclusive", "big", "big_to_small"), user("large"), user("small"), end(), flow("begun", "big"),
            flow("big", "large", "amount >= 100000"), flow("big", "small"), chain("large", "done"), chain("small", "done"),
        )
    )  # fmt: skip

    assert list(kit.open(kit.start(amount=100000))) == ["large"]
    assert list(kit.open(kit.start(amount=99999))) == ["small"]


def test_parallel_branches_lose_no_update(kit: Kit) -> None:
    kit.deploy(
        toy_bpmn=process(
            start(), gateway("parallel", "split"), user("a"), user("b"), script("set_a", "status", '"approved"'), script("set_b", "seen", "true"),
            gateway("parallel", "join"), user("last"), end(), flow("begun", "split"), chain("split", "a", "set_a", "join"),
            chain("split", "b", "set_b", "join"), chain("join", "last", "done"),
        )
    )  # fmt: skip
    case = kit.start(status="draft")

    kit.complete(case, "a")
    assert "last" not in kit.open(case)
    kit.complete(case, "b")

    assert kit.variables(case)["status"] == "approved"
    assert list(kit.open(case)) == ["last"]


def test_a_handler_that_raises_rolls_the_step_back_and_can_be_retried(kit: Kit) -> None:
    broken = [True]

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> dict[str, object]:
        """Books."""
        ctx.set_business_key("NB-1")
        if broken:
            raise RuntimeError("台账打不开")
        return {"booked": True}

    kit.deploy(
        toy_bpmn=process(start(), user("fill"), service("book", "toys.book"), end(), chain("begun", "fill", "book", "done"))
    )
    case = kit.start()

    with pytest.raises(StepFailed, match="台账打不开"):
        kit.complete(case, "fill")
    incidents = kit.engine.case(case, ANN).incidents
    assert [(i.element, i.reason) for i in incidents] == [("book", "台账打不开")]
    assert list(kit.open(case)) == ["fill"]
    assert kit.engine.header(case, ANN).business_key == ""

    broken.clear()
    kit.engine.retry_incident(incidents[0].id, ANN, kit.key())

    view = kit.engine.case(case, ANN)
    assert (view.header.status, view.header.business_key, view.variables["booked"], view.incidents) == (
        "completed",
        "NB-1",
        True,
        [],
    )


def test_a_claim_and_a_release_that_failed_can_be_retried_by_whoever_did_it(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    task = kit.open(kit.start())["fill"]

    for act, holder in ((kit.engine.claim, "ann"), (kit.engine.release, None)):
        with pytest.MonkeyPatch.context() as broken, pytest.raises(StepFailed) as failed:
            broken.setattr(tasks.history, "add", lambda *_given, **_named: 1 // 0)
            act(task, ANN, kit.key())
        with pytest.raises(NotYours):
            kit.engine.retry_incident(failed.value.incident_id, BOB, kit.key())

        kit.engine.retry_incident(failed.value.incident_id, ANN, kit.key())

        assert kit.rows("SELECT assignee_id FROM task WHERE id = ?", task) == [(holder,)]
    assert kit.rows("SELECT count(*) FROM incident WHERE resolved_at IS NULL") == [(0,)]


def test_the_worklist_shows_whose_turn_it_is(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO_STEPS)
    case = kit.start()
    query = WorklistQuery(kit.clock.today(), scope="claimable")

    assert [t.element for t in kit.engine.worklist(ANN, query).items] == ["fill"]
    assert kit.engine.worklist(CHIEF, query).items == []
    kit.engine.claim(kit.open(case)["fill"], ANN, kit.key())
    page = kit.engine.worklist(ANN, WorklistQuery(kit.clock.today(), scope="mine"))

    assert [t.element for t in page.items] == ["fill"]
    assert page.scopes == {"mine": 1, "claimable": 0, "office": 1}
    assert kit.engine.worklist(OUTSIDER, WorklistQuery(kit.clock.today(), scope="office")).items == []
