"""Work when people, posts and offices change: it falls back, is found where nobody is there, moves along; and is done once per key."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import Declined, NotFound, TaskNotOpen
from engine.people import SYSTEM, Actor
from engine.staffing import OpenWork
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, start, user
from tests.factories.kit import ANN, BOB, Kit, person

ONE = process(start(), user("fill"), end(), chain("begun", "fill", "done"))
NAMED = process(start(), user("own", "", camunda_assignee='"ann"'), end(), chain("begun", "own", "done"), id_="named")
MANY = 200


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=ONE)
    return kit


def fall_back(kit: Kit, who: str = "ann") -> list[OpenWork]:
    with kit.database.write() as session:
        return kit.engine.staffing.fall_back(session, who, SYSTEM, "离职")


def claimable(kit: Kit, actor: Actor) -> int:
    return kit.engine.worklist(actor, WorklistQuery(kit.clock.today(), scope="claimable")).scopes["claimable"]


def test_two_hundred_tasks_of_somebody_who_leaves_are_back_with_the_post_and_none_is_lost(kit: Kit) -> None:
    tasks = [kit.open(kit.start())["fill"] for _ in range(MANY)]
    for task in tasks:
        kit.engine.claim(task, ANN, kit.key())
    kit.engine.save_draft(tasks[7], {"note": "一半"}, ANN)
    assert claimable(kit, BOB) == 0

    kit.bench.directory.left.add("ann")
    fallen = fall_back(kit)

    assert sorted(work.id for work in fallen) == sorted(tasks)
    assert claimable(kit, BOB) == MANY
    assert kit.rows("SELECT count(*) FROM task WHERE state = 'open' AND assignee_id IS NULL") == [(MANY,)]
    assert kit.rows("SELECT count(*) FROM history WHERE kind = 'fell_back'") == [(MANY,)]
    kit.engine.claim(tasks[7], BOB, kit.key())
    assert kit.engine.task(tasks[7], BOB).draft == {"note": "一半"}
    assert fall_back(kit) == []


def test_who_still_holds_the_post_keeps_his_tasks(kit: Kit) -> None:
    kit.engine.claim(kit.open(kit.start())["fill"], ANN, kit.key())

    assert fall_back(kit) == []
    assert kit.rows("SELECT assignee_id FROM task") == [("ann",)]


def test_a_post_that_nobody_holds_shows_its_tasks_and_they_are_sent_on(kit: Kit) -> None:
    task = kit.open(kit.start())["fill"]
    kit.bench.directory.unheld.add("clerk:nb")
    supervisor = person("super", "chief:nb")

    with kit.database.read() as session:
        assert [work.id for work in kit.engine.staffing.unattended(session)] == [task]
    with kit.database.write() as session:
        kit.engine.staffing.reassign(session, task, "deputy_clerk:nb", "人员调走", supervisor, ("nb/",))

    with kit.database.read() as session:
        assert kit.engine.staffing.unattended(session) == []
    kit.engine.claim(task, person("new", "deputy_clerk:nb"), kit.key())
    assert [row.kind for row in kit.engine.case(kit.cases("toy")[0], SYSTEM).history][-2:] == ["reassigned", "claimed"]


def test_a_task_is_sent_on_by_whoever_supervises_its_office_with_a_reason_and_only_where_nobody_is_there(kit: Kit) -> None:
    task = kit.open(kit.start())["fill"]
    supervisor = person("super", "chief:nb")

    def reassign(post: str = "deputy_clerk:nb", reason: str = "人员调走", over: str = "nb/") -> None:
        with kit.database.write() as session:
            kit.engine.staffing.reassign(session, task, post, reason, supervisor, (over,))

    with pytest.raises(Declined, match="有人可以办理"):
        reassign()
    kit.bench.directory.unheld.update({"clerk:nb", "empty:nb"})
    with pytest.raises(NotFound):
        reassign(over="sz/")
    with pytest.raises(Declined, match="理由"):
        reassign(reason=" ")
    with pytest.raises(Declined, match="也无人任职"):
        reassign(post="empty:nb")
    kit.complete(kit.cases("toy")[0], "fill", ANN)
    with pytest.raises(TaskNotOpen):
        reassign()


def test_a_task_that_the_model_gave_to_somebody_who_left_is_found_too(kit: Kit) -> None:
    kit.deploy("named", named_bpmn=NAMED)
    task = kit.open(kit.start("named"))["own"]
    kit.bench.directory.left.add("ann")

    assert fall_back(kit) == []
    with kit.database.read() as session:
        assert [work.id for work in kit.engine.staffing.unattended(session)] == [task]
    with kit.database.write() as session:
        kit.engine.staffing.reassign(session, task, "clerk:nb", "离职", person("super", "chief:nb"), ("nb/",))
    kit.complete(kit.cases("named")[0], "own", BOB)


def test_cases_tasks_and_lists_follow_an_office_to_another_place_of_the_tree(kit: Kit) -> None:
    moved, stays = kit.start(office="sat/nb/hs"), kit.start(office="sat/nb/jd")
    lower = kit.start(office="sat/nb/hs/1")
    done = kit.start(office="sat/nb/hs")
    kit.complete(done, "fill", person("c", "clerk:sat/nb/hs"))

    with kit.database.write() as session:
        kit.engine.staffing.move_office(session, "sat/nb/hs/", "sat/sz/hs/")

    def seen(path: str) -> set[str]:
        actor = Actor("reader", "读者", scopes=(path,))
        tasks = {row.instance_id for row in kit.engine.worklist(actor, WorklistQuery(kit.clock.today(), scope="office")).items}
        cases = {head.instance_id for head in kit.engine.cases(actor)[0]}
        assert tasks == cases - {done}
        return cases

    assert seen("sat/sz/") == seen("sat/sz/hs/") == {moved, lower, done}
    assert seen("sat/nb/") == {stays}
    assert seen("sat/nb/hs/") == set()
    assert seen("sat/") == {moved, stays, lower, done}
    kit.complete(moved, "fill", person("c", "clerk:sat/nb/hs"))
    kit.complete(lower, "fill", person("d", "clerk:sat/nb/hs/1"))
    kit.complete(stays, "fill", person("e", "clerk:sat/nb/jd"))
    assert kit.rows("SELECT count(*) FROM task_office") == [(0,)]


def test_what_runs_at_an_office_is_counted_with_the_tasks_of_its_posts_in_other_cases(kit: Kit) -> None:
    kit.start(office="nb")
    kit.start(office="sz")

    with kit.database.read() as session:
        assert kit.engine.staffing.work_at(session, "nb/", ["clerk:sz"]) == (1, 1)
        assert kit.engine.staffing.work_at(session, "xx/", []) == (0, 0)
        assert kit.engine.staffing.work_beneath(session, "nb/") == (1, 1)


def test_an_act_of_another_room_is_done_once_for_its_key(kit: Kit) -> None:
    done = list[str]()

    for _ in range(2):
        with kit.database.write() as session:
            kit.engine.once(session, "move", ANN, "key-1", {"to": "sz"}, lambda: done.append("moved"))

    assert done == ["moved"]
