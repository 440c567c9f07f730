"""Uncontrolled merges multiply tokens: a bound on how many may meet at one element."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, named
from engine.tokens.model import Element, ProcessModel

TOKEN_LIMIT = 256


def splits_are_bounded(deck: Deck) -> Iterator[Finding]:
    """Uncontrolled merges multiply tokens: a bound on tokens per element, counted along the flows that lead forward."""
    for file, _source, model in deck.models():
        for element_id, bound in _token_bounds(model).items():
            if bound > TOKEN_LIMIT:
                zh = f"{named(model.elements[element_id])} 可能同时收到成百上千个令牌：前面的分支没有用并行网关汇合"
                yield Finding("token-flood", element_id, zh, "unjoined splits multiply tokens here", file=file)
                break


def _token_bounds(model: ProcessModel) -> dict[str, int]:
    counts: dict[str, int] = {}
    for element in _forward(model):
        arriving = [counts.get(source.id, 0) for source in _sources(model, element)]
        counts[element.id] = min(_bound(model, element, arriving), 10**9) or 1
    return counts


def _forward(model: ProcessModel) -> list[Element]:
    """Every element after those that lead to it; a flow that leads back is left out of account."""
    order: list[Element] = []
    seen: set[str] = set()
    for start in model.elements.values():
        path = [(start, iter(_sources(model, start)))] if start.id not in seen else []
        seen.add(start.id)
        while path:
            _element, sources = path[-1]
            before = next((s for s in sources if s.id not in seen), None)
            if before is None:
                order.append(path.pop()[0])
            else:
                seen.add(before.id)
                path.append((before, iter(_sources(model, before))))
    return order


def _sources(model: ProcessModel, element: Element) -> list[Element]:
    return [model.elements[model.flows[f].source] for f in element.incoming if model.flows[f].source in model.elements]


def _bound(model: ProcessModel, element: Element, arriving: list[int]) -> int:
    if not arriving:
        return 1
    if element.kind in {"parallelGateway", "inclusiveGateway"} and len(arriving) > 1:
        return max(arriving)
    if all(source.kind == "exclusiveGateway" for source in _sources(model, element)):
        return max(arriving)
    return _merged(model, element, arriving)


def _merged(model: ProcessModel, element: Element, arriving: list[int]) -> int:
    """Branches of an exclusive split bring one token between them; branches of a real split add up."""
    if element.kind == "exclusiveGateway" and not _splits_before(model, element):
        return max(arriving)
    return sum(arriving) if _splits_before(model, element) else max(arriving)


def _splits_before(model: ProcessModel, element: Element) -> bool:
    todo, seen = [model.flows[f].source for f in element.incoming], set[str]()
    while todo:
        current = todo.pop()
        node = model.elements.get(current)
        if node is None or current in seen:
            continue
        seen.add(current)
        if node.kind not in {"exclusiveGateway", "eventBasedGateway"} and len(node.outgoing) > 1:
            return True
        todo.extend(model.flows[f].source for f in node.incoming)
    return False
