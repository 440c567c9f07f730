"""What a token does at a gateway."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.tokens.errors import NoFlowMatches
from engine.tokens.model import Element, Flow
from engine.tokens.state import Scope, Token

if TYPE_CHECKING:
    from engine.tokens.machine import Machine


def exclusive(machine: Machine, token: Token, element: Element) -> None:
    """The first flow whose condition holds, else the default; a merge lets each token pass."""
    scope = machine.scopes[token.scope]
    flow = _first(machine, element, scope)
    machine.hooks.left(element, token, "completed")
    machine.follow(token, [flow] if flow else [])


def _first(machine: Machine, element: Element, scope: Scope) -> Flow | None:
    flows = [machine.model_of(scope).flows[f] for f in element.outgoing]
    if len(flows) <= 1 and not any(f.condition for f in flows):
        return flows[0] if flows else None
    for flow in flows:
        if flow.condition and flow.id != element.default_flow and machine.hooks.evaluate(flow.condition, scope) is True:
            return flow
    for flow in flows:
        if flow.id == element.default_flow:
            return flow
    raise NoFlowMatches(element.id)


def parallel(machine: Machine, token: Token, element: Element) -> None:
    """Waits for one token on each incoming flow, consumes exactly those, and goes on along every outgoing flow.

    Counting tokens per flow is what keeps the join right inside loops: a token of an earlier round can never be counted
    for a later one.
    """
    if len(element.incoming) > 1:
        _arrive(machine, token)
        place = machine.arrivals.get((token.scope, element.id), {})
        if len(place) < len(element.incoming):
            return
        token = _merge(machine, token, element, set(element.incoming))
    machine.hooks.left(element, token, "completed")
    machine.follow(token, [machine.model_of(machine.scopes[token.scope]).flows[f] for f in element.outgoing])


def inclusive(machine: Machine, token: Token, element: Element) -> None:
    """A join waits until no other token can still come; that is decided when everything else stands still."""
    if len(element.incoming) > 1:
        _arrive(machine, token)
        return
    _split(machine, token, element)


def _split(machine: Machine, token: Token, element: Element) -> None:
    scope = machine.scopes[token.scope]
    flows = [machine.model_of(scope).flows[f] for f in element.outgoing]
    if len(flows) <= 1 and not any(f.condition for f in flows):
        taken = flows
    else:
        taken = [
            f
            for f in flows
            if f.id != element.default_flow and (not f.condition or machine.hooks.evaluate(f.condition, scope) is True)
        ] or [f for f in flows if f.id == element.default_flow]
        if not taken:
            raise NoFlowMatches(element.id)
    machine.hooks.left(element, token, "completed")
    machine.follow(token, taken)


def _arrive(machine: Machine, token: Token) -> None:
    machine.remove(token)
    token.state = "arrived"
    machine.place(token)


def _merge(machine: Machine, token: Token, element: Element, flows: set[str]) -> Token:
    """Consumes the oldest token of each flow and returns the one that goes on."""
    place = machine.arrivals[token.scope, element.id]
    consumed = [machine.tokens[place[flow][0]] for flow in sorted(flows & set(place))]
    scope = machine.scopes[token.scope]
    for old in consumed:
        machine.remove(old)
        machine.trail.joined.append(old.id)
    merged = machine.add(element.id, scope, state="waiting", of=tuple(old.id for old in consumed))
    machine.trail.joined.append(merged.id)
    return merged


def fire_inclusive(machine: Machine) -> bool:
    """Fires the first inclusive join for which no token can still come; False if none.

    First is where a token has stood the longest: an order that a case has in memory as after it was read.
    """
    for (scope_id, element_id), place in sorted(machine.arrivals.items(), key=_oldest):
        scope = machine.scopes[scope_id]
        element = machine.model_of(scope).elements[element_id]
        if element.kind != "inclusiveGateway" or not _nothing_comes(machine, scope, element, set(place)):
            continue
        token = _merge(machine, machine.tokens[next(iter(place.values()))[0]], element, set(place))
        _split(machine, token, element)
        return True
    return False


def _oldest(arrived: tuple[tuple[int, str], dict[str, deque[int]]]) -> int:
    return min(tokens[0] for tokens in arrived[1].values())


def _nothing_comes(machine: Machine, scope: Scope, element: Element, arrived: set[str]) -> bool:
    """Whether no token of the scope can reach an incoming flow that is still empty (BPMN 2.0, table 13.3).

    A token that can also reach a flow on which one has arrived does not hold the gateway up.
    """
    missing = set(element.incoming) - arrived
    if not missing:
        return True
    reach = machine.model_of(scope).join_reach[element.id]
    for token_id in scope.tokens:
        token = machine.tokens[token_id]
        if token.element == element.id or token.role == "start":
            continue
        reachable = reach.get(token.element, frozenset())
        if reachable & missing and not reachable & arrived:
            return False
    return True


def event_based(machine: Machine, token: Token, element: Element) -> None:
    """Each event behind the gateway begins to wait; the first that comes withdraws the others."""
    scope = machine.scopes[token.scope]
    model = machine.model_of(scope)
    token.state = "waiting"
    for flow_id in element.outgoing:
        target = model.elements[model.flows[flow_id].target]
        branch = machine.add(target.id, scope, via=flow_id, role="choice", host=token.id, state="waiting")
        machine.hooks.waits(target, branch, scope)


ENTER: dict[str, Callable[[Machine, Token, Element], None]] = {
    "exclusiveGateway": exclusive,
    "parallelGateway": parallel,
    "inclusiveGateway": inclusive,
    "eventBasedGateway": event_based,
}
