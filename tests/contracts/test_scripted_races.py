"""Of everything that can happen only once, in both orders: the second waits for the first, and sees what it did, or that it died.

What many threads of one process do to each other by chance stands in `test_engine_races.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from app import Config, compose
from commands import demo_office
from commands.scenarios.stage import unrendered
from db.clock import ManualClock
from db.session import Database, Work
from engine.case import written
from engine.errors import Declined, ModelRefused, TaskAlreadyClaimed, TaskNotOpen
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from tests.factories.bpmn import (
    boundary,
    chain,
    end,
    gateway,
    many,
    message,
    on_message,
    process,
    properties,
    receive,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.races import Died, Held, Pair, race
from tests.procedures.test_coinvestigation import draft, send
from tests.procedures.test_terms_of_cases import URGE, cases, on, sheets
from tests.procedures.walking import Walk

WORK = process(properties(may_cancel="chief"), start(), user("work"), user("after"), end(), chain("begun", "work", "after", "done"))
HALTED = process(
    start(), user("work"), boundary("halt", "work", properties(correlation='"x"') + on_message("stop")), user("after"), user("halted"), end(),
    chain("begun", "work", "after", "done"), chain("halt", "halted", "done"), references=message("stop"),
)  # fmt: skip
TIMED = process(
    start(), user("work"), boundary("late", "work", timer("PT1H")), user("after"), user("urge"), end(), chain("begun", "work", "after", "done"),
    chain("late", "urge", "done"),
)  # fmt: skip
BRANCHES = process(
    start(), gateway("parallel", "split"), user("a"), user("b"), gateway("parallel", "join"), user("last"), end(),
    chain("begun", "split", "a", "join"), chain("split", "b", "join"), chain("join", "last", "done"),
)  # fmt: skip
EITHER = process(
    start(), user("approve", inside=many(count="2", until="nrOfCompletedInstances >= 1")), user("after"), end(), chain("begun", "approve", "after", "done")
)  # fmt: skip
WAITING = process(
    start(), receive("wait", "ping", correlation='"x"'), user("after"), end(), chain("begun", "wait", "after", "done"), references=message("ping")
)  # fmt: skip
TOLD = ("claimed", "completed_task", "cancelled", "received", "timer")
Act = Callable[[Kit, str, list[str]], object]  # by whom, on which case with which open tasks


@dataclass(frozen=True)
class Came:
    """What a race must come to: for the first and for the second, what is open, and what the history says."""

    first: object
    second: object
    open: str
    history: tuple[str, ...]


@dataclass(frozen=True)
class Race:
    """Two acts on a case of a model, and what they come to by who is first and what becomes of him."""

    model: bytes
    one: Act
    other: Act
    outcomes: dict[str, Came]
    passes: str = ""  # who, on PostgreSQL, does not wait but lets the first be


def claim(who: Actor) -> Act:
    return lambda kit, _case, tasks: kit.engine.claim(tasks[0], who, kit.key())


def complete(who: Actor, which: int = 0) -> Act:
    def act(kit: Kit, _case: str, tasks: list[str]) -> str:
        kit.engine.complete(tasks[which], {}, who, kit.key())
        return "done"

    return act


def withdraw(kit: Kit, case: str, _tasks: list[str]) -> None:
    kit.engine.cancel_case(case, "撤回", CHIEF, kit.key())


def say(name: str) -> Act:
    return lambda kit, _case, _tasks: kit.engine.send_message(name, "x", {}, kit.key())


def tick(kit: Kit, _case: str, _tasks: list[str]) -> str:
    kit.engine.tick()
    return "ticked"


ONCE_EACH = {  # whoever is first has it, and the second is told; if the first dies, the second has it
    "one commits": Came("done", TaskNotOpen, "after", ("completed_task work ann",)),
    "one dies": Came(Died, "done", "after", ("completed_task work bob",)),
    "other commits": Came("done", TaskNotOpen, "after", ("completed_task work bob",)),
    "other dies": Came(Died, "done", "after", ("completed_task work ann",)),
}
RACES = {
    "claim/claim": Race(WORK, claim(ANN), claim(BOB), {
        "one commits": Came(None, TaskAlreadyClaimed, "work:ann", ("claimed work ann",)),
        "one dies": Came(Died, None, "work:bob", ("claimed work bob",)),
        "other commits": Came(None, TaskAlreadyClaimed, "work:bob", ("claimed work bob",)),
        "other dies": Came(Died, None, "work:ann", ("claimed work ann",)),
    }),
    "complete/withdraw": Race(WORK, complete(ANN), withdraw, {
        "one commits": Came("done", None, "", ("completed_task work ann", "cancelled chief")),
        "one dies": Came(Died, None, "", ("cancelled chief",)),
        "other commits": Came(None, TaskNotOpen, "", ("cancelled chief",)),
        "other dies": Came(Died, "done", "after", ("completed_task work ann",)),
    }),
    "complete/interrupt": Race(HALTED, complete(ANN), say("stop"), {
        "one commits": Came("done", "parked", "after", ("completed_task work ann",)),
        "one dies": Came(Died, "delivered", "halted", ("received halt",)),
        "other commits": Came("delivered", TaskNotOpen, "halted", ("received halt",)),
        "other dies": Came(Died, "done", "after", ("completed_task work ann",)),
    }),
    "complete/timer": Race(TIMED, complete(ANN), tick, {
        "one commits": Came("done", "ticked", "after", ("completed_task work ann",)),
        "one dies": Came(Died, "ticked", "urge", ("timer late",)),
        "other commits": Came("ticked", TaskNotOpen, "urge", ("timer late",)),
        "other dies": Came(Died, "done", "after", ("completed_task work ann",)),
    }, passes="other"),
    "parallel join": Race(BRANCHES, complete(ANN, 0), complete(BOB, 1), {
        "one commits": Came("done", "done", "last", ("completed_task a ann", "completed_task b bob")),
        "one dies": Came(Died, "done", "a", ("completed_task b bob",)),
        "other commits": Came("done", "done", "last", ("completed_task b bob", "completed_task a ann")),
        "other dies": Came(Died, "done", "b", ("completed_task a ann",)),
    }),
    "two approvers, one task": Race(WORK, complete(ANN), complete(BOB), ONCE_EACH),
    "two approvers, a task each, one decides": Race(EITHER, complete(ANN, 0), complete(BOB, 1), {
        name: Came(came.first, came.second, "after", tuple(row.replace("work", "approve") for row in came.history))
        for name, came in ONCE_EACH.items()
    }),
    "message/message": Race(WAITING, say("ping"), say("ping"), {
        f"{who} {fate}": Came(*came, "after", ("received wait",))
        for who in ("one", "other") for fate, came in (("commits", ("delivered", "parked")), ("dies", (Died, "delivered")))
    }),
}  # fmt: skip


def writes_a_case(work: Work) -> bool:
    """A verb may have transactions before the one in which its step is done: a message is kept before it is delivered."""
    return bool(written(work))


def found(kit: Kit, case: str) -> tuple[str, tuple[str, ...]]:
    """What is open, and who did what, in order."""
    tasks = kit.rows("SELECT element, assignee_id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY element", case)
    rows = kit.rows("SELECT kind, element, person_id FROM history WHERE instance_id = ? ORDER BY id", case)
    told = tuple(" ".join(part for part in row if part and part != SYSTEM.person_id) for row in rows if row[0] in TOLD)
    return " ".join(":".join(filter(None, task)) for task in tasks), told


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("first", ["one", "other"])
@pytest.mark.parametrize("name", RACES)
def test_the_second_sees_what_the_first_has_done_or_that_it_died(
    kits: tuple[Kit, Kit], name: str, first: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = kits
    chosen = RACES[name]
    here.deploy(toy_bpmn=chosen.model)
    case = here.start()
    tasks = [row[0] for row in here.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY element, id", case)]
    here.clock.advance(timedelta(hours=2))
    pair = Pair(kits, partial(chosen.one, here, case, tasks), partial(chosen.other, there, case, tasks), chosen.passes)

    came = pair.play(monkeypatch, first, fate, lambda work: writes_a_case(work) or name == "claim/claim")
    here.engine.tick()

    assert Came(*came, *found(here, case)) == chosen.outcomes[f"{first} {fate}"]
    assert here.rows("SELECT count(*) FROM incident") == [(0,)]
    assert here.rows("SELECT count(*) FROM task WHERE state = 'open'") == [(len(found(here, case)[0].split()),)]


@pytest.mark.parametrize("fate", ["commits", "dies"])
def test_a_start_that_is_posted_to_two_nodes_is_one_case(kits: tuple[Kit, Kit], fate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = kits
    here.deploy(toy_bpmn=WORK)

    def begin(kit: Kit) -> str:
        return kit.engine.start("toy", office_id="nb", actor=SYSTEM, key="twin", title="一件案子").instance_id

    held = Held(monkeypatch, here.database, dies=fate == "dies")
    first, second = race(held, lambda: begin(here), lambda: begin(there))

    assert first == (second if fate == "commits" else Died)
    assert here.cases("toy") == [second]


@pytest.mark.parametrize("fate", ["commits", "dies"])
def test_a_form_that_is_posted_to_two_nodes_is_done_once_and_answered_alike(
    kits: tuple[Kit, Kit], fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _there = kits
    here.deploy(toy_bpmn=WORK)
    case = here.start()
    task = here.open(case)["work"]

    held = Held(monkeypatch, here.database, dies=fate == "dies")
    first, second = race(held, *(partial(kit.engine.complete, task, {}, ANN, "twin") for kit in kits))

    assert first == (second if fate == "commits" else Died)
    assert second == {"instance_id": case, "tasks": list(here.open(case).values())}
    assert found(here, case) == ("after", ("completed_task work ann",))


# --- new versions ------------------------------------------------------------------------------------------------------------


def files(model: bytes, key: str = "toys") -> ProcedureFiles:
    return ProcedureFiles(key, {"toy.bpmn": model.decode()})


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("content", ["same", "another"])
def test_machines_that_start_with_a_new_version_at_once_deploy_it_once(
    kits: tuple[Kit, Kit], content: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = kits
    here.deploy(toy_bpmn=WORK)
    new, beside = files(TIMED), files(TIMED if content == "same" else HALTED)
    held = Held(monkeypatch, here.database, dies=fate == "dies")

    first, second = race(held, lambda: here.engine.deploy(new, SYSTEM)[1:], lambda: there.engine.deploy(beside, SYSTEM)[1:])

    assert first == ((2, True) if fate == "commits" else Died)
    assert second == ((2, True) if fate == "dies" else (2, False) if content == "same" else (3, True))
    assert here.rows("SELECT version FROM definition ORDER BY version") == [(n,) for n in range(1, second[0] + 1)]  # type: ignore[index]


def test_of_two_procedures_with_the_same_process_the_second_is_told_whose_it_is(kits: tuple[Kit, Kit], monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = kits
    held = Held(monkeypatch, here.database)

    first, second = race(held, lambda: here.engine.deploy(files(WORK), SYSTEM)[1], lambda: there.engine.deploy(files(WORK, "others"), SYSTEM))

    assert (first, second) == (1, ModelRefused)


# --- two cases that meet in one term -------------------------------------------------------------------------------------------


@pytest.fixture
def walks(any_database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[tuple[Walk, Walk]]:
    """Two nodes of the whole product; a reply and an urging of the same letter both wait for a signature."""
    config = Config(tmp_path / "data", any_database.url.render_as_string(hide_password=False))
    here, there = (compose(config, clock, render=unrendered) for _ in range(2))
    here.engine.deploy_folders(here.workflows)
    demo_office.load(here)
    there.engine.kernel.definitions = here.engine.kernel.definitions
    walk, beside = Walk(here, restored=False), Walk(there, restored=False)
    beside.count = 1_000
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    on(walk, clock, "2026-04-03")
    draft(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("ding.rong", "issue_urging", **URGE)
    yield walk, beside
    for application in (here, there):
        application.database.dispose()


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("first", ["urging", "reply"])
def test_nobody_is_urged_whose_reply_was_signed_before(
    walks: tuple[Walk, Walk], first: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ningbo 2001-19, annex 2, art. 14: urged is who has not replied."""
    walk, beside = walks
    elements = {"urging": "approve_urging", "reply": "approve_reply"}
    second = "reply" if first == "urging" else "urging"

    def sign(node: Walk, what: str) -> None:
        node.hand_in("shen.yi", elements[what], decision="agree")

    held = Held(monkeypatch, walk.application.database, dies=fate == "dies", which=writes_a_case)
    came = race(held, lambda: sign(walk, first), lambda: sign(beside, second))
    walk.settle()

    was_first = None if fate == "commits" else Died
    assert came == (was_first, Declined if (first, fate) == ("reply", "commits") else None)
    was_urged = (first, fate) != ("reply", "commits") and (first, fate) != ("urging", "dies")
    assert len(sheets(walk)) == was_urged
    assert [case.status for case in cases(walk, "urging", "gu.ning")] == ["active" if (first, fate) == ("reply", "dies") else "completed"]
