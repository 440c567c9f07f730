"""Carries out a plan on a case at work: takes tokens away, puts others back on their places, and lets the case run on."""

from __future__ import annotations

from typing import Any

from engine.case import Case
from engine.moves.graph import Graph, Node
from engine.moves.planner import Plan, items_over
from engine.tokens import Machine, Scope, Token, events, repeat

COLLECTION = "output_collection"


def carry_out(case: Case, graph: Graph, plan: Plan) -> tuple[Token, list[int]]:
    """The token that stands on the target again, and those that were put back with it. The case has not run on yet."""
    machine = case.machine
    cancel(machine, plan.cancelled)
    machine.trail.broken.clear()  # what was cancelled may be put back as it was
    placing = _Placing(machine, graph)
    for node in plan.revived:
        placing.put(node, "arrived" if node.is_arrived else "ready")
    token = _item_again(case, graph, plan, placing) if plan.target.role == "item" else placing.put(plan.target, "ready")
    machine.trail.notes["undo"] = {"id": token.id, "gone": sorted(plan.gone), "back": placing.back}
    return token, [new for new, _old in placing.back if new in machine.tokens and new != token.id]


def cancel(machine: Machine, tokens: tuple[int, ...]) -> None:
    """Takes living tokens away with all that hangs on them; their scopes stay."""
    for id_ in tokens:
        token = machine.tokens.get(id_)
        if token is None:  # it went with the activity inside which it stood
            continue
        run = machine.scopes[token.scope] if token.role == "item" else None
        events.cancel_token(machine, token)
        if run is not None:
            machine.close_scope(run, completed=False)


def _item_again(case: Case, graph: Graph, plan: Plan, placing: _Placing) -> Token:
    """One run of a repeated activity that still goes on. What was collected of the runs that count no longer is taken out."""
    machine, target = case.machine, plan.target
    outer = placing.token(target.host)
    element = machine.element(outer)
    counted = items_over(graph, target.host, graph.nodes)
    undone = [id_ for id_ in counted if id_ == target.id or id_ in plan.gone]
    if name := element.properties.get(COLLECTION):
        scope = machine.scopes[outer.scope]
        collected: list[Any] = case.view(scope).get(name) or []
        case.put(scope, name, [value for value, id_ in zip(collected, counted, strict=False) if id_ not in undone], element.id)
    later = sum(1 for id_ in plan.gone if graph.nodes[id_].host == target.host and graph.nodes[id_].role == "item")
    token = repeat.again(machine, outer, element, target.values, len(undone), later)
    placing.back += [[token.id, target.id], [token.scope, target.scope]]
    return token


class _Placing:
    """Puts tokens back, and opens the sub-processes again in which they stood; `back` says which number stands for which."""

    def __init__(self, machine: Machine, graph: Graph) -> None:
        self.machine, self.graph = machine, graph
        self.scopes: dict[int, Scope] = {graph.first(scope.id): scope for scope in machine.scopes.values()}
        self.back: list[list[int]] = []

    def token(self, first: int) -> Token:
        """The living token of a node."""
        return next(token for id_, token in self.machine.tokens.items() if self.graph.first(id_) == first)

    def put(self, node: Node, state: str) -> Token:
        """A token where one stood."""
        token = self.machine.add(node.element, self._scope(node.scope), via=node.via, state=state)
        self.back.append([token.id, node.id])
        return token

    def _scope(self, first: int) -> Scope:
        if first not in self.scopes:
            machine, row = self.machine, self.graph.scopes[first]
            owner = self.put(self.graph.nodes[row.owner], "waiting")
            element = machine.element(owner)
            machine.listen(owner, element)
            scope = machine.open_scope(row.process, element=element, parent=owner.scope, owner=owner, values={})
            self.scopes[first] = scope
            self.back.append([scope.id, first])
            machine.arm(scope)
        return self.scopes[first]
