"""A deputy has the posts of the absent person in the processes named, both names stand under what he does, and duties stay apart for both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotFound, NotYours, PreparedByYou, TaskAlreadyClaimed
from engine.people import Actor, Stead
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit, person

TWO = process(properties(may_cancel="chief"), start(), user("fill"), user("approve", "chief@own", inside=properties(not_by="fill")), end(), chain("begun", "fill", "approve", "done"))
OTHER = process(start(), user("look", "chief@own"), end(), chain("begun", "look", "done"), id_="other")
SAME_POST = process(start(), user("fill"), user("check", inside=properties(not_by="fill")), end(), chain("begun", "fill", "check", "done"), id_="same")


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=TWO, other_bpmn=OTHER, same_bpmn=SAME_POST)
    return kit


def standing_in(who: Actor, absent: Actor, *processes: str) -> Actor:
    """The first as the deputy of the second."""
    return replace(who, steads=(Stead(absent.person_id, absent.name, absent.post_ids, absent.scopes, absent.roles, frozenset(processes)),))


OUTSIDE = person("dora", "archivist:sz")
DORA = standing_in(OUTSIDE, CHIEF, "toy")


def at_approval(kit: Kit) -> str:
    case = kit.start()
    kit.complete(case, "fill", ANN)
    return case


def listed(kit: Kit, actor: Actor, scope: str, **narrowed: str) -> list[str]:
    page = kit.engine.worklist(actor, WorklistQuery(kit.clock.today(), scope=scope, **narrowed))  # type: ignore[arg-type]
    assert page.scopes.get(scope) == len(page.items) or narrowed
    return [row.element for row in page.items]


def test_a_deputy_sees_and_may_claim_what_the_absent_person_could_in_these_processes_only(kit: Kit) -> None:
    at_approval(kit)
    other = kit.start("other")

    assert listed(kit, DORA, "claimable") == ["approve"]
    assert listed(kit, DORA, "office") == ["approve"]
    assert listed(kit, OUTSIDE, "claimable") == []
    assert listed(kit, standing_in(OUTSIDE, CHIEF), "claimable") == ["approve", "look"]
    with pytest.raises(NotFound):
        kit.engine.header(other, DORA)
    with pytest.raises(NotYours):
        kit.engine.claim(kit.open(other)["look"], DORA, kit.key())


def test_search_and_the_list_of_cases_show_a_deputy_these_processes_only(kit: Kit) -> None:
    at_approval(kit)
    kit.start("other")

    assert listed(kit, DORA, "claimable", text="案子") == ["approve"]
    assert listed(kit, DORA, "office", text="案子") == ["approve"]
    assert [head.process_id for head in kit.engine.cases(DORA)[0]] == ["toy"]
    assert [head.process_id for head in kit.engine.cases(DORA, text="案子")[0]] == ["toy"]
    assert len(kit.engine.cases(standing_in(OUTSIDE, CHIEF))[0]) == 2
    assert kit.engine.cases(OUTSIDE)[0] == []


def test_both_names_stand_in_the_history_and_under_the_signature(kit: Kit) -> None:
    case = at_approval(kit)
    task = kit.open(case)["approve"]
    kit.engine.claim(task, DORA, kit.key())
    assert kit.engine.task(task, DORA).acts_for == "chief"
    kit.engine.complete(task, {}, DORA, kit.key())

    rows = kit.rows("SELECT kind, person_name, for_id, for_name FROM history WHERE element = 'approve' AND kind IN ('claimed', 'completed_task') ORDER BY id")
    assert rows == [("claimed", "dora", "chief", "chief"), ("completed_task", "dora", "chief", "chief")]
    signed = kit.variables(case)["done_by"]["approve"]
    assert (signed["person_id"], signed["name"], signed["for_id"], signed["by_name"]) == ("dora", "dora 代 chief", "chief", "dora")
    assert kit.rows("SELECT closed_by, closed_for FROM task WHERE element = 'approve'") == [("dora", "chief")]
    assert kit.engine.header(case, OUTSIDE).status == "completed"  # whoever took part still sees it


def test_who_has_the_post_himself_acts_in_his_own_name(kit: Kit) -> None:
    case = kit.start()
    kit.complete(case, "fill", standing_in(BOB, ANN))

    assert kit.rows("SELECT closed_by, closed_for FROM task WHERE element = 'fill'") == [("bob", "")]
    assert kit.variables(case)["done_by"]["fill"]["name"] == "bob"


def test_a_deputy_may_approve_neither_what_he_prepared_nor_what_the_absent_person_prepared(kit: Kit) -> None:
    both = person("both", "clerk:nb", "chief:nb")
    for preparer in (both, person("dora", "clerk:nb")):
        case = kit.start()
        kit.complete(case, "fill", preparer)
        deputy = standing_in(OUTSIDE, both)
        task = kit.open(case)["approve"]

        for act in (kit.engine.claim, lambda t, who, key: kit.engine.complete(t, {}, who, key)):
            with pytest.raises(PreparedByYou):
                act(task, deputy, kit.key())
        assert kit.engine.task(task, deputy).refused_because == "fill"


def test_the_absent_person_may_not_approve_what_was_prepared_for_him(kit: Kit) -> None:
    case = kit.start("same")
    kit.complete(case, "fill", standing_in(OUTSIDE, ANN))

    for barred in (ANN, standing_in(OUTSIDE, ANN), person("dora", "clerk:nb")):
        with pytest.raises(PreparedByYou):
            kit.engine.claim(kit.open(case)["check"], barred, kit.key())
    kit.engine.claim(kit.open(case)["check"], BOB, kit.key())


def test_a_deputy_goes_on_with_what_the_absent_person_has_begun(kit: Kit) -> None:
    task = kit.open(at_approval(kit))["approve"]
    kit.engine.claim(task, CHIEF, kit.key())
    kit.engine.save_draft(task, {"note": "一半"}, CHIEF)

    assert listed(kit, DORA, "claimable") == ["approve"]
    assert kit.engine.task(task, DORA).may_claim
    assert listed(kit, standing_in(OUTSIDE, CHIEF, "other"), "claimable") == []
    kit.engine.claim(task, DORA, kit.key())
    assert kit.engine.task(task, DORA).draft == {"note": "一半"}
    with pytest.raises(TaskAlreadyClaimed):
        kit.engine.claim(task, CHIEF, kit.key())


def test_what_a_deputy_has_in_hand_is_no_longer_his_when_it_is_over(kit: Kit) -> None:
    task = kit.open(at_approval(kit))["approve"]
    kit.engine.claim(task, DORA, kit.key())

    with pytest.raises(NotYours):
        kit.engine.complete(task, {}, OUTSIDE, kit.key())
    assert kit.engine.task(task, OUTSIDE).has_lost_post


def test_a_deputy_starts_and_ends_cases_for_the_absent_person(kit: Kit) -> None:
    deputy = standing_in(OUTSIDE, ANN, "toy")
    assert [view.model.process_id for view in kit.engine.startable(deputy)] == ["toy"]
    case = kit.engine.start("toy", office_id="nb", actor=deputy, key=kit.key(), variables={}).instance_id
    with pytest.raises(NotYours):
        kit.engine.start("other", office_id="nb", actor=deputy, key=kit.key(), variables={})
    kit.engine.cancel_case(case, "撤回", DORA, kit.key())

    rows = kit.rows("SELECT kind, person_id, for_id FROM history WHERE instance_id = ? AND kind IN ('started', 'cancelled') ORDER BY id", case)
    assert rows == [("started", "dora", "ann"), ("cancelled", "dora", "chief")]

