"""A case at work inside one transaction: loads what it needs, plays tokens, and writes what has changed.

`engine.play.Play` answers the machine's questions; handlers see the case through `engine.context.Context`.
Waiting work is written by `engine.waiting`. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db import trace
from db.clock import SHANGHAI
from db.ids import new_id
from db.session import after_commit
from engine.codec import decode, encode, encode_state, sign
from engine.errors import Conflict, NotFound, StateDamaged
from engine.feel import EvalContext, compile_expression
from engine.history import Note, readable, write
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.play import Play
from engine.procedures import Procedure
from engine.registry import CaseRef
from engine.scopes import Store, View, home
from engine.tokens import Element, Machine, Scope
from engine.waiting import Waiting

_AT_WORK = "engine.cases"  # in the session: the cases of this transaction that are not written yet
_COLUMNS = (
    "definition_id, procedure, process_id, business_key, title, office_id, scope, status, version, due_on, due_label, parent_id, mac,"
    " incidents"
)
_DETACHED: Any = None


class Case:
    """One case within one step."""

    def __init__(self, kernel: Kernel, session: Session, link: Link, ref: CaseRef, procedure: Procedure) -> None:
        self.kernel = kernel
        self.session = session
        self.link = link
        self.ref = ref
        self.procedure = procedure
        self.now = kernel.clock.now()
        self.moment = link.moment(self.now)
        self.actor: Actor = SYSTEM
        self.status = "active"
        self.version = 0
        self.incidents = 0
        self.due_on: date | None = None
        self.due_label = ""
        self.store = Store({})
        self.machine: Machine = Machine(ref.process_id, Play(self))
        self.waiting = Waiting(self)
        self.passed: list[str] = []
        self.taken: list[str] = []
        self.notes: list[Note] = []
        self.at_element = ""
        self.sent = 0
        self.header_changed = False
        at_work(session)[ref.instance_id] = self
        trace.learned(case=ref.instance_id)

    # --- loading and starting ----------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, kernel: Kernel, session: Session, link: Link, instance_id: str, actor: Actor = SYSTEM) -> Case:
        """The case with its row locked; from the warm copy where its version is still the stored one."""
        if instance_id in at_work(session):
            raise Conflict(instance=instance_id)
        warm = kernel.warm.take(instance_id)
        known = warm[0] if warm else -1
        row = link.one(
            f"SELECT {_COLUMNS}, CASE WHEN version = ? THEN NULL ELSE state END FROM instance WHERE id = ?{link.lock}",
            known,
            instance_id,
        )
        if row is None:
            raise NotFound(instance=instance_id)
        ref = CaseRef(instance_id, row[3], row[4], row[5], row[6], row[1], row[2], row[11])
        case = cls(kernel, session, link, ref, kernel.definitions.get(link, row[0]))
        case.actor, case.status, case.version, case.incidents = actor, row[7], row[8], row[13]
        case.due_on, case.due_label = link.as_day(row[9]), row[10]
        if warm and row[14] is None:
            case.machine, case.store = warm[1]
            case.machine.hooks = Play(case)
        else:
            state = unsealed(kernel, instance_id, case.version, row[14], row[12])
            case.machine = Machine.load(decode(state), Play(case))
            case.store = Store.load(link, instance_id)
        return case

    @classmethod
    def begin(
        cls, kernel: Kernel, session: Session, link: Link, procedure: Procedure, process_id: str, *,
        office_id: str, title: str = "", actor: Actor, parent_id: str | None = None,
    ) -> Case:  # fmt: skip
        """A new case that has not played yet; `play_start` puts its first token down."""
        title = (title or procedure.models[process_id].name)[:255]
        scope = kernel.directory.scope_of(session, office_id)
        ref = CaseRef(new_id(), "", title, office_id, scope, procedure.key, process_id, parent_id)
        case = cls(kernel, session, link, ref, procedure)
        case.actor = actor
        link.run(
            "INSERT INTO instance (id, definition_id, procedure, process_id, business_key, title, office_id, scope, status, version,"
            " state, mac, due_label, parent_id, started_at, started_by) VALUES (?, ?, ?, ?, '', ?, ?, ?, 'active', 0, ?, '', '', ?, ?, ?)",
            ref.instance_id, procedure.definition_id, procedure.key, process_id, title, office_id, scope, b"", parent_id,
            case.moment, actor.person_id,
        )  # fmt: skip
        return case

    def play_start(self, values: Mapping[str, Any], *, at: str = "") -> None:
        """Puts the first token down and runs to the first wait states."""
        self.note("started", "", self.ref.title, {"values": values})
        self.machine = Machine.start(self.ref.process_id, Play(self), at=at, values=values)
        self.run()

    def run(self) -> None:
        """Plays until every token waits; closes the case when none is left."""
        self.machine.run(self.kernel.settings.step_limit)
        if self.machine.is_finished and self.status == "active":
            self.status = "completed"
            self.note("completed", "", self.ref.title)

    # --- storing -----------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Writes state, variables, waiting work and history of the step. The case row comes first, here as everywhere:
        whoever holds it holds the case, so that two steps can never wait for each other.
        """
        link, ref = self.link, self.ref
        state = encode_state(self.machine.dump())
        version = self.version + 1
        mac = sign(self.kernel.settings.secret, ref.instance_id, version, state)
        ended = self.moment if self.status != "active" else None
        done = link.run(
            "UPDATE instance SET state = ?, mac = ?, version = ?, status = ?, title = ?, business_key = ?, due_on = ?, due_label = ?,"
            " ended_at = ? WHERE id = ? AND version = ?",
            state, mac, version, self.status, ref.title, ref.business_key, link.day(self.due_on), self.due_label, ended,
            ref.instance_id, self.version,
        )  # fmt: skip
        if done != 1:
            raise Conflict(instance=ref.instance_id)
        self.waiting.look()
        with link.together():
            self.store.flush(link, ref.instance_id, version)
            self.waiting.flush()
            write(link, ref.instance_id, self.moment, self.actor, self.notes, self.passed, self.taken)
        self.version = version
        del at_work(self.session)[ref.instance_id]
        after_commit(self.session, self._keep)

    def leave(self) -> None:
        """Nothing was done to the case, so nothing is written."""
        del at_work(self.session)[self.ref.instance_id]
        after_commit(self.session, self._keep)

    def _keep(self) -> None:
        self.machine.hooks = _DETACHED
        self.kernel.warm.keep(self.ref.instance_id, self.version, (self.machine, self.store))

    def note(self, kind: str, element: str, name: str, details: Mapping[str, Any] | None = None) -> None:
        """One row of the history of this case."""
        self.notes.append((kind, element, name[:255], orjson.dumps(readable(details)).decode() if details else None))

    # --- variables ---------------------------------------------------------------------------------------------------------

    def view(self, scope: Scope) -> View:
        """The variables visible in a scope."""
        return View(self.store, self.machine.scopes, scope)

    def context(self) -> EvalContext:
        """What expressions may call besides the built-in functions."""
        functions: dict[str, Callable[..., Any]] = {"deadline": self._deadline, "case_id": lambda: self.ref.instance_id}
        return EvalContext(functions, self.now.astimezone(SHANGHAI))

    def _deadline(self, key: str) -> datetime | None:
        source = self.kernel.deadlines
        return source.due_moment(self.session, self.ref.instance_id, key) if source else None

    def evaluate(self, expression: str, scope: Scope) -> Any:
        """The value of a FEEL text in a scope."""
        return compile_expression(expression).evaluate(self.view(scope), context=self.context())

    def inputs(self, element: Element, scope: Scope) -> dict[str, Any]:
        """What a task is given: its input parameters, else every visible variable."""
        if element.inputs:
            return {name: self.evaluate(text, scope) for name, text in element.inputs}
        return self.view(scope).flat()

    def put(self, scope: Scope, name: str, value: Any, element: str = "") -> None:
        """Writes a variable where its name lives."""
        self.store.put(home(self.store, self.machine.scopes, scope, name), name, value, element)

    def assign(self, element: Element, scope: Scope, results: Mapping[str, Any], *, since: int | None = None) -> None:
        """Stores results: by the output parameters where there are some, else under their own names.

        `since` is the version in which the writer saw the case: what somebody else wrote later is written over, and the
        history says so.
        """
        if element.outputs:
            seen = {**self.view(scope).flat(), **results}
            results = {name: compile_expression(text).evaluate(seen, context=self.context()) for name, text in element.outputs}
        for name, value in results.items():
            place = home(self.store, self.machine.scopes, scope, name)
            if since is not None and (other := self.store.written_since(place, name, since)) not in {None, element.id}:
                before = self.store.contents[place][name]
                if before != value:
                    details = {"variable": name, "before": before, "after": value, "written_by": other}
                    self.note("overwritten", element.id, element.name, details)
            self.store.put(place, name, value, element.id)

    # --- the header, and what leaves the case ------------------------------------------------------------------------------

    def rename(self, **changes: str) -> None:
        """Changes title or number of the case; its open tasks carry them too."""
        self.ref = replace(self.ref, **changes)
        self.header_changed = True

    def set_due(self, due_on: date | None, label: str) -> None:
        """The legal date of the case; its open tasks carry it, but for those that the model gives a date of their own."""
        self.due_on, self.due_label, self.header_changed = due_on, label[:255], True

    def send(self, kind: str, name: str, correlation: str, payload: Mapping[str, Any], element: Element | None = None) -> None:
        """Writes a message that the pump delivers after commit, once."""
        self.sent += 1
        key = f"{self.ref.instance_id}:{self.version}:{self.sent}"
        self.link.run(
            "INSERT INTO message (id, key, kind, name, correlation, payload, sender_id, state, attempts, due_at, created_at, last_error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')",
            new_id(), key, kind, name, correlation, encode(dict(payload)), self.ref.instance_id, self.moment, self.moment,
        )  # fmt: skip
        where = (element.id, element.name) if element else (self.at_element, name)
        self.note("sent", *where, {"message": name, "correlation": correlation})


def at_work(session: Session) -> dict[str, Case]:
    """The cases of this transaction that are not written yet, by id, the latest last."""
    found: dict[str, Case] = session.info.setdefault(_AT_WORK, {})
    return found


def unsealed(kernel: Kernel, instance_id: str, version: int, state: Any, mac: str) -> bytes:
    """The state as bytes; raises StateDamaged when it is not what was stored at this version of this case."""
    content = bytes(state)
    if sign(kernel.settings.secret, instance_id, version, content) != mac:
        raise StateDamaged(instance=instance_id)
    return content
