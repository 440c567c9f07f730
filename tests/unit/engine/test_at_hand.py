"""What somebody has to do in a case: in hand, asked, in another's stead, or free for a post of his; nothing of others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.people import Actor, Stead
from tests.factories.bpmn import chain, end, flow, gateway, process, start, user
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit, person

BOTH = process(
    start(), gateway("parallel", "split"), user("fill"), user("look", "chief@own"), gateway("parallel", "meet"), end(),
    chain("begun", "split"), flow("split", "fill"), flow("split", "look"), flow("fill", "meet"), flow("look", "meet"), flow("meet", "done"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=BOTH)
    return kit


def deputy_of(absent: Actor, *processes: str) -> Actor:
    return replace(person("dora"), steads=(Stead(absent.person_id, absent.name, absent.post_ids, absent.scopes, absent.roles, frozenset(processes)),))


def has(kit: Kit, case: str, who: Actor) -> list[str]:
    """The elements of what is his to do."""
    names = {task: element for element, task in kit.open(case).items()}
    return [names[task] for task in kit.engine.at_hand([case], who).get(case, [])]


def test_what_nobody_has_is_for_whoever_has_a_post_for_it_and_then_for_its_holder_alone(kit: Kit) -> None:
    case = kit.start()
    assert [has(kit, case, who) for who in (ANN, BOB, CHIEF, OUTSIDER)] == [["fill"], ["fill"], ["look"], []]

    kit.engine.claim(kit.open(case)["fill"], ANN, kit.key())

    assert [has(kit, case, who) for who in (ANN, BOB, CHIEF)] == [["fill"], [], ["look"]]


def test_what_is_in_hand_comes_first_and_whoever_is_asked_has_something_to_do_too(kit: Kit) -> None:
    case, both = kit.start(), replace(CHIEF, post_ids=CHIEF.post_ids | ANN.post_ids, roles=CHIEF.roles | ANN.roles)
    fill, look = kit.open(case)["fill"], kit.open(case)["look"]
    kit.hire(both)
    for task, first in ((fill, "fill"), (look, "look")):
        kit.engine.claim(task, both, kit.key())
        assert has(kit, case, both)[0] == first
        kit.engine.release(task, both, kit.key())
    kit.engine.claim(fill, ANN, kit.key())
    kit.engine.parties.ask(fill, "ask", [BOB.person_id], ANN, kit.key(), text="可否")

    assert has(kit, case, BOB) == ["fill"]
    assert kit.engine.at_hand([case], BOB, asked=False) == {}


def test_a_deputy_has_what_the_absent_person_has_in_the_processes_named(kit: Kit) -> None:
    case = kit.start()
    dora, elsewhere = deputy_of(CHIEF, "toy"), deputy_of(CHIEF, "other")
    assert (has(kit, case, dora), has(kit, case, elsewhere)) == (["look"], [])

    kit.engine.claim(kit.open(case)["look"], CHIEF, kit.key())

    assert (has(kit, case, dora), has(kit, case, elsewhere)) == (["look"], [])
    assert kit.engine.at_hand([], dora) == {}
