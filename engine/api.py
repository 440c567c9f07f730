"""The front door of the engine: every change is one transaction with an idempotency key; reads stand in `engine.reads`.

A refusal writes a row in the trail, in a transaction of its own. A step that fails is rolled back whole and leaves an incident.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.blobs import put_blob
from db.ids import new_id
from engine import idempotency, incidents, messages, outbox, tasks, timers
from engine.bpmn import GateResult, check
from engine.case import Case
from engine.errors import EngineError, NotFound, NotYours, StepFailed
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.pump import Pump, TickReport
from engine.reads import Reads
from engine.registry import CaseRef
from engine.tokens.errors import TokenError

Act = Callable[[Session, Link], Any]


class Engine(Reads):
    """Given a kernel; safe to share between threads, since every call has its own transaction."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self._pump = Pump(self, kernel)

    # --- models ------------------------------------------------------------------------------------------------------------

    def check(self, files: Mapping[str, bytes]) -> GateResult:
        """What the gate says of files, without deploying them."""
        return check(files)

    def deploy(self, files: ProcedureFiles, actor: Actor, *, message: str = "") -> tuple[str, int, bool]:
        """(id, version, whether it is new); equal content is not deployed twice. Raises ModelRefused."""
        with self.kernel.database.write() as session:
            return self.kernel.definitions.deploy(
                Link(session), files, by=actor.person_id, clock=self.kernel.clock, message=message
            )

    # --- one step ----------------------------------------------------------------------------------------------------------

    def _do(self, operation: str, actor: Actor, key: str, payload: Any, act: Act) -> Any:
        """Runs `act` in one transaction, once per key."""
        wanted = idempotency.digest(operation, actor.person_id, payload)
        with self.kernel.database.write() as session:
            link = Link(session)
            if key and (answer := idempotency.recall(link, key, wanted)) is not idempotency.MISSING:
                return answer
            answer = act(session, link)
            if key:
                idempotency.remember(link, key, wanted, answer, link.moment(self.kernel.clock.now()))
            return answer

    def step(self, operation: str, actor: Actor, key: str, payload: dict[str, Any], act: Act) -> Any:
        """As `_do`; a refusal goes into the trail, any other failure becomes an incident and StepFailed."""
        try:
            return self._do(operation, actor, key, payload, act)
        except NotYours as refusal:
            self._trail_refusal(operation, actor, payload, refusal)
            raise
        except (EngineError, DBAPIError):
            raise
        except Exception as error:
            raise self._incident(operation, actor, payload, error) from error

    def _trail_refusal(self, operation: str, actor: Actor, payload: Mapping[str, Any], refusal: EngineError) -> None:
        with self.kernel.database.write() as session:
            tasks.note_refusal(Link(session), self.kernel.clock.now(), operation, actor, payload, refusal)

    def _incident(self, operation: str, actor: Actor, payload: dict[str, Any], error: Exception) -> StepFailed:
        element = error.element if isinstance(error, TokenError) else str(getattr(error, "at_element", ""))
        reason = str(error) or type(error).__name__
        with self.kernel.database.write() as session:
            id_ = incidents.record(
                Link(session), self.kernel.clock.now(), payload.get("instance_id"), element,
                {"operation": operation, "person_id": actor.person_id, "payload": payload}, reason,
                "".join(traceback.format_exception(error))[-8000:],
            )  # fmt: skip
        return StepFailed(id_, reason)

    def _in_case(self, instance_id: str, actor: Actor, key: str, act: Callable[[Case], Any]) -> Act:
        def run(session: Session, link: Link) -> Any:
            case = Case.load(self.kernel, session, link, instance_id)
            case.actor, case.key = actor, key
            try:
                answer = act(case)
            except EngineError:
                raise
            except Exception as error:
                error.at_element = case.at_element  # type: ignore[attr-defined]
                raise
            case.flush()
            return answer

        return run

    # --- cases -------------------------------------------------------------------------------------------------------------

    def start(
        self,
        process_id: str,
        *,
        office_id: str,
        actor: Actor,
        key: str,
        variables: Mapping[str, Any] | None = None,
        title: str = "",
    ) -> CaseRef:
        """Starts a case and runs it to its first wait states."""
        values = dict(variables or {})

        def act(session: Session, link: Link) -> dict[str, Any]:
            procedure = self.kernel.definitions.of_process(link, process_id)
            case = Case.begin(
                self.kernel, session, link, procedure, process_id,
                office_id=office_id, title=title or procedure.models[process_id].name, actor=actor,
            )  # fmt: skip
            case.play_start(values)
            case.flush()
            return vars(case.ref)

        payload = {"process_id": process_id, "office_id": office_id, "title": title, "variables": values}
        return CaseRef(**self.step("start", actor, key, payload, act))

    def cancel_case(self, instance_id: str, reason: str, actor: Actor, key: str) -> None:
        """Withdraws a case with all that waits in it."""

        def act(case: Case) -> None:
            case.status = "cancelled"
            case.machine.cancel()
            case.note("cancelled", "", reason)

        self.step(
            "cancel", actor, key, {"instance_id": instance_id, "reason": reason}, self._in_case(instance_id, actor, key, act)
        )

    def comment(self, instance_id: str, text: str, actor: Actor, key: str) -> None:
        """Adds a remark that everyone who sees the case can read."""

        def act(session: Session, link: Link) -> None:
            self._visible(link, instance_id, actor)
            link.run(
                "INSERT INTO comment (id, instance_id, person_id, person_name, at, text) VALUES (?, ?, ?, ?, ?, ?)",
                new_id(), instance_id, actor.person_id, actor.name, link.moment(self.kernel.clock.now()), text,
            )  # fmt: skip

        self._do("comment", actor, key, {"instance_id": instance_id, "text": text}, act)

    def attach(self, instance_id: str, filename: str, content: bytes, media_type: str, actor: Actor, key: str) -> str:
        """Adds a file; returns its id."""

        def act(session: Session, link: Link) -> str:
            self._visible(link, instance_id, actor)
            now, id_ = self.kernel.clock.now(), new_id()
            sha256 = put_blob(session, content, media_type, now)
            link.run(
                "INSERT INTO attachment (id, instance_id, person_id, person_name, at, filename, media_type, size, sha256)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id_, instance_id, actor.person_id, actor.name, link.moment(now), filename[:255], media_type, len(content), sha256,
            )  # fmt: skip
            return id_

        return str(self._do("attach", actor, key, {"instance_id": instance_id, "filename": filename, "size": len(content)}, act))

    def _visible(self, link: Link, instance_id: str, actor: Actor) -> None:
        row = link.one("SELECT scope FROM instance WHERE id = ?", instance_id)
        if row is None or not (actor.sees(row[0]) or self._takes_part(link, instance_id, actor)):
            raise NotFound(instance=instance_id)

    # --- tasks -------------------------------------------------------------------------------------------------------------

    def claim(self, task_id: str, actor: Actor, key: str) -> None:
        """Takes an open task; raises TaskAlreadyClaimed if somebody was faster."""
        now = self.kernel.clock.now()
        self.step("claim", actor, key, {"task_id": task_id}, lambda s, link: tasks.claim(link, now, task_id, actor))

    def release(self, task_id: str, actor: Actor, key: str) -> None:
        """Gives a claimed task back to its posts."""
        now = self.kernel.clock.now()
        self.step("release", actor, key, {"task_id": task_id}, lambda s, link: tasks.release(link, now, task_id, actor))

    def save_draft(self, task_id: str, values: Mapping[str, Any], actor: Actor) -> None:
        """Keeps what is half filled in; the latest wins."""
        self._do("draft", actor, "", {}, lambda s, link: tasks.save_draft(link, task_id, values, actor))

    def complete(self, task_id: str, raw: Mapping[str, Any], actor: Actor, key: str) -> dict[str, Any]:
        """Checks right and form, completes the task and runs on; returns {"instance_id", "tasks": what is open next}."""

        def act(session: Session, link: Link) -> dict[str, Any]:
            task = tasks.require_mine(link, task_id, actor)
            return self._in_case(task.instance_id, actor, key, lambda case: tasks.complete(case, task, raw))(session, link)  # type: ignore[no-any-return]

        payload: dict[str, Any] = {"task_id": task_id, "values": dict(raw)}
        with self.kernel.database.read() as session:
            row = Link(session).one("SELECT instance_id FROM task WHERE id = ?", task_id)
        if row is None:
            raise NotFound(task=task_id)
        payload["instance_id"] = row[0]
        answer: dict[str, Any] = self.step("complete", actor, key, payload, act)
        return answer

    # --- messages, timers, effects -----------------------------------------------------------------------------------------

    def send_message(self, name: str, correlation: str, payload: Mapping[str, Any], key: str) -> None:
        """Hands a message from outside to the pump; it starts a case, reaches one that waits, or is parked until one does."""
        self._do(
            "message", SYSTEM, key, {"name": name, "correlation": correlation, "payload": dict(payload)},
            lambda s, link: messages.accept(link, self.kernel.clock.now(), key, name, correlation, payload),
        )  # fmt: skip

    def refresh_timers(self, session: Session, instance_id: str) -> None:
        """Timers of a case that name a deadline ask again, inside the caller's transaction."""
        link = Link(session)
        case = Case.load(self.kernel, session, link, instance_id)
        timers.refresh(case)
        case.flush()

    def set_due(self, session: Session, instance_id: str, due_on: date | None, label: str = "") -> None:
        """Sets the legal date of a case and of its open tasks, inside the caller's transaction."""
        link = Link(session)
        case = Case.load(self.kernel, session, link, instance_id)
        case.due_on, case.due_label, case.header_changed = due_on, label, True
        case.flush()

    def retry_incident(self, incident_id: str, actor: Actor, key: str) -> None:
        """Tries again what failed: the task of the person who did it, or the message, timer or effect."""
        action = incidents.action_of(self, incident_id, actor)
        if action["operation"] == "complete":
            payload = action["payload"]
            if action["person_id"] != actor.person_id:
                raise NotYours()
            self.complete(payload["task_id"], payload["values"], actor, key)
        elif action["operation"] == "start":
            payload = action["payload"]
            self.start(
                payload["process_id"],
                office_id=payload["office_id"],
                actor=actor,
                key=key,
                variables=payload["variables"],
                title=payload["title"],
            )
        else:
            with self.kernel.database.write() as session:
                outbox.due_again(Link(session), action, self.kernel.clock.now())
        with self.kernel.database.write() as session:
            incidents.resolve(Link(session), incident_id, self.kernel.clock.now())

    def tick(self, limit: int = 200) -> TickReport:
        """Works off due messages, timers and effects, one per transaction; returns what was done."""
        return self._pump.tick(limit)
