"""What a return undoes and what it keeps. Pure: a graph, the living tokens and the models in, a plan or a refusal out.

The way of a case is a run of its model. What does not depend on the end of the target is a run of the model too, and the tokens that it
ends in are where the case stands after the return: nothing has to be searched for, and no token is lost or doubled (ADR 14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from engine.moves.graph import Graph, Node
from engine.tokens import Element, Machine, ProcessModel

Models = Callable[[str], ProcessModel]
REPEATABLE = "repeatable"  # the property of work that may be done again


@dataclass(frozen=True, slots=True)
class Deed:
    """Work that was done, or a message that was sent, after the target. `is_final`: doing it again would book it twice."""

    element: Element
    is_message: bool
    is_final: bool


@dataclass(frozen=True, slots=True)
class Barred:
    """Why there is no plan: the element at which it fails, and a sentence for people in both languages."""

    element: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of each token. `cancelled` and `kept` are numbers of living tokens, `revived` nodes whose tokens are put back beside the target.

    `whole`: the target is begun anew with everything inside it, since `asked` lies in a part that is over.
    """

    asked: Node
    target: Node
    whole: bool
    gone: frozenset[int]
    cancelled: tuple[int, ...]
    kept: tuple[int, ...]
    revived: tuple[Node, ...]
    deeds: tuple[Deed, ...]


def plan(graph: Graph, machine: Machine, models: Models, asked: int) -> Plan | Barred:
    """The plan of a return to the node at which a person's work ended."""
    node = graph.nodes.get(asked)
    if node is None:
        return Barred("", "这一环节已被退回，或者办理时还没有留下走法，不能退回到它", "this step was undone, or was done before ways were kept")
    planner = _Planner(graph, machine, models)
    target, whole = planner.entry(node)
    element = planner.element(target)
    if whole and element.triggered_by_event:
        zh = f"“{named(planner.element(node))}”在已被中断的事件子流程“{named(element)}”里，不能再进入"
        return Barred(element.id, zh, f"{element.id} was started by an event and interrupted: it cannot be entered again")
    gone = planner.cone(target, whole=whole)
    revived = tuple(planner.revived(gone, target))
    for again in revived:
        found = planner.element(again)
        if not again.is_arrived and (found.acts or found.kind in {"endEvent", "scriptTask", "businessRuleTask"}):
            return Barred(found.id, f"退回后“{named(found)}”会立即再次中断案件", f"{found.id} would interrupt the case again at once")
    living = {graph.first(id_): id_ for id_, token in machine.tokens.items() if token.role in {"", "item"}}
    return Plan(
        node, target, whole, frozenset(gone), tuple(living[id_] for id_ in sorted(gone & living.keys())),
        tuple(id_ for first, id_ in sorted(living.items()) if first not in gone), revived, tuple(planner.deeds(gone, target, whole=whole)),
    )  # fmt: skip


def entry(graph: Graph, machine: Machine, models: Models, asked: int) -> tuple[Node, bool]:
    """Where a node can be entered again, and whether as a whole; cheaper than its plan."""
    return _Planner(graph, machine, models).entry(graph.nodes[asked])


def named(element: Element) -> str:
    """How people know an element."""
    return element.name or element.id


