"""Every operation of the engine that changes anything is killed at every statement and commit, then asked again with the same key.

A child process dies at the k-th event, for k = 1, 2, 3 … until it survives. Whatever k, the retry must leave exactly what an
undisturbed run leaves: nothing lost, nothing twice, nothing half done. A meta-test holds the list against the engine's front door.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.queue import TaskQueue
from db.session import Database
from engine.api import Engine
from engine.codec import encode
from engine.errors import NotYours, StepFailed
from engine.link import Link
from engine.operations import Operations
from engine.outbox import LEASE, OVERDUE
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext, StepContext
from engine.troubles import EFFECT, OTHER, TIMER
from engine.workers import Workers
from tests.crash.reaper import every_death
from tests.factories.bpmn import (
    boundary,
    chain,
    end,
    error,
    message,
    on_error,
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

OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))
LETTERS = message("letter") + message("reply") + error("no_card")
ASKING = process(
    properties(may_cancel="chief"), start(), user("fill", inside=properties(batch_values="{}")), boundary("late", "fill", timer("PT1H"), interrupting=False),
    boundary("term", "fill", timer('deadline("reply")', "timeDate"), interrupting=False), service("ring", "toys.ring"),
    end("rung"), service("book", "toys.book"), send("ask", "letter", payload='{ office_id: "nb", number: number }'), service("print", "toys.print"),
    service("read_card", "cards.read"), boundary("without", "read_card", on_error("no_card")), receive("answered", "reply", correlation="number"), user("read"), end(),
    chain("begun", "fill", "book", "ask", "print", "read_card", "answered", "read", "done"), chain("late", "ring", "rung"), chain("term", "rung"),
    chain("without", "answered"), id_="asking", references=LETTERS,
)  # fmt: skip
ANSWERING = process(
    start(inside=on_message("letter")), user("answer"), send("post", "reply", correlation="number"), end(), chain("begun", "answer", "post", "done"),
    id_="answering", references=LETTERS,
)  # fmt: skip
OPENING = process(start(), service("open", "toys.open"), end(), chain("begun", "open", "done"), id_="opening")
DAYS_OF_KEYS = timedelta(days=31)
TERMS: dict[str, datetime] = {}  # the ledger of terms: when that of a case ends


class Ledger:
    """Where a timer asks for the moment after its term."""

    def due_moment(self, _session: Session, subject_id: str, _key: str) -> datetime | None:
        return TERMS.get(subject_id)


@dataclass(frozen=True)
class Operation:
    """`prepare` brings a case to where `act` can be done; `act` must be the same at every attempt, keys included.

    `shown` is what must be as after a calm run, where the facts of the case are not that.
    """

    prepare: Callable[[Kit, str], object]
    act: Callable[[Kit, str], object]
    shown: Callable[[Kit, str], Any] | None = None


@contextmanager
def broken_world() -> Iterator[None]:
    """Neither the ledger nor the printer works."""
    os.environ["TOYS_BROKEN"] = "1"
    try:
        yield
    finally:
        del os.environ["TOYS_BROKEN"]


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


def job(kit: Kit, run: str, topic: str = "cards.read") -> str:
    """The worker remembers its job, as a real one would."""
    return str(kit.rows("SELECT id FROM outbox WHERE topic = ? AND instance_id = ? ORDER BY id", topic, case_of(kit, run))[0][0])


def work_card(kit: Kit, run: str) -> None:
    kit.engine.workers.complete(job(kit, run), "w", {"serial": "44"}, f"card {run}")


def card_wanted(kit: Kit, run: str) -> None:
    filled(kit, run)
    kit.engine.tick()


def fetch(kit: Kit, lease: timedelta = timedelta(hours=1)) -> list[str]:
    return [fetched.id for fetched in kit.engine.workers.fetch("w", ["cards.read"], lease=lease, limit=50)]


def card_fetched(kit: Kit, run: str) -> None:
    card_wanted(kit, run)
    assert job(kit, run) in fetch(kit)


def may_be_fetched(kit: Kit, run: str) -> Any:
    """A job that went down with its worker is given out again when the lease is over."""
    return facts(kit, run), job(kit, run) in fetch(kit, timedelta(seconds=1))


def answered(kit: Kit, run: str) -> None:
    card_fetched(kit, run)
    work_card(kit, run)
    complete(kit, run, "answer")


def fails(kit: Kit, run: str) -> None:
    with broken_world(), pytest.raises(StepFailed):
        complete(kit, run)


def broken(kit: Kit, run: str) -> None:
    begin(kit, run)
    fails(kit, run)


def retry(kit: Kit, run: str) -> None:
    """Whoever asks holds the page on which the incident stood open."""
    ((incident,),) = kit.rows("SELECT id FROM incident WHERE instance_id = ?", case_of(kit, run))
    kit.engine.retry_incident(incident, ANN, f"retry {run}")


def retry_opening(kit: Kit, run: str) -> None:
    ((incident,),) = kit.rows("SELECT id FROM incident WHERE action LIKE ?", f"%<{run}>%")
    kit.engine.retry_incident(incident, ANN, f"retry {run}")


def claimed(kit: Kit, run: str) -> None:
    begin(kit, run)
    kit.engine.claim(task(kit, run), ANN, f"claim {run}")


def exhausted(kit: Kit) -> None:
    """Everything that is due fails until it is not tried any more."""
    with broken_world():
        for _attempt in range(kit.kernel.settings.max_attempts):
            kit.engine.tick()
            kit.clock.advance(timedelta(hours=7))


def jammed(kit: Kit, run: str) -> None:
    filled(kit, run)
    exhausted(kit)


def stuck_timer(kit: Kit, run: str) -> None:
    late(kit, run)
    exhausted(kit)


def timer_of(kit: Kit, run: str) -> str:
    return str(kit.rows("SELECT id FROM timer WHERE instance_id = ? ORDER BY id", case_of(kit, run))[0][0])


def operator_retry(kit: Kit, run: str, kind: str = EFFECT) -> None:
    row = job(kit, run, "toys.print") if kind == EFFECT else timer_of(kit, run)
    with kit.database.write() as session:
        kit.engine.operations.retry(session, kind, row, OPERATOR, f"again {run}")


def operator_skip(kit: Kit, run: str, kind: str = EFFECT) -> None:
    row = job(kit, run, "toys.print") if kind == EFFECT else timer_of(kit, run)
    with kit.database.write() as session:
        kit.engine.operations.skip(session, kind, row, "已电话告知", OPERATOR, f"skip {run}")


def opening(kit: Kit, run: str) -> None:
    """A case that does not come about."""
    with broken_world(), pytest.raises(StepFailed):
        kit.engine.start("opening", office_id="nb", actor=ANN, key=f"open {run}", title=f"<{run}>")


def of_opening(kit: Kit, run: str) -> Any:
    return kit.rows("SELECT reason, resolved_at IS NULL FROM incident WHERE action LIKE ?", f"%<{run}>%")


def close(kit: Kit, run: str) -> None:
    ((incident,),) = kit.rows("SELECT id FROM incident WHERE action LIKE ?", f"%<{run}>%")
    with kit.database.write() as session:
        kit.engine.operations.skip(session, OTHER, incident, "另行办理", OPERATOR, f"close {run}")


def refused(kit: Kit, run: str) -> None:
    with pytest.raises(NotYours):
        kit.engine.claim(task(kit, run), CHIEF, f"claim {run}")


def of_refusal(kit: Kit, run: str) -> Any:
    """Two attempts may be two rows of the trail; none is too few."""
    return sorted(set(facts(kit, run)[0][1])), facts(kit, run)[0][2]


def term_begun(kit: Kit, run: str) -> None:
    begin(kit, run)
    TERMS[case_of(kit, run)] = kit.clock.now() + timedelta(minutes=1)


def ask_again(kit: Kit, run: str) -> None:
    in_step(kit, lambda session: kit.engine.refresh_timers(session, case_of(kit, run)))


def uncalled(kit: Kit, run: str) -> None:
    """An effect that nobody is called for any more; where it is polled there are no calls."""
    filled(kit, run)
    if not kit.database.is_sqlite:
        with kit.database.write() as session:
            Link(session).put("DELETE FROM procrastinate_jobs WHERE args ->> 'id' = ?", job(kit, run, "toys.print"))
    kit.clock.advance(OVERDUE + timedelta(seconds=1))


def of_calls(kit: Kit, run: str) -> Any:
    if kit.database.is_sqlite:
        return facts(kit, run)
    return facts(kit, run), kit.rows("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'id' = ?", job(kit, run, "toys.print"))


def old_keys(kit: Kit, run: str) -> None:
    begin(kit, run)
    kit.clock.advance(DAYS_OF_KEYS)


def of_keys(kit: Kit, run: str) -> Any:
    return facts(kit, run), kit.rows("SELECT count(*) FROM idempotency WHERE key = ?", f"start {run}")


def procedure_of(run: str) -> str:
    return run.replace(" ", "_")


def deploy(kit: Kit, run: str) -> None:
    name = procedure_of(run)
    model = process(start(), user("fill"), end(), chain("begun", "fill", "done"), id_=name).decode()
    kit.engine.deploy(ProcedureFiles(name, {"p.bpmn": model}), SYSTEM, message="第一版")


def of_deployment(kit: Kit, run: str) -> Any:
    """One version, and a door to it that opens."""
    name = procedure_of(run)
    kit.start(name)
    return (
        kit.rows("SELECT version, message FROM definition WHERE procedure = ?", name),
        kit.rows("SELECT kind, name = procedure FROM entry_point WHERE procedure = ?", name),
    )


def in_step(kit: Kit, act: Callable[[Any], None]) -> None:
    with kit.database.write() as session:
        act(session)


def move_due(kit: Kit, run: str) -> None:
    today = kit.clock.today()
    in_step(kit, lambda session: kit.engine.move_due(session, case_of(kit, run), today, today + timedelta(days=1), "答复"))


def renamed_once(kit: Kit, run: str) -> None:
    """Another room's act that would show if it were done twice."""

    def rename(session: Any) -> None:
        Link(session).put("UPDATE instance SET business_key = business_key || '!' WHERE id = ?", case_of(kit, run))

    in_step(kit, lambda session: kit.engine.once(session, "rename", ANN, f"rename {run}", {"to": "!"}, lambda: rename(session)))


