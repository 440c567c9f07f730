"""Every verb by which several work on one task is killed at every statement and commit, then asked again with the same key."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotEligible
from engine.parties.api import Parties
from engine.people import SYSTEM
from tests.crash.reaper import every_death
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, EVA, FORM, PLAIN, seat, seats


@dataclass(frozen=True)
class Verb:
    """`prepare` brings the task of a run to where `act` can be done; `act` is the same at every attempt."""

    prepare: Callable[[Kit, str], object]
    act: Callable[[Kit, str], object]


def task(kit: Kit, run: str) -> str:
    return str(kit.rows("SELECT t.id FROM task t JOIN instance i ON i.id = t.instance_id WHERE i.title = ? AND t.element = 'fill'", run)[0][0])


def begun(kit: Kit, run: str) -> None:
    kit.engine.start("toy", office_id="nb", actor=SYSTEM, key=f"start {run}", title=run)
    kit.engine.claim(task(kit, run), ANN, f"claim {run}")


def asked(kind: str, *people: str, rule: str = "all", hand_in: bool = False) -> Callable[[Kit, str], None]:
    def prepare(kit: Kit, run: str) -> None:
        begun(kit, run)
        kit.engine.parties.ask(task(kit, run), kind, people, ANN, f"ask {run}", rule=rule, text="请看")
        if hand_in:
            complete(kit, run)

    return prepare


def copied(kit: Kit, run: str) -> None:
    begun(kit, run)
    kit.engine.parties.copy(task(kit, run), ["eva"], ANN, f"copy {run}")


def complete(kit: Kit, run: str) -> None:
    kit.engine.complete(task(kit, run), {"note": "好"}, ANN, f"complete {run}")


def ask(kind: str, *people: str, rule: str = "all") -> Callable[[Kit, str], object]:
    return lambda kit, run: kit.engine.parties.ask(task(kit, run), kind, people, ANN, f"act {run}", rule=rule, text="请看")


def answer(who: Any, agreed: bool | None = True, values: dict[str, str] | None = None) -> Callable[[Kit, str], object]:
    return lambda kit, run: kit.engine.parties.answer(
        seat(kit, task(kit, run), who), who, f"act {run}", agreed=agreed, opinion="意见", values=values
    )


def refused(kit: Kit, run: str) -> None:
    with pytest.raises(NotEligible):
        kit.engine.parties.transfer(task(kit, run), "outsider", "出差", ANN, f"act {run}")


def left(kit: Kit, run: str) -> None:
    asked("sign", "bob", "dou")(kit, run)
    kit.bench.directory.left.add("dou")


VERBS = {
    "transfer": Verb(begun, lambda kit, run: kit.engine.parties.transfer(task(kit, run), "bob", "出差", ANN, f"act {run}")),
    "transfer by a post": Verb(begun, lambda kit, run: kit.engine.parties.transfer(task(kit, run), "bob", "休假", CHIEF, f"act {run}")),
    "delegate": Verb(begun, ask("delegate", "bob")),
    "sign in order": Verb(begun, ask("before", "bob", "cao", rule="sequence")),
    "question": Verb(begun, ask("ask", "eva")),
    "delegate's draft": Verb(asked("delegate", "bob"), lambda kit, run: kit.engine.parties.save(seat(kit, task(kit, run), BOB), {"note": "写了一半"}, BOB)),
    "delegate gives back": Verb(asked("delegate", "bob"), answer(BOB, None, {"note": "代填"})),
    "one of two agrees": Verb(asked("sign", "bob", "cao", rule="sequence"), answer(BOB)),
    "one decides for all": Verb(asked("sign", "bob", "cao", rule="any"), answer(CAO, False)),
    "hand in": Verb(asked("after", "bob"), complete),
    "the last agrees afterwards": Verb(asked("after", "bob", hand_in=True), answer(BOB)),
    "one refuses afterwards": Verb(asked("after", "bob", "cao", hand_in=True), answer(BOB, False)),
    "remove": Verb(asked("sign", "bob", "cao"), lambda kit, run: kit.engine.parties.remove(seat(kit, task(kit, run), CAO), "出差", ANN, f"act {run}")),
    "copy": Verb(begun, lambda kit, run: kit.engine.parties.copy(task(kit, run), ["eva", "bob"], ANN, f"act {run}")),
    "read": Verb(copied, lambda kit, run: kit.engine.parties.read(seat(kit, task(kit, run), EVA), EVA, f"act {run}")),
    "refusal": Verb(begun, refused),
    "whoever left": Verb(left, lambda kit, run: kit.engine.parties.give_up()),
}


def facts(kit: Kit, run: str) -> list[Any]:
    """All that stands in the database of the case of a run, free of identifiers and moments."""
    case = kit.rows("SELECT id FROM instance WHERE title = ?", run)[0][0]
    told = [(h.kind, h.element, h.person_id, str(h.details.get("to")), h.details.get("reason")) for h in kit.engine.case(case, SYSTEM).history]
    return [
        sorted(told) if "refused" not in {row[0] for row in told} else sorted(set(told)),
        [(p.kind, p.person_id, p.state, p.because, p.opinion, p.blocks, p.asked_by) for p in seats(kit, task(kit, run))],
        kit.rows("SELECT element, state, assignee_id, closed_by, attended, draft FROM task WHERE instance_id = ? ORDER BY id", case),
        sorted(kit.engine.case(case, SYSTEM).variables), kit.rows("SELECT count(*) FROM incident"),
    ]  # fmt: skip


def workbench(database: Database, clock: ManualClock, beside: Kit | None = None) -> Kit:
    kit = Kit(database, clock)
    kit.hire(CAO, DOU, EVA)
    if beside is not None:
        kit.bench.directory.left = beside.bench.directory.left
    return kit


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(VERBS))
def test_killed_anywhere_and_asked_again_the_outcome_is_that_of_a_calm_run(name: str, any_database: Database, clock: ManualClock) -> None:
    kit, verb = workbench(any_database, clock), VERBS[name]
    kit.deploy(toy_bpmn=PLAIN, note_form=FORM)
    verb.prepare(kit, "calm")
    verb.act(kit, "calm")
    expected = facts(kit, "calm")

    def prepare(k: int) -> None:
        kit.bench.directory.left.clear()
        verb.prepare(kit, f"run {k}")

    def act(k: int) -> None:
        """Half of the deaths meet a process that has just been started, and half a warm one."""
        verb.act(workbench(any_database, clock, kit) if k % 2 else kit, f"run {k}")

    for k in every_death(any_database, act, before=prepare, at_least=2):
        verb.act(kit, f"run {k}")
        assert facts(kit, f"run {k}") == expected, f"killed at event {k}"


READS = {"choices", "kept_out", "of_case", "copies", "unread", "may_speak"}
ELSEWHERE = {"again": "what retry_incident calls: tests/unit/engine/parties/test_failing.py"}


def test_every_door_to_the_parties_that_changes_anything_is_among_the_verbs() -> None:
    doors = {name for name, found in vars(Parties).items() if callable(found) and not name.startswith("_")}
    acts = inspect.getsource(sys.modules[__name__])

    assert {name for name in doors - READS - set(ELSEWHERE) if f"parties.{name}(" not in acts} == set()