class _Planner:
    def __init__(self, graph: Graph, machine: Machine, models: Models) -> None:
        self.graph, self.models = graph, models
        self.open = {graph.first(id_) for id_ in machine.scopes}
        self.living = {graph.first(id_) for id_ in machine.tokens}

    def model(self, node: Node) -> ProcessModel:
        return self.models(self.graph.scopes[node.scope].process)

    def element(self, node: Node) -> Element:
        return self.model(node).elements[node.element]

    def entry(self, node: Node) -> tuple[Node, bool]:
        """Where a node can be entered again: itself, or the outermost activity around it that must be begun anew.

        A sub-process that has ended is opened again as it was. A called process and a run of a repeated activity took their variables with
        them, and what was interrupted cannot be taken up in the middle.
        """
        found, whole = node, False
        for inner, outer in pairwise([node, *self.graph.around(node)]):
            if inner.scope in self.open:
                continue
            is_run, is_broken = inner.role == "item", inner.scope in self.graph.broken
            is_call = self.graph.scopes[inner.scope].process != self.graph.scopes[outer.scope].process
            if is_run and not is_broken and outer.id in self.living:
                found, whole = inner, inner is not node
            elif is_run or is_call or is_broken:
                found, whole = outer, True
        return found, whole

    def cone(self, target: Node, *, whole: bool) -> set[int]:
        """Every node that came of the end of the target: causes are older than what they cause, so that one look at each is enough.

        With the target, no activity around it can have ended, so that what came of their ends goes too.
        """
        graph = self.graph
        over = {target.id, *(outer.id for outer in graph.around(target))}
        gone: set[int] = set()
        for id_ in sorted(graph.nodes):
            node = graph.nodes[id_]
            if id_ not in over and (
                any(-cause in gone or cause in gone or cause in over for cause in node.causes)
                or (whole and any(outer.id == target.id for outer in graph.around(node)))
                or (node.sweeps and self._swept_later(node, over, gone))
                or self._joined_without(node, over)
            ):
                gone.add(id_)
        return gone

    def _swept_later(self, node: Node, over: set[int], gone: set[int]) -> bool:
        """What was begun when a scope was cleared came after all that had happened inside the scope."""
        before = (self.graph.nodes[id_] for id_ in (*over, *gone) if id_ < node.id)
        return any(node.sweeps in self.graph.within(other) for other in before)

    def _joined_without(self, node: Node, over: set[int]) -> bool:
        """An inclusive join fired when nothing else could come to it: not if the target, standing again, could have come."""
        arrived = [self.graph.nodes[c] for c in node.causes if c in self.graph.nodes and self.graph.nodes[c].is_arrived]
        for join in {other.element: other for other in arrived}.values():
            element = self.element(join)
            if element.kind != "inclusiveGateway":
                continue
            flows = {other.via for other in arrived if other.element == join.element}
            reach = self.model(join).join_reach[join.element]
            for again in (self.graph.nodes[id_] for id_ in over if id_ < node.id):
                ways = reach.get(again.element, frozenset())
                if again.scope == join.scope and ways & (set(element.incoming) - flows) and not ways & flows:
                    return True
        return False

    def revived(self, gone: set[int], target: Node) -> Iterator[Node]:
        """Tokens that something undone had consumed or taken away, and that do not depend on the target themselves."""
        over = {target.id, *(outer.id for outer in self.graph.around(target))}
        found: dict[int, Node] = {}
        for id_ in sorted(gone):
            node = self.graph.nodes[id_]
            joined = (c for c in node.causes if c in self.graph.nodes and self.graph.nodes[c].is_arrived)
            for other in (*joined, *node.swept):
                if other not in gone and other not in over and other in self.graph.nodes:
                    found[other] = self.graph.nodes[other]
        yield from (found[id_] for id_ in sorted(found) if id_ not in self.living)

    def deeds(self, gone: set[int], target: Node, *, whole: bool) -> Iterator[Deed]:
        """What was done after the target, in the order in which it was done."""
        told: set[str] = set()
        for id_ in self.graph.deeds:
            if id_ not in gone and not (whole and id_ == target.id):
                continue
            node = self.graph.nodes[id_]
            element = self.element(node)
            if element.id not in told:
                told.add(element.id)
                is_message = not element.topic
                yield Deed(element, is_message, not is_message and element.properties.get(REPEATABLE, "") != "yes")


def items_over(graph: Graph, outer: int, among: Iterable[int]) -> list[int]:
    """Those runs of a repeated activity among these that have ended, in the order of their ends."""
    wanted = set(among)
    return [id_ for id_ in graph.ended if id_ in wanted and id_ in graph.nodes and graph.nodes[id_].host == outer]


def before(graph: Graph, asked: int) -> set[int]:
    """The nodes whose end a node came of: what lies before it on its way."""
    inside: dict[int, list[int]] = {}
    for node in graph.nodes.values():
        for outer in graph.around(node):
            inside.setdefault(outer.id, []).append(node.id)
    found, seen, todo = set[int](), {asked}, [asked]
    while todo:
        node = graph.nodes[todo.pop()]
        ends = [cause for cause in node.causes if cause > 0]
        for cause in ends:
            found.update(id_ for id_ in (cause, *inside.get(cause, ())) if id_ in graph.nodes and id_ < asked)
        swept = (id_ for id_, other in graph.nodes.items() if node.sweeps and id_ < node.id and node.sweeps in graph.within(other))
        for other in (*map(abs, node.causes), *(i for cause in ends for i in inside.get(cause, ())), *swept):
            if other in graph.nodes and other not in seen:
                seen.add(other)
                todo.append(other)
    return found
