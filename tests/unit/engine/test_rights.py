"""Who may start, see, do and end; a refusal stands in the trail of the case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import FormInvalid, NotActive, NotFound, NotYours, PreparedByYou, StepFailed, TaskAlreadyClaimed
from engine.people import SYSTEM, Actor, Stead
from engine.rights import JUST_NOW
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit, person

FORM = b'{"type": "default", "id": "ask", "components": [{"type": "number", "key": "amount", "label": "\xe9\x87\x91\xe9\xa2\x9d", "validate": {"required": true}}]}'
TWO = process(
    properties(may_cancel="chief"), start(camunda_formKey="ask"), user("fill"), user("approve", inside=properties(not_by="fill")), end(),
    chain("begun", "fill", "approve", "done"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=TWO, ask_form=FORM)
    return kit


def begin(kit: Kit, actor: Actor, office: str = "nb", amount: str = "3") -> str:
    return kit.engine.start("toy", office_id=office, actor=actor, key=kit.key(), form={"amount": amount}).instance_id


def test_a_case_is_started_by_those_whom_the_process_names_in_their_own_office(kit: Kit) -> None:
    assert [view.model.process_id for view in kit.engine.startable(ANN)] == ["toy"]
    assert kit.engine.startable(CHIEF) == []
    begin(kit, ANN)

    for actor, office in ((CHIEF, "nb"), (ANN, "sz"), (OUTSIDER, "nb")):
        with pytest.raises(NotYours):
            begin(kit, actor, office)


def test_whoever_began_a_case_does_not_do_what_the_start_bars(any_database: Database, clock: ManualClock) -> None:
    """Nor does the one in whose stead it was begun."""
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(start(camunda_formKey="ask"), user("review", inside=properties(not_by="begun")), end(), chain("begun", "review", "done")), ask_form=FORM)
    mine, bobs = begin(kit, ANN), begin(kit, BOB)
    lent = replace(person("dora", "archivist:sz"), steads=(Stead(ANN.person_id, ANN.name, ANN.post_ids, ANN.scopes, ANN.roles, frozenset({"toy"})),))
    for case, actor in ((mine, ANN), (mine, lent), (bobs, BOB)):
        review = kit.open(case)["review"]
        task = kit.engine.task(review, actor)
        assert (task.refused_because, task.may_claim) == ("begun", False)
        with pytest.raises(PreparedByYou, match="begun"):
            kit.engine.claim(review, actor, kit.key())

    kit.engine.claim(kit.open(bobs)["review"], ANN, kit.key())


def test_a_post_starts_cases_of_its_own_office_not_of_every_office_that_its_holder_sees(kit: Kit) -> None:
    both = person("both", "clerk:nb/hs", "archivist:nb")
    begin(kit, both, "nb/hs")

    assert [view.office_ids for view in kit.engine.startable(both)] == [("nb/hs",)]
    for office in ("nb", "nb/jd"):
        with pytest.raises(NotYours):
            begin(kit, both, office)


def test_a_post_at_two_offices_starts_at_both(kit: Kit) -> None:
    both = person("both", "clerk:nb/hs", "clerk:nb/jd")

    assert [view.office_ids for view in kit.engine.startable(both)] == [("nb/hs", "nb/jd")]
    for office in ("nb/hs", "nb/jd"):
        begin(kit, both, office)


def test_the_relation_that_a_process_names_finds_the_post_that_starts_it(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=TWO.replace(b'candidateStarterGroups="clerk"', b'candidateStarterGroups="clerk@parent"'), ask_form=FORM)

    begin(kit, ANN, "nb/hs")
    for actor, office in ((ANN, "nb/hs/east"), (person("low", "clerk:nb/hs"), "nb/hs")):
        with pytest.raises(NotYours):
            begin(kit, actor, office)


def test_a_case_is_ended_by_the_post_at_its_own_office(kit: Kit) -> None:
    case = begin(kit, person("low", "clerk:nb/hs"), "nb/hs")

    for elsewhere in (CHIEF, person("sees", "clerk:nb", "chief:nb/jd")):
        with pytest.raises(NotYours):
            kit.engine.cancel_case(case, "撤回", elsewhere, kit.key())
    kit.engine.cancel_case(case, "撤回", person("own", "chief:nb/hs"), kit.key())


def test_the_form_of_the_start_event_is_checked(kit: Kit) -> None:
    with pytest.raises(FormInvalid) as wrong:
        begin(kit, ANN, amount="many")

    assert list(wrong.value.errors) == ["amount"]
    assert kit.cases("toy") == []
    assert kit.variables(begin(kit, ANN))["amount"] == 3


LOOKS: list[Callable[[Kit, str, Actor], object]] = [
    lambda kit, case, who: kit.engine.case(case, who),
    lambda kit, case, who: kit.engine.header(case, who),
    lambda kit, case, who: kit.engine.diagram(case, who),
    lambda kit, case, who: kit.engine.task(kit.open(case)["fill"], who),
    lambda kit, case, who: kit.engine.comment(case, "你好", who, kit.key()),
    lambda kit, case, who: kit.engine.attach(case, "a.txt", b"a", "text/plain", who, kit.key()),
]


@pytest.mark.parametrize("look", LOOKS)
def test_an_outsider_sees_nothing_that_a_colleague_sees(kit: Kit, look: Callable[[Kit, str, Actor], object]) -> None:
    case = begin(kit, ANN)

    look(kit, case, BOB)
    with pytest.raises(NotFound) as hidden:
        look(kit, case, OUTSIDER)

    assert str(hidden.value) == str(NotFound())


def test_an_attachment_is_read_by_who_sees_its_case(kit: Kit) -> None:
    file = kit.engine.attach(begin(kit, ANN), "函.pdf", b"%PDF", "application/pdf", ANN, "k")

    assert kit.engine.attachment(file, BOB) == ("函.pdf", "application/pdf", b"%PDF")
    with pytest.raises(NotFound):
        kit.engine.attachment(file, OUTSIDER)


def test_whoever_took_part_still_sees_the_case_from_another_office(kit: Kit) -> None:
    case = begin(kit, ANN)
    helper = Actor("helper", "帮手", frozenset({"clerk:nb"}), ())
    kit.engine.complete(kit.open(case)["fill"], {}, helper, kit.key())

    assert kit.engine.header(case, helper).status == "active"
    assert kit.engine.header(case, Actor("helper", "帮手")).status == "active"


def test_who_prepared_can_neither_claim_nor_complete_the_approval(kit: Kit) -> None:
    case = begin(kit, ANN)
    kit.complete(case, "fill", ANN)
    task = kit.open(case)["approve"]

    for act in (kit.engine.claim, lambda t, who, key: kit.engine.complete(t, {}, who, key)):
        with pytest.raises(PreparedByYou):
            act(task, ANN, kit.key())

    assert kit.engine.task(task, ANN).refused_because == "fill"
    assert not kit.engine.task(task, ANN).may_claim
    assert [h.kind for h in kit.engine.case(case, ANN).history].count("refused") == 2
    kit.engine.claim(task, BOB, kit.key())


def test_only_a_role_that_the_process_names_ends_a_case(kit: Kit) -> None:
    case = begin(kit, ANN)

    for actor, refusal in ((ANN, NotYours), (OUTSIDER, NotFound), (person("far", "chief:sz"), NotFound)):
        with pytest.raises(refusal):
            kit.engine.cancel_case(case, "撤回", actor, kit.key())
    kit.engine.cancel_case(case, "纳税人注销", CHIEF, kit.key())

    view = kit.engine.case(case, ANN)
    assert (view.header.status, view.open_tasks) == ("cancelled", [])
    with pytest.raises(NotActive):
        kit.engine.cancel_case(case, "再次", CHIEF, kit.key())


def test_a_task_without_a_post_leaves_an_incident_and_the_step_undone(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(start(), user("fill"), user("lost", "nobody@own"), end(), chain("begun", "fill", "lost", "done")))
    case = kit.start()

    with pytest.raises(StepFailed, match="岗位"):
        kit.complete(case, "fill")

    (incident,) = kit.engine.case(case, ANN).incidents
    assert incident.element == "lost"
    assert list(kit.open(case)) == ["fill"]
    with pytest.raises(NotYours):
        kit.engine.retry_incident(incident.id, BOB, kit.key())


def test_a_named_person_holds_the_task_and_cannot_give_it_back(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    again = '<userTask id="again" camunda:assignee="done_by.fill"/>'
    kit.deploy(toy_bpmn=process(start(), user("fill"), again, end(), chain("begun", "fill", "again", "done")))
    case = kit.start()
    kit.complete(case, "fill", BOB)
    task = kit.open(case)["again"]

    for act in (kit.engine.release, lambda t, who, key: kit.engine.complete(t, {}, who, key)):
        with pytest.raises(NotYours):
            act(task, ANN, kit.key())
    with pytest.raises(NotYours, match="指定"):
        kit.engine.release(task, BOB, kit.key())

    kit.engine.complete(task, {}, BOB, kit.key())
    assert kit.status(case) == "completed"


def test_a_claimed_task_is_lost_with_the_post(kit: Kit) -> None:
    case = begin(kit, ANN)
    task = kit.open(case)["fill"]
    kit.engine.claim(task, ANN, kit.key())
    moved = Actor("ann", "ann", frozenset({"clerk:sz"}), ("sz/",))

    with pytest.raises(NotYours):
        kit.engine.complete(task, {}, moved, kit.key())
    assert kit.engine.header(case, SYSTEM).status == "active"


NAMED = '<userTask id="again" camunda:assignee="named" camunda:candidateGroups="clerk@own"/>'


@pytest.mark.parametrize(("left", "others"), [(set(), "held"), ({"ann"}, "free")])
def test_a_named_person_without_a_post_for_it_leaves_the_task_to_the_posts(database: Database, clock: ManualClock, left: set[str], others: str) -> None:
    kit = Kit(database, clock)
    kit.bench.directory.left = left
    kit.deploy(toy_bpmn=process(start(), NAMED, end(), chain("begun", "again", "done")))
    task = kit.open(kit.start(named="ann"))["again"]

    assert kit.engine.task(task, BOB).may_claim is (others == "free")
    assert [row.id for row in kit.engine.worklist(BOB, WorklistQuery(clock.today(), scope="claimable")).items] == ([task] if others == "free" else [])
    if others == "held":
        with pytest.raises(TaskAlreadyClaimed):
            kit.engine.claim(task, BOB, kit.key())
    else:
        kit.engine.claim(task, BOB, kit.key())


def test_who_loses_the_post_leaves_what_he_held_to_the_others(kit: Kit) -> None:
    task = kit.open(begin(kit, ANN))["fill"]
    kit.engine.claim(task, ANN, kit.key())
    kit.bench.directory.left.add("ann")
    kit.clock.advance(JUST_NOW)  # whoever has just claimed is not asked for his post again

    assert kit.engine.task(task, BOB).may_claim
    kit.engine.claim(task, BOB, kit.key())
    kit.engine.complete(task, {}, BOB, kit.key())


def test_the_page_offers_what_the_engine_takes_and_nothing_more(kit: Kit) -> None:
    task = kit.open(begin(kit, ANN))["fill"]
    kit.engine.claim(task, ANN, kit.key())
    moved = Actor("ann", "ann", frozenset({"clerk:sz"}), ("sz/",))

    assert (kit.engine.task(task, ANN).may_complete, kit.engine.task(task, ANN).has_lost_post) == (True, False)
    seen = kit.engine.task(task, moved)
    assert (seen.may_complete, seen.may_claim, seen.has_lost_post) == (False, False, True)
    with pytest.raises(NotYours):
        kit.engine.save_draft(task, {}, moved)


def test_a_task_that_the_model_gives_to_a_person_needs_no_post(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    again = '<userTask id="again" camunda:assignee="done_by.fill"/>'
    kit.deploy(toy_bpmn=process(start(), user("fill"), again, end(), chain("begun", "fill", "again", "done")))
    case = kit.start()
    kit.complete(case, "fill", BOB)
    without_posts = Actor("bob", "bob")

    seen = kit.engine.task(kit.open(case)["again"], without_posts)

    assert (seen.may_complete, seen.has_lost_post) == (True, False)
    kit.engine.complete(kit.open(case)["again"], {}, without_posts, kit.key())
