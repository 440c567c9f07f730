"""Every verb that moves a case is killed at every statement and commit, then asked again with the same key: the outcome is that of a calm run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.rules import TermRule
from engine.moves.api import Moves
from handlers.stopped_clocks import StoppedClocks
from tests.crash.reaper import every_death
from tests.factories.bpmn import boundary, chain, end, gateway, process, properties, start, timer, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit

REVIEW = TermRule("review", "审核期限", "Review", 10, "working_day", "civil")
WALK = process(
    properties(may_stop_clock="chief"), start(), user("fill"), gateway("parallel", "split"), user("a"), boundary("late", "a", timer("PT9H"), interrupting=False), user("b"), user("b2"), end("urged"),
    gateway("parallel", "join"), user("last"), end(), chain("begun", "fill", "split", "a", "join", "last", "done"), chain("split", "b", "b2", "join"),
    chain("late", "urged"), id_="walk",
)  # fmt: skip


@dataclass(frozen=True)
class Verb:
    """`prepare` brings the case to where `act` can be done; `act` must be the same at every attempt."""

    prepare: Callable[[Kit, str], object]
    act: Callable[[Kit, str], object]


def case_of(kit: Kit, run: str) -> str:
    return str(kit.rows("SELECT id FROM instance WHERE title = ?", run)[0][0])


def task(kit: Kit, run: str, element: str) -> str:
    """The latest task of that element, open or not: whoever asks again holds the page of the task."""
    return str(kit.rows("SELECT id FROM task WHERE instance_id = ? AND element = ? ORDER BY id DESC", case_of(kit, run), element)[0][0])


def begin(kit: Kit, run: str, *done: str) -> None:
    kit.engine.start("walk", office_id="nb", actor=ANN, key=f"start {run}", title=run)
    for element in done:
        kit.engine.complete(task(kit, run, element), {}, ANN, f"{element} {run}")


SEEN: dict[str, tuple[str, int, int]] = {}  # what the person saw before the verb: task, node, version


def seen(kit: Kit, run: str) -> None:
    begin(kit, run, "fill", "a", "b")
    task_id = task(kit, run, "b2")
    node = next(step.done.node for step in kit.engine.moves.options(task_id, BOB) if step.done.element == "fill")
    SEEN[run] = task_id, node, kit.engine.moves.preview(task_id, node, BOB).version


def send_back(kit: Kit, run: str) -> None:
    task_id, node, version = SEEN[run]
    kit.engine.moves.return_task(task_id, node, version, "重填", BOB, f"return {run}")


def returned(kit: Kit, run: str) -> None:
    seen(kit, run)
    send_back(kit, run)
    SEEN[run] = task(kit, run, "fill"), 0, 0


def sent_on(kit: Kit, run: str) -> None:
    begin(kit, run, "fill")
    SEEN[run] = task(kit, run, "fill"), 0, 0


def dated(kit: Kit, run: str) -> None:
    """A case with a term that runs."""
    begin(kit, run, "fill")
    with kit.database.write() as session:
        row = kit.deadlines.start(session, case_of(kit, run), REVIEW, kit.clock.today())  # type: ignore[attr-defined]
        kit.engine.set_due(session, case_of(kit, run), row.due_on, row.label)


def stop(kit: Kit, run: str) -> None:
    kit.engine.moves.stop_clock(case_of(kit, run), "等待补正", CHIEF, f"stop {run}")


def stopped(kit: Kit, run: str) -> None:
    dated(kit, run)
    stop(kit, run)


VERBS = {
    "return": Verb(seen, send_back),
    "straight back": Verb(returned, lambda kit, run: kit.engine.moves.resubmit(SEEN[run][0], {}, ANN, f"direct {run}")),
    "walk again": Verb(returned, lambda kit, run: kit.engine.complete(SEEN[run][0], {}, ANN, f"again {run}")),
    "take back": Verb(sent_on, lambda kit, run: kit.engine.moves.take_back(SEEN[run][0], ANN, f"take {run}")),
    "withdraw": Verb(lambda kit, run: begin(kit, run), lambda kit, run: kit.engine.moves.withdraw(case_of(kit, run), "写错了", ANN, f"withdraw {run}")),
    "stop the clock": Verb(dated, stop),
    "resume the clock": Verb(stopped, lambda kit, run: kit.engine.moves.resume_clock(case_of(kit, run), "已补正", CHIEF, f"resume {run}")),
    "withdraw to a step": Verb(sent_on, lambda kit, run: kit.engine.moves.withdraw(case_of(kit, run), "写错了", ANN, f"withdraw {run}")),
}


def facts(kit: Kit, run: str) -> list[Any]:
    case = case_of(kit, run)
    return [
        kit.rows("SELECT status, version FROM instance WHERE id = ?", case),
        kit.rows("SELECT kind, element, person_id, causes IS NULL FROM history WHERE instance_id = ? ORDER BY id", case),
        kit.rows("SELECT element, state, assignee_id, returned FROM task WHERE instance_id = ? ORDER BY id", case),
        kit.rows("SELECT kind, element, from_element, state, parked IS NULL FROM task_return WHERE instance_id = ? ORDER BY id", case),
        kit.rows("SELECT state, due_on, stopped_on FROM deadline WHERE subject_id = ?", case),
        kit.rows("SELECT e.kind FROM deadline_event e JOIN deadline d ON d.id = e.deadline_id WHERE d.subject_id = ? ORDER BY e.id", case),
        kit.rows("SELECT due_on, due_label FROM instance WHERE id = ?", case),
        kit.rows("SELECT element, outcome FROM timer WHERE instance_id = ? ORDER BY id", case),
        kit.rows("SELECT count(*) FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE t.instance_id = ?", case),
        kit.rows("SELECT count(*) FROM incident WHERE instance_id = ?", case),
    ]


def made(database: Database, clock: ManualClock) -> Kit:
    """A node whose clocks are those of the ledger."""
    deadlines = DeadlineService(clock)
    kit = Kit(database, clock, deadlines)
    kit.kernel.clocks = StoppedClocks(deadlines)
    kit.deadlines = deadlines  # type: ignore[attr-defined]
    return kit


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(VERBS))
def test_killed_anywhere_and_asked_again_the_outcome_is_that_of_a_calm_run(name: str, any_database: Database, clock: ManualClock) -> None:
    kit, verb = made(any_database, clock), VERBS[name]
    kit.deploy("walk", walk_bpmn=WALK)
    verb.prepare(kit, "calm")
    verb.act(kit, "calm")
    expected = facts(kit, "calm")

    def act(k: int) -> None:
        """Half of the deaths meet a process that has just been started, and half a warm one."""
        verb.act(made(any_database, clock) if k % 2 else kit, f"run {k}")

    for k in every_death(any_database, act, before=lambda k: verb.prepare(kit, f"run {k}")):
        kit.forget()
        kit.kernel.clocks = StoppedClocks(kit.deadlines)  # type: ignore[attr-defined]
        verb.act(kit, f"run {k}")
        assert facts(kit, f"run {k}") == expected, f"killed at event {k}"


LOOKS = {"options", "preview", "returned", "offers", "entries_at_start", "again"}


def test_every_door_of_the_moves_that_changes_anything_is_among_the_verbs() -> None:
    doors = {name for name, found in vars(Moves).items() if callable(found) and not name.startswith("_")}

    assert doors - LOOKS == {"return_task", "resubmit", "take_back", "withdraw", "stop_clock", "resume_clock"}
