"""Events: waiting, throwing, and what an event cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.tokens.errors import BpmnError, UnhandledBpmnError
from engine.tokens.model import Element
from engine.tokens.state import Scope, Token

if TYPE_CHECKING:
    from engine.tokens.machine import Machine

# What the world must bring; errors and escalations come from inside and are looked up when they happen.
WAITED_FOR = frozenset(("message", "timer", "signal", "conditional"))


def enter(machine: Machine, token: Token, element: Element) -> None:
    """A token comes to an intermediate or end event."""
    scope, kind = machine.scopes[token.scope], element.trigger.kind
    if element.kind == "intermediateCatchEvent" and kind in WAITED_FOR:
        token.state = "waiting"
        machine.hooks.waits(element, token, scope)
        return
    if element.kind == "endEvent" and kind in {"error", "terminate"}:
        _end_hard(machine, token, element, scope)
        return
    if kind in {"message", "signal"} and element.kind != "intermediateCatchEvent":
        machine.hooks.thrown(element, scope)
    if kind == "escalation" and element.kind != "intermediateCatchEvent":
        _escalate(machine, token, element)
        if token.id not in machine.tokens:  # an interrupting boundary event took the scope away
            return
    if kind == "link" and element.kind == "intermediateThrowEvent":
        machine.hooks.left(element, token, "completed")
        target = machine.model_of(scope).link_targets(element)[0]
        machine.remove(token)
        machine.add(target.id, scope)
        return
    machine.leave(token, element)


def _end_hard(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    machine.hooks.left(element, token, "completed")
    if element.trigger.kind == "error":
        throw_error(machine, token, BpmnError(element.trigger.name, element.name))
        return
    machine.remove(token)
    clear_scope(machine, scope)
    machine.settle(scope)


def fire(machine: Machine, token: Token, element: Element) -> None:
    """Something that a boundary event, an event gateway or an event sub-process waited for has come."""
    scope = machine.scopes[token.scope]
    if token.role == "boundary":
        _fire_boundary(machine, token, element, scope)
    elif token.role == "choice":
        gateway = machine.tokens[token.host]
        machine.hooks.entered(element, token)
        machine.hooks.took(token.via)
        machine.hooks.left(machine.element(gateway), gateway, "completed")
        token.role, token.host = "", 0
        machine.hanging[gateway.id].discard(token.id)
        withdraw_hanging(machine, gateway)
        machine.remove(gateway)
        machine.leave(token, element)
    elif token.role == "start":
        _fire_event_subprocess(machine, token, element, scope)


def _fire_boundary(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    activity = machine.tokens[token.host]
    machine.hooks.entered(element, token)
    if element.interrupting:
        machine.hanging[activity.id].discard(token.id)
        token.host = 0
        token.role = "fired"
        cancel_token(machine, activity)
        machine.leave(token, element)
    else:
        passing = machine.add(element.id, scope, state="waiting")
        _rearm(machine, token, element, scope)
        machine.leave(passing, element)


def _rearm(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    """A non-interrupting event may come again, but a timer that is no cycle comes once."""
    if element.trigger.kind == "timer" and element.trigger.timer_kind != "cycle":
        machine.remove(token)
    else:
        machine.hooks.waits(element, token, scope)


def _fire_event_subprocess(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    machine.hooks.entered(element, token)
    model = machine.model_of(scope)
    sub = model.elements[element.parent]
    if element.interrupting:
        token.role = "fired"
        clear_scope(machine, scope, keep=token.id)
    runner = machine.add(sub.id, scope, state="waiting", role="")
    if element.interrupting:
        machine.remove(token)
    else:
        _rearm(machine, token, element, scope)
    machine.hooks.entered(sub, runner)
    inner = machine.open_scope(scope.process, element=sub, parent=scope.id, owner=runner, values={})
    first = machine.add(element.id, inner, state="waiting")
    machine.leave(first, element)


def throw_error(machine: Machine, token: Token, error: BpmnError) -> None:
    """Looks for the catcher of an error from the activity outwards; the innermost wins."""
    origin = token.element
    current: Token | None = token
    while current is not None:
        scope = machine.scopes[current.scope]
        model = machine.model_of(scope)
        if current.role != "item":
            for boundary in model.boundaries.get(current.element, ()):
                if boundary.trigger.kind == "error" and boundary.trigger.name in {"", error.code}:
                    catcher = machine.add(boundary.id, scope, state="waiting", role="fired")
                    machine.hooks.entered(boundary, catcher)
                    cancel_token(machine, current)
                    machine.leave(catcher, boundary)
                    return
            if _catch_inside(machine, scope, "error", error.code):
                return
        current = machine.tokens.get(current.host if current.role == "item" else scope.owner)
    raise UnhandledBpmnError(origin, error.code, error.message)


def _catch_inside(machine: Machine, scope: Scope, kind: str, code: str) -> bool:
    for _sub, start in machine.model_of(scope).event_starts(scope.element):
        if start.trigger.kind == kind and start.trigger.name in {"", code}:
            token = machine.add(start.id, scope, role="start", state="waiting")
            _fire_event_subprocess(machine, token, start, scope)
            if not start.interrupting and token.id in machine.tokens:
                machine.remove(token)
            return True
    return False


def _escalate(machine: Machine, token: Token, element: Element) -> None:
    """An escalation goes outwards until somebody listens; nobody listening is no fault."""
    scope = machine.scopes[token.scope]
    while True:
        if _catch_inside(machine, scope, "escalation", element.trigger.name):
            return
        owner = machine.tokens.get(scope.owner)
        if owner is None:
            return
        outer = machine.scopes[owner.scope]
        if owner.role == "item":
            owner = machine.tokens[owner.host]
            outer = machine.scopes[owner.scope]
        for boundary in machine.model_of(outer).boundaries.get(owner.element, ()):
            if boundary.trigger.kind == "escalation" and boundary.trigger.name in {"", element.trigger.name}:
                catcher = machine.add(boundary.id, outer, state="waiting", role="fired")
                machine.hooks.entered(boundary, catcher)
                if boundary.interrupting:
                    cancel_token(machine, owner)
                machine.leave(catcher, boundary)
                return
        scope = outer


def fire_conditional(machine: Machine) -> bool:
    """Fires the first conditional event whose condition has become true; False if none."""
    for token in list(machine.tokens.values()):
        if token.state != "waiting" or token.id in machine.owned:
            continue
        element = machine.element(token)
        if (
            element.trigger.kind == "conditional"
            and machine.hooks.evaluate(element.trigger.expression, machine.scopes[token.scope]) is True
        ):
            machine.complete(token.id)
            return True
    return False


# --- taking things away ----------------------------------------------------------------------------------------------------


def cancel_token(machine: Machine, token: Token) -> None:
    """Withdraws a token with everything that hangs on it or runs inside it; its scope stays."""
    if token.id not in machine.tokens:
        return
    withdraw_hanging(machine, token)
    clear_owned(machine, token)
    element = machine.element(token)
    if token.state == "waiting":
        machine.hooks.ceases(element, token, False)
    machine.hooks.left(element, token, "cancelled")
    machine.remove(token)


def withdraw_hanging(machine: Machine, token: Token) -> None:
    """Boundary events and event-gateway branches stop waiting when their host is gone."""
    for hanging_id in sorted(machine.hanging.get(token.id, ())):
        hanging = machine.tokens[hanging_id]
        if hanging.role == "item":
            continue
        machine.hooks.ceases(machine.element(hanging), hanging, False)
        machine.remove(hanging)


def clear_owned(machine: Machine, token: Token) -> None:
    """Cancels every scope that the token waits for."""
    for scope_id in sorted(machine.owned.get(token.id, ())):
        scope = machine.scopes[scope_id]
        clear_scope(machine, scope)
        machine.close_scope(scope, completed=False)


def clear_scope(machine: Machine, scope: Scope, keep: int = 0) -> None:
    """Cancels every token of a scope but `keep`."""
    for token_id in sorted(scope.tokens):
        token = machine.tokens.get(token_id)
        if token is not None and token.id != keep and not (token.role == "boundary" and token.host in machine.tokens):
            cancel_token(machine, token)
    for token_id in sorted(scope.tokens - {keep}):
        if token_id in machine.tokens:
            cancel_token(machine, machine.tokens[token_id])
