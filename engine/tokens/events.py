"""Events: waiting, throwing, and what an event cancels."""

from __future__ import annotations

from collections.abc import Iterable
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
        machine.add(target.id, scope, of=(token.id,))
        return
    machine.leave(token, element)


def _end_hard(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    machine.hooks.left(element, token, "completed")
    if element.trigger.kind == "error":
        throw_error(machine, token, BpmnError(element.trigger.name, element.name))
        return
    machine.remove(token)
    clear_scope(machine, scope)
    machine.trail.broken.append(scope.id)
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
        machine.trail.stands_for[token.id] = (gateway.id,)
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
        machine.trail.stands_for[token.id] = (activity.id,)
        cancel_token(machine, activity)
        machine.leave(token, element)
    else:
        passing = machine.add(element.id, scope, state="waiting", of=(-activity.id,))
        _rearm(machine, token, element, scope)
        machine.leave(passing, element)


def _rearm(machine: Machine, token: Token, element: Element, scope: Scope) -> None:
    """A non-interrupting event may come again, but a timer that is no cycle comes once, and a condition must fail in between."""
    if element.trigger.kind == "timer" and element.trigger.timer_kind != "cycle":
        machine.remove(token)
    elif element.trigger.kind == "conditional":
        token.state = "spent"
    else:
        machine.hooks.waits(element, token, scope)


def _fire_event_subprocess(machine: Machine, token: Token, element: Element, scope: Scope, thrower: int = 0) -> None:
    machine.hooks.entered(element, token)
    model = machine.model_of(scope)
    sub = model.elements[element.parent]
    if element.interrupting:
        token.role = "fired"
        stood = tuple(t for t in sorted(scope.tokens) if not machine.tokens[t].passive and t != token.id)
        clear_scope(machine, scope, keep=token.id)
        machine.trail.broken.append(scope.id)
    of = tuple(cause for cause in (thrower, -scope.owner) if cause)
    runner = machine.add(sub.id, scope, state="waiting", role="", of=of)
    if element.interrupting:
        machine.trail.sweeps[runner.id] = scope.id, stood
    if element.interrupting:
        machine.remove(token)
    else:
        _rearm(machine, token, element, scope)
    machine.hooks.entered(sub, runner)
    inner = machine.open_scope(scope.process, element=sub, parent=scope.id, owner=runner, values={})
    machine.arm(inner)
    first = machine.add(element.id, inner, state="waiting", of=(-runner.id,))
    machine.leave(first, element)


def throw_error(machine: Machine, token: Token, error: BpmnError) -> None:
    """Looks for the catcher of an error from the activity outwards; the innermost wins."""
    origin = token.element
    current: Token | None = token
    while current is not None:
        scope = machine.scopes[current.scope]
        model = machine.model_of(scope)
        if current.role != "item":
            boundary = _listening(model.boundaries.get(current.element, ()), "error", error.code)
            if boundary is not None:
                machine.hooks.caught(boundary, scope, error)
                _catch_at(machine, boundary, current, scope, token.id)
                return
            if not _handles(machine, current) and _catch_inside(machine, scope, "error", error.code, token.id, error):
                return
        current = machine.tokens.get(current.host if current.role == "item" else scope.owner)
    raise UnhandledBpmnError(origin, error.code, error.message)


def _listening(catchers: Iterable[Element], kind: str, code: str) -> Element | None:
    """The event that names the code; else one that takes every code."""
    fitting = [e for e in catchers if e.trigger.kind == kind and e.trigger.name in {"", code}]
    return max(fitting, key=lambda e: e.trigger.name != "", default=None)


def _catch_at(machine: Machine, boundary: Element, activity: Token, scope: Scope, thrower: int) -> None:
    of = tuple(dict.fromkeys((activity.id if boundary.interrupting else -activity.id, thrower)))
    catcher = machine.add(boundary.id, scope, state="waiting", role="fired", of=of)
    machine.hooks.entered(boundary, catcher)
    if boundary.interrupting:
        cancel_token(machine, activity)
    machine.leave(catcher, boundary)


def _catch_inside(machine: Machine, scope: Scope, kind: str, code: str, thrower: int, error: BpmnError | None = None) -> bool:
    start = _listening((start for _sub, start in machine.model_of(scope).event_starts(scope.element)), kind, code)
    if start is None:
        return False
    if error is not None:
        machine.hooks.caught(start, scope, error)
    token = machine.add(start.id, scope, role="start", state="waiting")
    _fire_event_subprocess(machine, token, start, scope, thrower)
    if not start.interrupting and token.id in machine.tokens:
        machine.remove(token)
    return True


def _handles(machine: Machine, token: Token) -> bool:
    """Whether a token runs an event sub-process: what it throws goes outwards, never to the handlers beside it."""
    return machine.element(token).triggered_by_event


def _escalate(machine: Machine, token: Token, element: Element) -> None:
    """An escalation goes outwards until somebody listens; nobody listening is no fault."""
    scope, code, handled = machine.scopes[token.scope], element.trigger.name, False
    while True:
        if not handled and _catch_inside(machine, scope, "escalation", code, token.id):
            return
        owner = machine.tokens.get(scope.owner)
        if owner is None:
            return
        outer = machine.scopes[owner.scope]
        if owner.role == "item":
            owner = machine.tokens[owner.host]
            outer = machine.scopes[owner.scope]
        boundary = _listening(machine.model_of(outer).boundaries.get(owner.element, ()), "escalation", code)
        if boundary is not None:
            _catch_at(machine, boundary, owner, outer, token.id)
            return
        scope, handled = outer, _handles(machine, owner)


def fire_conditional(machine: Machine) -> bool:
    """Fires the first conditional event whose condition has become true; False if none."""
    if not any(machine.hooks.model(process).conditionals for process in {scope.process for scope in machine.scopes.values()}):
        return False
    for token in list(machine.tokens.values()):
        if token.state not in {"waiting", "spent"} or token.element not in machine.model_of(machine.scopes[token.scope]).conditionals:
            continue
        element = machine.element(token)
        holds = machine.hooks.evaluate(element.trigger.expression, machine.scopes[token.scope]) is True
        if holds and token.state == "waiting":
            machine.complete(token.id)
            return True
        if not holds and token.state == "spent":
            token.state = "waiting"
            machine.hooks.waits(element, token, machine.scopes[token.scope])
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
