"""A case at work inside one transaction: loads what it needs, plays tokens, and writes what has changed.

`Case` answers the machine's questions (`engine.tokens.hooks.Hooks`); handlers see it through `engine.context.Context`.
Waiting work is written by `engine.waiting`. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from db.ids import new_id
from db.session import after_commit
from engine.codec import decode, encode, sign
from engine.dmn import decide
from engine.errors import Conflict, NotFound, StateDamaged
from engine.feel import EvalContext, compile_expression
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import Procedure
from engine.registry import CaseRef, EffectContext, Handler
from engine.scopes import Store, View, home
from engine.tokens import Element, Machine, ProcessModel, Scope, Token
from engine.waiting import Waiting

NEVER = date(9999, 12, 31)
_COLUMNS = "definition_id, procedure, process_id, business_key, title, office_id, scope, status, version, due_on, due_label, parent_id, mac"


class Case:
    """One case within one step."""

    def __init__(self, kernel: Kernel, session: Session, link: Link, ref: CaseRef, procedure: Procedure) -> None:
        self.kernel = kernel
        self.session = session
        self.link = link
        self.ref = ref
        self.procedure = procedure
        self.now = kernel.clock.now()
        self.actor: Actor = SYSTEM
        self.key = ""
        self.status = "active"
        self.version = 0
        self.due_on: date | None = None
        self.due_label = ""
        self.store = Store({})
        self.machine: Machine = Machine(ref.process_id, self)
        self.waiting = Waiting(self)
        self.passed: list[str] = []
        self.taken: list[str] = []
        self.notes: list[tuple[Any, ...]] = []
        self.at_element = ""
        self.emitted = 0
        self.header_changed = False

    # --- loading and starting ----------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, kernel: Kernel, session: Session, link: Link, instance_id: str) -> Case:
        """The case with its row locked; from the warm copy where its version is still the stored one."""
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
        case.status, case.version = row[7], row[8]
        case.due_on, case.due_label = link.as_day(row[9]), row[10]
        if warm and row[13] is None:
            case.machine, case.store = warm[1]
            case.machine.hooks = case
        else:
            state = bytes(row[13])
            if sign(kernel.settings.secret, instance_id, case.version, state) != row[12]:
                raise StateDamaged(instance=instance_id)
            case.machine = Machine.load(decode(state), case)
            case.store = Store.load(link, instance_id)
        return case

    @classmethod
    def begin(
        cls, kernel: Kernel, session: Session, link: Link, procedure: Procedure, process_id: str, *,
        office_id: str, title: str, actor: Actor, parent_id: str | None = None,
    ) -> Case:  # fmt: skip
        """A new case that has not played yet; `play_start` puts its first token down."""
        scope = kernel.directory.scope_of(session, office_id)
        ref = CaseRef(new_id(), "", title, office_id, scope, procedure.key, process_id, parent_id)
        case = cls(kernel, session, link, ref, procedure)
        case.actor = actor
        link.run(
            "INSERT INTO instance (id, definition_id, procedure, process_id, business_key, title, office_id, scope, status, version,"
            " state, mac, due_label, parent_id, started_at, started_by) VALUES (?, ?, ?, ?, '', ?, ?, ?, 'active', 0, ?, '', '', ?, ?, ?)",
            ref.instance_id, procedure.definition_id, procedure.key, process_id, title, office_id, scope, b"", parent_id,
            link.moment(case.now), actor.person_id,
        )  # fmt: skip
        return case

    def play_start(self, values: Mapping[str, Any], *, at: str = "") -> None:
        """Puts the first token down and runs to the first wait states."""
        self.note("started", "", self.ref.title, {"values": _readable(values)})
        self.machine = Machine.start(self.ref.process_id, self, at=at, values=values)
        self.run()

    def run(self) -> None:
        """Plays until every token waits; closes the case when none is left."""
        self.machine.run(self.kernel.settings.step_limit)
        if self.machine.is_finished and self.status == "active":
            self.status = "completed"
            self.note("completed", "", self.ref.title)

    # --- storing -----------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Writes state, variables, waiting work and history of the step."""
        link, ref = self.link, self.ref
        if self.passed or self.taken:
            self.note("passed", "", "", {"elements": self.passed, "flows": self.taken})
        state = encode(self.machine.dump())
        version = self.version + 1
        mac = sign(self.kernel.settings.secret, ref.instance_id, version, state)
        ended = link.moment(self.now) if self.status != "active" else None
        done = link.run(
            "UPDATE instance SET state = ?, mac = ?, version = ?, status = ?, title = ?, business_key = ?, due_on = ?, due_label = ?,"
            " ended_at = ? WHERE id = ? AND version = ?",
            state, mac, version, self.status, ref.title, ref.business_key, link.day(self.due_on), self.due_label, ended,
            ref.instance_id, self.version,
        )  # fmt: skip
        if done != 1:
            raise Conflict(instance=ref.instance_id)
        self.store.flush(link, ref.instance_id)
        self.waiting.flush()
        if self.header_changed:
            self.waiting.carry_header()
        link.many(
            "INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self.notes,
        )
        self.version, self.passed, self.taken, self.notes, self.header_changed = version, [], [], [], False
        kept = (version, (self.machine, self.store))
        warm = self.kernel.warm
        after_commit(self.session, lambda: warm.keep(ref.instance_id, *kept))

    def note(self, kind: str, element: str, name: str, details: Mapping[str, Any] | None = None) -> None:
        """One row of the history of this case."""
        text = orjson.dumps(_readable(details)).decode() if details else None
        self.notes.append(
            (
                self.ref.instance_id,
                self.link.moment(self.now),
                kind,
                element,
                name[:255],
                self.actor.person_id,
                self.actor.name,
                text,
            )
        )

    # --- what the machine asks ---------------------------------------------------------------------------------------------

    def model(self, process_id: str) -> ProcessModel:
        return self.procedure.models[process_id]

    def view(self, scope: Scope) -> View:
        """The variables visible in a scope."""
        return View(self.store, self.machine.scopes, scope)

    def context(self) -> EvalContext:
        """What expressions may call besides the built-in functions."""
        return EvalContext({"deadline": self._deadline}, self.now.astimezone(SHANGHAI))

    def _deadline(self, key: str) -> datetime | None:
        source = self.kernel.deadlines
        return source.due_moment(self.session, self.ref.instance_id, key) if source else None

    def evaluate(self, expression: str, scope: Scope) -> Any:
        return compile_expression(expression).evaluate(self.view(scope), context=self.context())

    def perform(self, element: Element, token: Token, scope: Scope) -> bool:
        self.at_element = element.id
        if element.kind == "scriptTask":
            self.assign(element, scope, {element.result_variable or "result": self.evaluate(element.expression, scope)})
            return True
        if element.kind == "businessRuleTask":
            self._decide(element, scope)
            return True
        if not element.topic:
            self.thrown(element, scope)
            return True
        handler = self.kernel.registry.handlers.get(element.topic)
        if handler is not None and handler.kind == "operation":
            self._operate(handler, element, token, scope)
            return True
        self.waiting.defer(element, token, self.inputs(element, scope), external=handler is None)
        return False

    def _decide(self, element: Element, scope: Scope) -> None:
        view = self.view(scope)
        answer = decide(self.procedure.decision(element.decision_ref), element.decision_ref, view.flat(), context=self.context())
        if element.result_variable:
            self.assign(element, scope, {element.result_variable: answer})
        elif isinstance(answer, dict):
            self.assign(element, scope, answer)

    def _operate(self, handler: Handler, element: Element, token: Token, scope: Scope) -> None:
        from engine.context import Context  # noqa: PLC0415 -- a context holds a case

        context = Context(self, element, scope, self.inputs(element, scope), f"{self.ref.instance_id}:{token.id}")
        self.assign(element, scope, handler.function(context) or {})

    def inputs(self, element: Element, scope: Scope) -> dict[str, Any]:
        """What a task is given: its input parameters, else every visible variable."""
        if element.inputs:
            return {name: self.evaluate(text, scope) for name, text in element.inputs}
        return self.view(scope).flat()

    def assign(self, element: Element, scope: Scope, results: Mapping[str, Any]) -> None:
        """Stores results: by the output parameters where there are some, else under their own names."""
        if element.outputs:
            seen = {**self.view(scope).flat(), **results}
            results = {name: compile_expression(text).evaluate(seen, context=self.context()) for name, text in element.outputs}
        for name, value in results.items():
            self.store.put(home(self.store, self.machine.scopes, scope, name), name, value)

    def waits(self, element: Element, token: Token, scope: Scope) -> None:
        self.waiting.open(element, token, scope)

    def ceases(self, element: Element, token: Token, completed: bool) -> None:
        self.waiting.close(element, token, completed)

    def entered(self, element: Element, token: Token) -> None:
        self.at_element = element.id

    def left(self, element: Element, token: Token, outcome: str) -> None:
        if outcome == "completed":
            self.passed.append(element.id)

    def took(self, flow_id: str) -> None:
        self.taken.append(flow_id)

    def opened(self, scope: Scope, element: Element | None, values: Mapping[str, Any]) -> None:
        if element is not None and element.kind == "callActivity":
            values = {**self._mapped_in(element, scope), **values}
        self.store.open(scope.id, values)

    def _mapped_in(self, element: Element, scope: Scope) -> dict[str, Any]:
        caller = self.machine.scopes[scope.parent]
        given: dict[str, Any] = {}
        for target, text in element.mapped_in:
            given.update(self.view(caller).flat() if target == "*" else {target: self.evaluate(text, caller)})
        return given

    def closed(self, scope: Scope, element: Element | None, completed: bool) -> None:
        if completed and element is not None and scope.parent in self.machine.scopes:
            outer = self.machine.scopes[scope.parent]
            if element.kind == "callActivity" and element.multi is None:
                inner = self.view(scope)
                for target, text in element.mapped_out:
                    values = inner.flat() if target == "*" else {target: self.evaluate(text, scope)}
                    for name, value in values.items():
                        self.store.put(home(self.store, self.machine.scopes, outer, name), name, value)
            if element.properties.get("output_collection"):
                self._collect(element, scope, outer)
        if scope.parent or scope.owner:  # the variables of the case itself stay readable after its end
            self.store.close(scope.id)

    def _collect(self, element: Element, scope: Scope, outer: Scope) -> None:
        name = element.properties["output_collection"]
        value = self.evaluate(element.properties.get("output_element", "null"), scope)
        listed = self.view(outer).get(name)
        place = home(self.store, self.machine.scopes, outer, name)
        self.store.put(place, name, [*(listed if isinstance(listed, list) else []), value])

    def thrown(self, element: Element, scope: Scope) -> None:
        self.at_element = element.id
        correlation = element.properties.get("correlation", "")
        payload = self.evaluate(element.properties["payload"], scope) if "payload" in element.properties else None
        if payload is None:
            payload = self.inputs(element, scope) if element.inputs else {}
        found = self.evaluate(correlation, scope) if correlation else ""
        self.send(element.trigger.kind, element.trigger.name, "" if found is None else str(found), payload, element)

    def send(self, kind: str, name: str, correlation: str, payload: Mapping[str, Any], element: Element | None = None) -> None:
        """Writes a message that the pump delivers after commit, once."""
        self.emitted += 1
        key = f"{self.ref.instance_id}:{self.version}:{self.emitted}"
        moment = self.link.moment(self.now)
        self.link.run(
            "INSERT INTO message (id, key, kind, name, correlation, payload, sender_id, state, attempts, due_at, created_at, last_error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')",
            new_id(), key, kind, name, correlation, encode(dict(payload)), self.ref.instance_id, moment, moment,
        )  # fmt: skip
        self.note(
            "sent",
            element.id if element else "",
            element.name if element else name,
            {"message": name, "correlation": correlation},
        )

    def rename(self, **changes: str) -> None:
        """Changes title or number of the case; its open tasks carry them too."""
        self.ref = replace(self.ref, **changes)
        self.header_changed = True


def _readable(value: Any) -> Any:
    """History is for people: what JSON does not know becomes text."""
    if isinstance(value, Mapping):
        return {str(k): _readable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_readable(v) for v in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)


__all__ = ["NEVER", "Case", "EffectContext"]