OPERATIONS = {
    "start": Operation(lambda kit, run: None, begin),
    "claim": Operation(begin, lambda kit, run: kit.engine.claim(task(kit, run), ANN, f"claim {run}")),
    "release": Operation(claimed, lambda kit, run: kit.engine.release(task(kit, run), ANN, f"release {run}")),
    "draft": Operation(claimed, lambda kit, run: kit.engine.save_draft(task(kit, run), {"a": "1"}, ANN)),
    "complete": Operation(begin, complete),
    "approve": Operation(begin, lambda kit, run: kit.engine.approve(task(kit, run), ANN, f"approve {run}")),
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
    "fetch": Operation(card_wanted, lambda kit, run: fetch(kit), may_be_fetched),
    "prolong": Operation(card_fetched, lambda kit, run: kit.engine.workers.prolong(job(kit, run), "w")),
    "external work fails": Operation(card_fetched, lambda kit, run: kit.engine.workers.fail(job(kit, run), "w", "卡读不出", f"card {run}")),
    "external error": Operation(
        card_fetched, lambda kit, run: kit.engine.workers.raise_error(job(kit, run), "w", "no_card", "没有卡", f"card {run}")
    ),
    "refusal": Operation(begin, refused, of_refusal),
    "failure": Operation(begin, fails),
    "failure of an effect": Operation(filled, lambda kit, run: broken_tick(kit)),
    "failure of a timer": Operation(late, lambda kit, run: broken_tick(kit)),
    "retry": Operation(broken, retry),
    "retry of a start": Operation(opening, retry_opening, of_opening),
    "retry of an effect": Operation(jammed, retry),
    "retry of a timer": Operation(stuck_timer, retry),
    "operator's retry": Operation(jammed, operator_retry),
    "operator's retry of a timer": Operation(stuck_timer, lambda kit, run: operator_retry(kit, run, TIMER)),
    "operator's skip": Operation(jammed, operator_skip),
    "operator's skip of a timer": Operation(stuck_timer, lambda kit, run: operator_skip(kit, run, TIMER)),
    "operator's close": Operation(opening, close, of_opening),
    "deployment": Operation(lambda kit, run: None, deploy, of_deployment),
    "forgotten keys": Operation(old_keys, lambda kit, run: kit.engine.forget_keys(), of_keys),
    "revival": Operation(uncalled, lambda kit, run: kit.engine.revive_effects(), of_calls),
    "due date": Operation(begin, lambda kit, run: set_due(kit, run)),
    "due date moves": Operation(lambda kit, run: (begin(kit, run), set_due(kit, run)), move_due),
    "timers ask again": Operation(term_begun, ask_again),
    "an act of another room": Operation(begin, renamed_once),
    "message in a transaction": Operation(
        lambda kit, run: None,
        lambda kit, run: in_step(kit, lambda s: kit.engine.post_message(s, "letter", "", {"office_id": "nb", "number": run}, f"post {run}")),
    ),
}  # fmt: skip


