"""The front door of the engine: every change is one transaction with an idempotency key; reads stand in `engine.reads`.

A refusal writes a row in the trail, in a transaction of its own. A step that fails is rolled back whole and leaves an incident.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db.blobs import put_blob
from db.ids import new_id
from engine import emitting, idempotency, incidents, messages, offers, standstill, tasks, timers
from engine.board.api import Board
from engine.bpmn import GateResult, check
from engine.case import Case, at_work
from engine.choices import filled
from engine.effects import GoesOn, always
from engine.errors import FormInvalid, NoSuchProcess, NotActive, NotFound, NotYours
from engine.incidents import ROW_OF, Failed
from engine.kernel import Kernel
from engine.link import Link
from engine.moves import telling
from engine.moves.api import OPERATIONS, Moves
from engine.moves.ground import open_tasks
from engine.operations import Operations
from engine.parties import api as parties
from engine.parties.api import Parties
from engine.people import SYSTEM, Actor
from engine.procedures import Procedure, ProcedureFiles, folders, read_folder
from engine.pump import Pump, TickReport
from engine.reads import Reads
from engine.registry import CaseRef
from engine.rights import require_voice, starting
from engine.staffing import Staffing
from engine.steps import Steps
from engine.workers import Workers

KEYS_KEPT = timedelta(days=30)


class Engine(Reads):
    """Given a kernel; safe to share between threads, since every call has its own transaction."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self._steps = Steps(kernel)
        self._pump = Pump(self._steps)
        self.workers = Workers(self._steps, self._pump.failures)
        self.operations = Operations(self._steps)
        self.parties = Parties(self._steps)
        self.moves = Moves(self._steps, self)
        self.staffing = Staffing(self._steps)
        self.board = Board(kernel)

    # --- acts of other rooms ------------------------------------------------------------------------------------------------

    def once(self, session: Session, operation: str, actor: Actor, key: str, given: Mapping[str, Any], act: Callable[[], Any]) -> Any:
        """Runs an act of another room once for a key, inside the caller's transaction; the same request again is given the first answer. Raises KeyReused."""
        Link(session).alone(f"{operation}:{key}")  # the twin of a double click waits, and finds the answer
        return self._steps.inside(session, operation, actor, key, dict(given), lambda _session, _link: act())

    # --- models ------------------------------------------------------------------------------------------------------------

    def check(self, files: Mapping[str, bytes]) -> GateResult:
        """What the gate says of files, without deploying them."""
        return check(files)

    def deploy(self, files: ProcedureFiles, actor: Actor, *, message: str = "", trusted: bool = False) -> tuple[str, int, bool]:
        """(id, version, whether it is new); equal content is not deployed twice. Raises ModelRefused."""
        with self.kernel.database.write() as session:
            return self.kernel.definitions.deploy(
                Link(session), files, by=actor.person_id, clock=self.kernel.clock, message=message, trusted=trusted
            )

    def deploy_folders(self, root: Path) -> list[tuple[str, int, bool]]:
        """Deploys every procedure folder whose content changed; (procedure, version, whether it is new) of each."""
        found = []
        for folder in folders(root):
            _id, version, is_new = self.deploy(read_folder(folder), SYSTEM, trusted=True)
            found.append((folder.name, version, is_new))
        return found

    # --- cases -------------------------------------------------------------------------------------------------------------

    def start(
        self,
        process_id: str,
        *,
        office_id: str,
        actor: Actor,
        key: str,
        variables: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        title: str = "",
        about: str = "",
        session: Session | None = None,
    ) -> CaseRef:
        """Starts a case and runs it to its first wait states; inside the caller's transaction where a session is given.

        `form` are raw entries for the form of the start event, `variables` are typed values of a program. `about` is the case on
        whose page the process is offered: the new one belongs to its office and knows it as the variable `about`.
        Raises NotYours for whoever may not start it at that office, FormInvalid, NotOffered.
        """
        given = {"process_id": process_id, "office_id": office_id, "title": title, "variables": dict(variables or {})}
        payload = {**given, "form": dict(form) if form is not None else None, "about": about}

        def act(session: Session, link: Link) -> dict[str, Any]:
            procedure = self.kernel.definitions.of_process(link, process_id)
            office = offers.office_of(self.kernel, link, procedure.models[process_id], about, actor, office_id)
            starter = self._starter(session, procedure, process_id, office, actor)
            values = self._start_values(session, procedure, {**payload, "office_id": office}, actor)
            case = Case.begin(
                self.kernel, session, link, procedure, process_id,
                office_id=office, title=title, actor=starter, parent_id=about or None,
            )  # fmt: skip
            values = {**values, "about": about} if about else values
            case.play_start(values)
            if actor.party and actor.party not in case.parties():
                raise NotYours("这个流程没有把贵单位列为当事人，不能由贵单位发起")
            case.flush()
            incidents.resolve_start(link, Failed("start", actor.person_id, payload), self.kernel.clock.now())
            return vars(case.ref)

        if session is not None:
            return CaseRef(**self._steps.inside(session, "start", actor, key, payload, act))
        return CaseRef(**self._steps.step("start", actor, key, payload, act))

    def _starter(self, session: Session, procedure: Procedure, process_id: str, office_id: str, actor: Actor) -> Actor:
        """The actor in his own name, or for the one for whom he deputises; raises NotYours."""
        found = starting(self.kernel, session, actor, procedure.models[process_id].starters, office_id, process_id)
        if found is None:
            raise NotYours("您没有以这个机关的名义发起这个流程的岗位")
        return found

    def _start_values(self, session: Session, procedure: Procedure, payload: dict[str, Any], actor: Actor) -> dict[str, Any]:
        model = procedure.models[payload["process_id"]]
        starts = [e for e in model.children.get("", ()) if e.kind == "startEvent" and e.trigger.kind == "none"]
        if not starts:
            raise NoSuchProcess(f"流程“{model.name}”只能由消息启动", process=model.process_id)
        form = procedure.form_to_fill(starts[0])
        if payload["form"] is None or form is None:
            return dict(payload["variables"])
        loaded = filled(self.kernel, session, form.for_party() if actor.party else form, payload["office_id"]).load(payload["form"], payload["variables"])
        if loaded.errors:
            raise FormInvalid(loaded.errors, loaded.errors_en)
        return {**payload["variables"], **loaded.values}

    def cancel_case(self, instance_id: str, reason: str, actor: Actor, key: str) -> None:
        """Withdraws a case with all that waits in it; for posts that the process names in `may_cancel`: `role`, `role@relation`, by commas."""

        def act(case: Case) -> None:
            if actor is not SYSTEM and not actor.sees(case.ref.scope, case.ref.process_id):
                raise NotFound(instance=instance_id)
            allowed = case.procedure.models[case.ref.process_id].properties.get("may_cancel", "")
            ending = starting(self.kernel, case.session, actor, allowed.split(","), case.ref.office_id, case.ref.process_id)
            if ending is None:
                raise NotYours("您没有终止这类案件的岗位", instance=instance_id)
            case.actor = ending
            if case.status != "active":
                raise NotActive(instance=instance_id)
            told = telling.Withdrawn.of(case, open_tasks(case.link, instance_id, lock=True))
            case.status = "cancelled"
            case.note("cancelled", "", reason, {"reason": reason})
            case.machine.cancel()
            self.kernel.clocks.end(case.session, instance_id)
            telling.tell(case, "cancelled", told, reason)
            case.tell_parties("stopped", reason)

        payload = {"instance_id": instance_id, "reason": reason}
        self._steps.step("cancel", actor, key, payload, self._steps.in_case(instance_id, actor, act))

    def comment(self, instance_id: str, text: str, actor: Actor, key: str) -> None:
        """Adds a remark that everyone who sees the case can read."""

        def act(session: Session, link: Link) -> None:
            require_voice(link, instance_id, actor)
            link.put(
                "INSERT INTO comment (id, instance_id, person_id, person_name, at, text) VALUES (?, ?, ?, ?, ?, ?)",
                new_id(), instance_id, actor.person_id, actor.name, link.moment(self.kernel.clock.now()), text,
            )  # fmt: skip

        self._steps.told("comment", actor, key, {"instance_id": instance_id, "text": text}, act)

    def attach(self, instance_id: str, filename: str, content: bytes, media_type: str, actor: Actor, key: str) -> str:
        """Adds a file; returns its id."""

        def act(session: Session, link: Link) -> str:
            require_voice(link, instance_id, actor)
            now, id_ = self.kernel.clock.now(), new_id()
            sha256 = put_blob(session, content, media_type, now)
            link.put(
                "INSERT INTO attachment (id, instance_id, person_id, person_name, at, filename, media_type, size, sha256)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id_, instance_id, actor.person_id, actor.name, link.moment(now), filename[:255], media_type, len(content), sha256,
            )  # fmt: skip
            return id_

        payload = {"instance_id": instance_id, "filename": filename, "sha256": hashlib.sha256(content).hexdigest()}
        return str(self._steps.told("attach", actor, key, payload, act))

    def place(self, session: Session, instance_id: str) -> tuple[CaseRef, Mapping[str, Any]] | None:
        """(case, what procedure.yaml says in the version that it runs), inside the caller's transaction; None for an unknown case."""
        link = Link(session)
        row = link.one(
            "SELECT business_key, title, office_id, scope, procedure, process_id, parent_id, definition_id FROM instance WHERE id = ?",
            instance_id,
        )
        return (CaseRef(instance_id, *row[:7]), self.kernel.definitions.get(link, row[7]).about) if row else None

    def set_due(self, session: Session, instance_id: str, due_on: date | None, label: str = "") -> None:
        """Sets the legal date of a case and of its open tasks, inside the caller's transaction."""
        if (case := at_work(session).get(instance_id)) is not None:
            case.set_due(due_on, label)
            return
        case = Case.load(self.kernel, session, Link(session), instance_id)
        case.set_due(due_on, label)
        case.flush()

    def move_due(self, session: Session, instance_id: str, before: date, due_on: date, label: str) -> None:
        """Moves the legal date of a case that still has the former one, or keeps it while its clock stands, inside the caller's transaction; the
        case is locked in any event.
        """
        case = Case.load(self.kernel, session, Link(session), instance_id)
        if standstill.kept(case) == before:
            case.set_due(due_on, label)
        case.flush()

    def refresh_timers(self, session: Session, instance_id: str) -> None:
        """Timers of a case that name a deadline ask again, inside the caller's transaction."""
        if (case := at_work(session).get(instance_id)) is not None:
            timers.refresh(case)
            return
        case = Case.load(self.kernel, session, Link(session), instance_id)
        timers.refresh(case)
        case.flush()

    # --- tasks -------------------------------------------------------------------------------------------------------------

    def claim(self, task_id: str, actor: Actor, key: str) -> None:
        """Takes an open task; raises TaskAlreadyClaimed if somebody was faster."""
        look = tasks.Glance(task_id, actor)
        self._steps.step(
            "claim", actor, key, {"task_id": task_id}, lambda s, link: tasks.claim(self.kernel, s, link, look), recall=look.recall
        )

    def release(self, task_id: str, actor: Actor, key: str) -> None:
        """Gives a claimed task back to its posts."""
        look = tasks.Look(task_id, actor)
        self._steps.step(
            "release",
            actor,
            key,
            {"task_id": task_id},
            lambda s, link: tasks.release(self.kernel, link, look),
            recall=look.recall,
        )

    def save_draft(self, task_id: str, values: Mapping[str, Any], actor: Actor, key: str = "", *, seen: str | None = None) -> None:
        """Keeps what is half filled in; the latest wins, so that a key is not needed. `seen`: only over the draft of this mark (`engine.drafts`),
        else DraftChanged.
        """
        look = tasks.Look(task_id, actor)
        self._steps.once(
            "draft", actor, key, {"task_id": task_id, "values": dict(values)},
            lambda s, link: tasks.save_draft(link, look, values, seen), look.recall,
        )  # fmt: skip

    def complete(self, task_id: str, raw: Mapping[str, Any], actor: Actor, key: str) -> dict[str, Any]:
        """Checks right and form, completes the task and runs on; returns {"instance_id", "tasks": what is open next}."""
        look = tasks.LookWithCase(task_id, actor, self.kernel.warm)
        payload: dict[str, Any] = {"task_id": task_id, "values": dict(raw)}
        answer: dict[str, Any] = self._steps.step(
            "complete",
            actor,
            key,
            payload,
            lambda s, link: tasks.complete(self.kernel, s, link, look, raw),
            task_id=task_id,
            recall=look.recall,
        )
        return answer

    def approve(self, task_id: str, actor: Actor, key: str) -> dict[str, Any]:
        """Completes a task with what its model enters in a batch (`batch_values`); raises NotPossibleNow where it is filled in by hand."""
        look = tasks.LookWithCase(task_id, actor, self.kernel.warm)
        answer: dict[str, Any] = self._steps.step(
            "approve", actor, key, {"task_id": task_id}, lambda s, link: tasks.complete(self.kernel, s, link, look, None),
            task_id=task_id, recall=look.recall,
        )  # fmt: skip
        return answer

    # --- messages and failures ---------------------------------------------------------------------------------------------

    def send_message(self, name: str, correlation: str, payload: Mapping[str, Any], key: str) -> str:
        """Takes a message from outside and tries to deliver it at once; "delivered", "started" or "parked".

        It is kept before it is delivered: a receiver that fails is tried again by the pump, and "pending" is returned.
        """
        now = self.kernel.clock.now()
        given = {"name": name, "correlation": correlation, "payload": dict(payload)}
        message_id = str(
            self._steps.once(
                "message", SYSTEM, key, given, lambda s, link: messages.accept(link, now, key, name, correlation, payload)
            )
        )
        return self._pump.deliver(message_id)

    def post_message(self, session: Session, name: str, correlation: str, payload: Mapping[str, Any], key: str) -> None:
        """Writes a message inside the caller's transaction; the pump delivers it after commit, once per key."""
        messages.accept(Link(session), self.kernel.clock.now(), key, name, correlation, payload)

    def retry_incident(self, incident_id: str, actor: Actor, key: str) -> bool:
        """Tries again what failed: what was done with a task by whoever did it, a start by its starter, a message, timer or effect by the pump.

        True when it is done, False when the pump will do it. Raises NotFound, NotYours, Declined.
        """
        with self.kernel.database.read() as session:
            failed = incidents.find(Link(session), incident_id, actor, again=key)
        if actor.party:  # what failed is a matter of the authority
            raise NotFound(incident=incident_id)
        given = failed.payload
        if failed.operation in {"complete", "approve", "start", "claim", "release", "cancel", *parties.OF_A_PERSON, *OPERATIONS} and failed.person_id != actor.person_id:
            raise NotYours("请由原办理人重试", instance=failed.instance_id)
        if failed.operation == "complete":
            self.complete(given["task_id"], given["values"], actor, key)
        elif failed.operation == "approve":
            self.approve(given["task_id"], actor, key)
        elif failed.operation == "start":
            named = {name: given[name] for name in ("office_id", "variables", "form", "title", "about")}
            self.start(given["process_id"], actor=actor, key=key, **named)
        elif failed.operation == "claim":
            self.claim(given["task_id"], actor, key)
        elif failed.operation == "release":
            self.release(given["task_id"], actor, key)
        elif failed.operation == "cancel":
            self.cancel_case(given["instance_id"], given["reason"], actor, key)
        elif failed.operation in parties.OF_A_PERSON:
            self.parties.again(failed.operation, given, actor, key)
        elif failed.operation in OPERATIONS:
            self.moves.again(failed.operation, given, actor, key)
        else:
            self.operations.try_again(ROW_OF.get(failed.operation, failed.operation), given["id"], actor, key)
            return False
        with self.kernel.database.write() as session:
            incidents.resolve(Link(session), incident_id, self.kernel.clock.now())
        return True

    def emit(self, session: Session, topic: str, payload: Mapping[str, Any], key: str) -> None:
        """Has an effect done after the caller's transaction, once per `key`; it belongs to no case."""
        link = Link(session)
        id_ = emitting.emit(link, self.kernel.clock.now(), topic, payload, key)
        self.kernel.call_for(link, [(id_, topic)])

    def tick(self, limit: int = 200, *, effects: bool = True) -> TickReport:
        """Works off due messages, timers and (unless others do that) effects, one per transaction; returns what was done."""
        return self._pump.tick(limit, effects=effects)

    def work_effects(self, limit: int = 50, goes_on: GoesOn = always, lane: str | None = None) -> TickReport:
        """Works off due effects alone (None: of every lane), beside a `tick` without them. Of a process that no longer `goes_on`, no answer waits
        for the database.
        """
        return self._pump.work_effects(limit, goes_on, lane)

    def work_effect(self, effect_id: str, goes_on: GoesOn = always) -> TickReport:
        """Does one effect, for whoever was called by the queue to which the outbox is deferred. `goes_on` as for `work_effects`."""
        return self._pump.work_effect(effect_id, goes_on)

    def revive_effects(self) -> int:
        """Calls again for effects that a dead worker left behind; called every few seconds, returns how many."""
        return self._pump.revive()

    def forget_keys(self) -> int:
        """Deletes idempotency keys older than thirty days, so many per transaction; returns how many. Called once a day."""
        before, forgotten = self.kernel.clock.now() - KEYS_KEPT, 0
        while True:
            with self.kernel.database.write() as session:
                done = idempotency.forget(Link(session), before)
            forgotten += done
            if done < idempotency.AT_ONCE:
                return forgotten
