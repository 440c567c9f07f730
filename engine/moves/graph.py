"""Which token came of which, read from what the steps left behind. Pure: rows in, a graph out.

A node is a place where a token stood. A token that a return puts back on its place is the same node under another number, and what was
undone is in the graph no longer: so the graph is always that of the way which counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.tokens import Machine, Scope


@dataclass(frozen=True, slots=True)
class Node:
    """A place where a token stood. `causes`: see `engine.tokens.trail`; `sweeps`: the scope that was cleared for it, in which `swept` stood."""

    id: int
    element: str
    scope: int
    via: str = ""
    role: str = ""
    host: int = 0
    causes: tuple[int, ...] = ()
    is_arrived: bool = False
    sweeps: int = 0
    swept: tuple[int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


class Graph:
    """The way of a case as far as it counts."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.scopes: dict[int, Scope] = {}
        self.same: dict[int, int] = {}  # number of a token or scope that was put back → the one that it had first
        self.broken: set[int] = set()
        self.deeds: list[int] = []
        self.ended: list[int] = []
        self.undone: dict[int, dict[int, Node]] = {}  # return → what it undid

    @classmethod
    def of(cls, steps: Iterable[Mapping[str, Any]], machine: Machine) -> Graph:
        """The graph of all steps of a case. What stood there before steps were written down has no causes and is nobody's target."""
        graph = cls()
        for step in steps:
            graph._read(step)
        for scope in machine.scopes.values():
            graph.scopes.setdefault(graph.first(scope.id), scope)
        for token in machine.tokens.values():
            if token.role in {"", "item"}:
                node = Node(token.id, token.element, graph.first(token.scope), token.via, token.role, graph.first(token.host))
                graph.nodes.setdefault(graph.first(token.id), node)
        return graph

    def first(self, number: int) -> int:
        """The number that a token or scope had first."""
        return self.same.get(number, number)

    def _read(self, step: Mapping[str, Any]) -> None:
        for name in ("undo", "redo"):
            if name in step:
                self._move(name, step[name])
        for row in step.get("s", ()):
            if row[0] not in self.same:
                self.scopes[row[0]] = Scope(row[0], row[1], row[2], self.first(row[3]), self.first(row[4]))
        for row in step.get("n", ()):
            if row[0] not in self.same:
                self.nodes[row[0]] = self._node(row)
        self.broken.update(map(self.first, step.get("b", ())))
        self.deeds += map(self.first, step.get("d", ()))
        self.ended += map(self.first, step.get("e", ()))

    def _node(self, row: list[Any]) -> Node:
        id_, element, scope, via, role, host, causes, arrived = row[:8]
        more = row[8] if len(row) > 8 else {}
        sweeps, swept = more.get("sweeps", (0, ()))
        signed = tuple(self.first(c) if c > 0 else -self.first(-c) for c in causes)
        return Node(
            id_, element, self.first(scope), via, role, self.first(host), signed, bool(arrived),
            self.first(sweeps), tuple(map(self.first, swept)), more.get("values", {}),
        )  # fmt: skip

    def _move(self, kind: str, said: Mapping[str, Any]) -> None:
        for new, old in said["back"]:
            self.same[new] = self.first(old)
        if kind == "redo":
            self.nodes.update(self.undone.pop(said["of"]))
            return
        gone = set(said["gone"])
        self.undone[said["id"]] = {id_: self.nodes.pop(id_) for id_ in gone if id_ in self.nodes}
        again = {self.first(new) for new, _old in said["back"]}
        self.ended = [id_ for id_ in self.ended if id_ not in again]

    # --- where a node stands -----------------------------------------------------------------------------------------------

    def around(self, node: Node) -> Iterator[Node]:
        """The activities inside which a node stands, from the inside out."""
        scope = self.scopes.get(node.scope)
        while scope is not None and scope.owner:
            owner = self.nodes.get(self.first(scope.owner))
            if owner is None:
                return
            yield owner
            scope = self.scopes.get(owner.scope)

    def within(self, node: Node) -> Iterator[int]:
        """The scopes in which a node stands, from the inside out."""
        yield node.scope
        yield from (owner.scope for owner in self.around(node))