def broken_tick(kit: Kit) -> None:
    with broken_world():
        kit.engine.tick()


def set_due(kit: Kit, run: str) -> None:
    in_step(kit, lambda session: kit.engine.set_due(session, case_of(kit, run), kit.clock.today(), "答复"))


# --- the machinery ---------------------------------------------------------------------------------------------------------


def workbench(database: Database, clock: ManualClock) -> Kit:
    kit = Kit(database, clock, Ledger(), effects=None if database.is_sqlite else TaskQueue())

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> dict[str, object]:
        """Books, names the case, and has a mail sent."""
        if "TOYS_BROKEN" in os.environ:
            raise RuntimeError("台账打不开")
        ctx.set_business_key(f"NB-{ctx.variables['number']}")
        ctx.emit("toys.mail", {"to": "a"}, f"mail:{ctx.case.instance_id}")
        return {"booked": True}

    @kit.registry.operation("toys.open")
    def open_(ctx: StepContext) -> None:
        """Opens a ledger for the case."""
        if "TOYS_BROKEN" in os.environ:
            raise RuntimeError("台账打不开")

    @kit.registry.operation("toys.ring")
    def ring(ctx: StepContext) -> dict[str, object]:
        """Counts how often it rang."""
        if "TOYS_BROKEN" in os.environ:
            raise RuntimeError("铃不响")
        return {"rung": ctx.variables.get("rung", 0) + 1}

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        if "TOYS_BROKEN" in os.environ:
            raise OSError("打印机没有纸")
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


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_killed_anywhere_and_asked_again_the_outcome_is_that_of_a_calm_run(name: str, any_database: Database, clock: ManualClock) -> None:
    kit, operation = workbench(any_database, clock), OPERATIONS[name]
    shown = operation.shown or facts
    kit.deploy(asking_bpmn=ASKING, answering_bpmn=ANSWERING, opening_bpmn=OPENING)
    operation.prepare(kit, "calm")
    operation.act(kit, "calm")
    _settle(kit)
    expected = shown(kit, "calm")
    assert expected

    def act(k: int) -> None:
        """Half of the deaths meet a process that has just been started, and half a warm one."""
        operation.act(workbench(any_database, clock) if k % 2 else kit, f"run {k}")

    for k in every_death(any_database, act, before=lambda k: operation.prepare(kit, f"run {k}"), at_least=2):
        operation.act(kit, f"run {k}")
        _settle(kit)
        assert shown(kit, f"run {k}") == expected, f"killed at event {k}"


def _settle(kit: Kit) -> None:
    """What was leased to the dead becomes due again."""
    kit.clock.advance(LEASE)
    kit.engine.tick()


ELSEWHERE = {
    "check": "reads", "listed": "reads", "bulk": "reads", "place": "reads", "is_waiting": "reads", "of_case": "reads", "at_posts": "reads", "of_post": "reads", "held": "reads", "in_hand": "reads", "free": "reads",
    "deploy_folders": "deploys one folder after the other", "work_effects": "the last part of a tick",
    "work_effect": "killed before and after the act in tests/contracts/test_effects.py",
    "say": "one statement, on which nothing hangs", "try_again": "what retry_incident calls for an effect and a timer",
}  # fmt: skip


@pytest.mark.parametrize("door", [Engine, Workers, Operations])
def test_every_door_of_the_engine_that_changes_anything_is_among_the_operations(door: type) -> None:
    doors = {name for name, found in vars(door).items() if callable(found) and not name.startswith("_")}
    acts = inspect.getsource(sys.modules[__name__])

    assert {name for name in doors - set(ELSEWHERE) if f".{name}(" not in acts} == set()
