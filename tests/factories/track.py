"""A machine without a case: its state and its trail are written down and read again between all steps, and returns are carried out on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn.read import read_processes
from engine.codec import decode, encode
from engine.moves.doing import carry_out
from engine.moves.graph import Graph
from engine.moves.planner import Barred, Plan, plan
from engine.tokens import Element, Machine, ProcessModel, Scope, Token
from engine.xml import read_xml


class Track:
    """Conditions are the words true and false, or names of `values`; work is done at once unless its topic is `later`."""

    def __init__(self, content: bytes, **values: Any) -> None:
        self.models = {source.model.process_id: source.model for source in read_processes(read_xml(content))}
        self.values: dict[str, Any] = values
        self.steps: list[dict[str, Any]] = []
        self.passages: list[tuple[str, int]] = []
        self.opened_scopes: dict[int, Mapping[str, Any]] = {}
        self._drawn: tuple[Machine, Graph] | None = None
        self.machine = Machine.start("toy", self)
        self._rest()

    # --- hooks -------------------------------------------------------------------------------------------------------------

    def model(self, process_id: str) -> ProcessModel:
        return self.models[process_id]

    def evaluate(self, expression: str, scope: Scope) -> Any:
        return self.values.get(expression, expression == "true")

    def perform(self, element: Element, token: Token, scope: Scope) -> bool:
        return element.topic != "later"

    def opened(self, scope: Scope, element: Element | None, values: Mapping[str, Any]) -> None:
        self.opened_scopes[scope.id] = values

    def ignore(self, *_: object, **__: object) -> None:
        """Nothing is kept of what happens."""

    waits = ceases = entered = left = took = caught = closed = thrown = ignore

    # --- what a test does --------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        self.machine.run()
        if step := self.machine.told():
            self.steps.append(decode(encode(step)))
        self.machine = Machine.load(decode(encode(self.machine.dump())), self)

    def graph(self) -> Graph:
        """As the machine stands; it is another after each step."""
        if self._drawn is None or self._drawn[0] is not self.machine:
            self._drawn = self.machine, Graph.of(self.steps, self.machine)
        return self._drawn[1]

    def ready(self) -> list[str]:
        """What waits for people, each as often as it does."""
        return sorted(live.element for live in self.machine.live() if live.role in {"", "item"})

    def token(self, element: str, which: int = 0) -> int:
        return [live.token for live in self.machine.live() if live.element == element][which]

    def complete(self, *elements: str, which: int = 0) -> None:
        for element in elements:
            token = self.token(element, which)
            self.passages.append((element, token))
            self.machine.complete(token)
            self._rest()

    def passed(self) -> list[str]:
        """Steps that count, in the order in which they were passed."""
        graph = self.graph()
        living = {graph.first(id_) for id_ in self.machine.tokens}
        last = {graph.first(token): element for element, token in self.passages}
        return [element for node, element in last.items() if node in graph.nodes and node not in living]

    def node(self, element: str, which: int = -1) -> int:
        graph = self.graph()
        living = {graph.first(id_) for id_ in self.machine.tokens}
        nodes = dict.fromkeys(graph.first(token) for name, token in self.passages if name == element)
        return [node for node in nodes if node in graph.nodes and node not in living][which]

    def plan(self, element: str, which: int = -1) -> Plan | Barred:
        return plan(self.graph(), self.machine, self.model, self.node(element, which))

    def kept(self, found: Plan) -> list[str]:
        return sorted(self.machine.tokens[id_].element for id_ in found.kept)

    def cancelled(self, found: Plan) -> list[str]:
        return sorted(self.machine.tokens[id_].element for id_ in found.cancelled)

    def return_to(self, element: str, which: int = -1) -> Plan:
        found = self.plan(element, which)
        assert isinstance(found, Plan), found
        carry_out(self, self.graph(), found)  # type: ignore[arg-type]
        self._rest()
        return found

    def view(self, scope: Scope) -> Mapping[str, Any]:
        return self.values

    def put(self, scope: Scope, name: str, value: Any, element: str) -> None:
        self.values[name] = value

    def finish(self, limit: int = 200) -> int:
        """Completes whatever is ready until the case is over; how many steps that took."""
        for count in range(limit):
            if self.machine.is_finished:
                return count
            ready = [live for live in self.machine.live() if live.role in {"", "item"}]
            self.complete(ready[0].element)
        raise AssertionError(f"expected the case to end, but {self.ready()} is still open")
