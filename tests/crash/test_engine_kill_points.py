"""Every state-changing operation is killed at every statement and commit, then asked again with the same key.

A child process dies by `_exit` at the k-th event, for k = 1, 2, 3 … until it survives. Whatever k, the retry must leave exactly what an
undisturbed run leaves: nothing lost, nothing twice, nothing half done.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from db.clock import ManualClock
from db.postgres import Wire
from db.session import Database
from engine.codec import encode
from engine.errors import StepFailed
from engine.link import Link
from engine.outbox import LEASE
from engine.people import SYSTEM
from engine.registry import EffectContext, StepContext
from tests.factories.bpmn import (
    boundary,
    chain,
    end,
    message,
    on_message,
    process,
    properties,
    receive,
    send,
    service,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, CHIEF, Kit

LETTERS = message("letter") + message("reply")
ASKING = process(
    properties(may_cancel="chief"), start(), user("fill"), boundary("late", "fill", timer("PT1H"), interrupting=False), service("ring", "toys.ring"),
    end("rung"), service("book", "toys.book"), send("ask", "letter", payload='{ office_id: "nb", number: number }'), service("print", "toys.print"),
    service("read_card", "cards.read"), receive("answered", "reply", correlation="number"), user("read"), end(),
    chain("begun", "fill", "book", "ask", "print", "read_card", "answered", "read", "done"), chain("late", "ring", "rung"), id_="asking", references=LETTERS,
)  # fmt: skip
ANSWERING = process(
    start(inside=on_message("letter")), user("answer"), send("post", "reply", correlation="number"), end(), chain("begun", "answer", "post", "done"),
    id_="answering", references=LETTERS,
)  # fmt: skip
DIED = 9


@dataclass(frozen=True)
class Operation:
    """`prepare` brings a case to where `act` can be done; `act` must be the same at every attempt, keys included."""

    prepare: Callable[[Kit, str], None]
    act: Callable[[Kit, str], None]


def case_of(kit: Kit, run: str) -> str:
    return kit.rows("SELECT instance_id FROM variable WHERE name = 'number' AND content = ? ORDER BY instance_id LIMIT 1", encode(run))[0][0]  # type: ignore[no-any-return]


def answering(kit: Kit, run: str) -> str:
    return kit.rows("SELECT instance_id FROM variable WHERE name = 'number' AND content = ? ORDER BY instance_id DESC LIMIT 1", encode(run))[0][0]  # type: ignore[no-any-return]


def begin(kit: Kit, run: str) -> None:
    kit.engine.start("asking", office_id="nb", actor=SYSTEM, key=f"start {run}", variables={"number": run})


def task(kit: Kit, run: str, element: str = "fill") -> str:
    ids = {case_of(kit, run), answering(kit, run)}
    return next(row[0] for row in kit.rows("SELECT id, instance_id FROM task WHERE element = ? ORDER BY id DESC", element) if row[1] in ids)


def complete(kit: Kit, run: str, element: str = "fill") -> None:
    kit.engine.complete(task(kit, run, element), {}, ANN, f"complete {element} {run}")


def filled(kit: Kit, run: str) -> None:
    begin(kit, run)
    complete(kit, run)


def tick(kit: Kit, run: str) -> None:
    kit.engine.tick()


def late(kit: Kit, run: str) -> None:
    begin(kit, run)
    kit.clock.advance(timedelta(hours=1))


def work_card(kit: Kit, run: str) -> None:
    """The worker remembers its job, as a real one would."""
    rows = kit.rows("SELECT id FROM outbox WHERE topic = 'cards.read' AND instance_id = ? ORDER BY id", case_of(kit, run))
    kit.engine.workers.complete(rows[0][0], "w", {"serial": "44"}, f"card {run}")


def card_fetched(kit: Kit, run: str) -> None:
    filled(kit, run)
    kit.engine.tick()
    assert kit.engine.workers.fetch("w", ["cards.read"], lease=timedelta(hours=1), limit=50)


def answered(kit: Kit, run: str) -> None:
    card_fetched(kit, run)
    work_card(kit, run)
    complete(kit, run, "answer")


def broken(kit: Kit, run: str) -> None:
    begin(kit, run)
    os.environ["TOYS_BROKEN"] = "1"
    with pytest.raises(StepFailed):
        complete(kit, run)
    del os.environ["TOYS_BROKEN"]


def retry(kit: Kit, run: str) -> None:
    found = kit.rows("SELECT id FROM incident WHERE instance_id = ? AND resolved_at IS NULL", case_of(kit, run))
    for (incident,) in found:
        kit.engine.retry_incident(incident, ANN, f"retry {run}")


def claimed(kit: Kit, run: str) -> None:
    begin(kit, run)
    kit.engine.claim(task(kit, run), ANN, f"claim {run}")


OPERATIONS = {
    "start": Operation(lambda kit, run: None, begin),
    "claim": Operation(begin, lambda kit, run: kit.engine.claim(task(kit, run), ANN, f"claim {run}")),
    "release": Operation(claimed, lambda kit, run: kit.engine.release(task(kit, run), ANN, f"release {run}")),
    "draft": Operation(claimed, lambda kit, run: kit.engine.save_draft(task(kit, run), {"a": "1"}, ANN)),
    "complete": Operation(begin, complete),
    "comment": Operation(begin, lambda kit, run: kit.engine.comment(case_of(kit, run), "看过", ANN, f"comment {run}")),
    "attach": Operation(begin, lambda kit, run: kit.engine.attach(case_of(kit, run), "a", run.encode(), "text/plain", ANN, f"attach {run}") and None),
    "cancel": Operation(begin, lambda kit, run: kit.engine.cancel_case(case_of(kit, run), "撤回", CHIEF, f"cancel {run}")),
    "message and effect": Operation(filled, tick),
    "timer": Operation(late, tick),
    "reply": Operation(answered, tick),
    "message from outside": Operation(
        lambda kit, run: None, lambda kit, run: kit.engine.send_message("letter", "", {"office_id": "nb", "number": run}, f"letter {run}") and None
    ),
    "external work": Operation(card_fetched, work_card),
    "retry": Operation(broken, retry),
    "due date": Operation(begin, lambda kit, run: set_due(kit, run)),
}  # fmt: skip


def set_due(kit: Kit, run: str) -> None:
    with kit.database.write() as session:
        kit.engine.set_due(session, case_of(kit, run), kit.clock.today(), "答复")


# --- the machinery ---------------------------------------------------------------------------------------------------------


def workbench(database: Database, clock: ManualClock) -> Kit:
    kit = Kit(database, clock)

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> dict[str, object]:
        """Books, names the case, and has a mail sent."""
        if "TOYS_BROKEN" in os.environ:
            raise RuntimeError("台账打不开")
        ctx.set_business_key(f"NB-{ctx.variables['number']}")
        ctx.emit("toys.mail", {"to": "a"}, f"mail:{ctx.case.instance_id}")
        return {"booked": True}

    @kit.registry.operation("toys.ring")
    def ring(ctx: StepContext) -> dict[str, object]:
        """Counts how often it rang."""
        return {"rung": ctx.variables.get("rung", 0) + 1}

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        return {"printed": True}

    @kit.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> None:
        """Mails."""

    return kit


def facts(kit: Kit, run: str) -> list[Any]:
    """All that stands in the database of the cases of a run, free of identifiers and moments."""
    ids = [row[0] for row in kit.rows("SELECT instance_id FROM variable WHERE name = 'number' AND content = ? ORDER BY instance_id", encode(run))]
    return [_facts_of(kit, id_, run) for id_ in ids]


def _facts_of(kit: Kit, id_: str, run: str) -> list[Any]:
    view = kit.engine.case(id_, SYSTEM)
    head = view.header
    return [
        (head.process_id, head.status, head.business_key.replace(run, "#"), head.due_label, sorted(view.variables)),
        [(h.kind, h.element, h.person_id) for h in view.history],
        [(t.element, t.assignee_id, t.due_on is not None) for t in view.open_tasks],
        [i.reason for i in view.incidents], [c["text"] for c in view.comments], [a["filename"] for a in view.attachments],
        kit.rows("SELECT count(*) FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE t.instance_id = ?", id_),
        kit.rows("SELECT count(*) FROM task_office o JOIN task t ON t.id = o.task_id WHERE t.instance_id = ?", id_),
        kit.rows("SELECT element, outcome FROM timer WHERE instance_id = ? ORDER BY id", id_),
        kit.rows("SELECT name, state FROM message WHERE sender_id = ? ORDER BY id", id_),
        kit.rows("SELECT topic, state FROM outbox WHERE instance_id = ? ORDER BY id", id_),
        kit.rows("SELECT element, kind FROM subscription WHERE instance_id = ? ORDER BY id", id_),
        view.variables.get("rung"), kit.rows("SELECT draft IS NULL FROM task WHERE instance_id = ? AND element = 'fill'", id_),
    ]  # fmt: skip


class Reaper:
    """Counts statements, what is sent of them, and commits, and ends the process at the k-th."""

    def __init__(self, at: int) -> None:
        self.left = at

    def strike(self, *_args: object, **_named: object) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(DIED)

    def watch(self, database: Database) -> None:
        for owner, name in ((Link, "_execute"), (Link, "_execute_many"), (Wire, "_dispatch")):
            self._wrap(owner, name)
        # Sent and not answered: the server does the work, and nobody hears of it.
        self._wrap(Wire, "_push", also_after=True)
        self._wrap(database.engine.dialect, "do_commit", also_after=True)
        event.listen(database.engine, "before_cursor_execute", self.strike)

    def _wrap(self, owner: Any, name: str, *, also_after: bool = False) -> None:
        plain = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:
            self.strike()
            found = plain(*args, **named)
            if also_after:
                self.strike()
            return found

        setattr(owner, name, watched)


def dies_at(kit: Kit, operation: Operation, run: str, k: int) -> bool:
    """Does the act in a child that dies at event k; False if the child came to its end."""
    kit.database.dispose()
    child = os.fork()
    if child == 0:
        try:
            database = Database(kit.database.url.render_as_string(hide_password=False))
            other = workbench(database, kit.clock)
            Reaper(k).watch(database)
            operation.act(other, run)
            os._exit(0)
        except BaseException:  # noqa: BLE001 -- a forked child must never return into the test runner
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, DIED}, f"the child failed at event {k}"
    return code == DIED


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_killed_anywhere_and_asked_again_the_outcome_is_that_of_a_calm_run(name: str, any_database: Database, clock: ManualClock) -> None:
    kit, operation = workbench(any_database, clock), OPERATIONS[name]
    kit.deploy(asking_bpmn=ASKING, answering_bpmn=ANSWERING)
    operation.prepare(kit, "calm")
    operation.act(kit, "calm")
    _settle(kit)
    expected = facts(kit, "calm")
    assert expected

    k, died = 0, True
    while died:
        k += 1
        run = f"run {k}"
        operation.prepare(kit, run)
        died = dies_at(kit, operation, run, k)
        operation.act(kit, run)
        _settle(kit)
        assert facts(kit, run) == expected, f"killed at event {k}"
    assert k > 5, "the reaper must have seen the statements"


def _settle(kit: Kit) -> None:
    """What was leased to the dead becomes due again."""
    kit.clock.advance(LEASE)
    kit.engine.tick()
