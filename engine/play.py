"""What the token machine asks of a case (`engine.tokens.hooks.Hooks`): values, work, and where variables begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.context import Context
from engine.dmn import decide
from engine.registry import Handler
from engine.tokens import Element, ProcessModel, Scope, Token
from engine.tokens.errors import BpmnError
from engine.tokens.repeat import RUN

if TYPE_CHECKING:
    from engine.case import Case


class Play:
    """One step's answers to the machine."""

    __slots__ = ("case",)

    def __init__(self, case: Case) -> None:
        self.case = case

    def model(self, process_id: str) -> ProcessModel:
        return self.case.procedure.models[process_id]

    def evaluate(self, expression: str, scope: Scope) -> Any:
        return self.case.evaluate(expression, scope)

    # --- happenings ----------------------------------------------------------------------------------------------------------

    def entered(self, element: Element, token: Token) -> None:
        self.case.at_element = element.id
        if element.multi is not None and (name := element.properties.get("output_collection")):  # another round begins anew
            self.case.put(self.case.machine.scopes[token.scope], name, [], element.id)

    def left(self, element: Element, token: Token, outcome: str) -> None:
        if outcome == "completed":
            self.case.passed.append(element.id)
            if token.role == "item" and element.properties.get("output_collection"):
                self._collect(element, self.case.machine.scopes[token.scope])

    def caught(self, element: Element, scope: Scope, error: BpmnError) -> None:
        if element.trigger.message_variable:
            self.case.put(scope, element.trigger.message_variable, error.message, element.id)

    def took(self, flow_id: str) -> None:
        self.case.taken.append(flow_id)

    def waits(self, element: Element, token: Token, scope: Scope) -> None:
        self.case.waiting.open(element, token, scope)

    def ceases(self, element: Element, token: Token, completed: bool) -> None:
        self.case.waiting.close(element, token, completed)

    def thrown(self, element: Element, scope: Scope) -> None:
        case = self.case
        case.at_element = element.id
        correlation = element.properties.get("correlation", "")
        payload = case.evaluate(element.properties["payload"], scope) if "payload" in element.properties else None
        if payload is None:
            payload = case.inputs(element, scope) if element.inputs else {}
        found = case.evaluate(correlation, scope) if correlation else ""
        case.send(element.trigger.kind, element.trigger.name, "" if found is None else str(found), payload, element)

    # --- work ----------------------------------------------------------------------------------------------------------------

    def perform(self, element: Element, token: Token, scope: Scope) -> bool:
        case = self.case
        case.at_element = element.id
        if element.kind == "scriptTask":
            case.assign(element, scope, {element.result_variable or "result": case.evaluate(element.expression, scope)})
        elif element.kind == "businessRuleTask":
            self._decide(element, scope)
        elif not element.topic:
            self.thrown(element, scope)
        else:
            handler = case.kernel.registry.handlers.get(element.topic)
            if handler is None or handler.kind != "operation":
                case.waiting.defer(element, token, scope, external=handler is None)
                return False
            self._operate(handler, element, token, scope)
        return True

    def _decide(self, element: Element, scope: Scope) -> None:
        case, decision = self.case, element.decision_ref
        variables = case.view(scope).flat()
        answer = decide(case.procedure.decision(decision), decision, variables, context=case.context())
        if element.result_variable:
            case.assign(element, scope, {element.result_variable: answer})
        elif isinstance(answer, dict):
            case.assign(element, scope, answer)

    def _operate(self, handler: Handler, element: Element, token: Token, scope: Scope) -> None:
        context = Context(self.case, element, scope, f"{self.case.ref.instance_id}:{token.id}")
        self.case.assign(element, scope, handler.function(context) or {})

    # --- scopes --------------------------------------------------------------------------------------------------------------

    def opened(self, scope: Scope, element: Element | None, values: Mapping[str, Any]) -> None:
        if element is not None and element.kind == "callActivity":
            values = {**self._mapped_in(element, scope), **values}
        self.case.store.open(scope.id, values)

    def _mapped_in(self, element: Element, scope: Scope) -> dict[str, Any]:
        case = self.case
        caller = case.machine.scopes[scope.parent]
        given: dict[str, Any] = {}
        for target, text in element.mapped_in:
            given.update(case.view(caller).flat() if target == "*" else {target: case.evaluate(text, caller)})
        return given

    def closed(self, scope: Scope, element: Element | None, completed: bool) -> None:
        scopes = self.case.machine.scopes
        if completed and element is not None and scope.parent in scopes:
            outer = scopes[scope.parent]
            if element.kind == "callActivity" and scope.process == element.called_element:
                self._map_out(element, scope, outer)
        if scope.parent or scope.owner:  # the variables of the case itself stay readable after its end
            self.case.store.close(scope.id)
        else:
            self.case.named_last = self.case.parties()

    def _is_run(self, scope: Scope) -> bool:
        """Whether a scope is one run of a multi-instance activity."""
        return RUN in self.case.store.contents.get(scope.id, {})

    def _map_out(self, element: Element, scope: Scope, outer: Scope) -> None:
        case, inner = self.case, self.case.view(scope)
        for target, text in element.mapped_out:
            values = inner.flat() if target == "*" else {target: case.evaluate(text, scope)}
            for name, value in values.items():
                if self._is_run(outer):  # parallel runs must not write over each other
                    case.store.put(outer.id, name, value, element.id)
                else:
                    case.put(outer, name, value, element.id)

    def _collect(self, element: Element, scope: Scope) -> None:
        """Adds the result of a run before the completion condition is asked, which may count the results."""
        case, name = self.case, element.properties["output_collection"]
        outer = case.machine.scopes[scope.parent]
        value = case.evaluate(element.properties.get("output_element", "null"), scope)
        listed = case.view(outer).get(name)
        case.put(outer, name, [*(listed if isinstance(listed, list) else []), value], element.id)
