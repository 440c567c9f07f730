"""What the rules are given: all that is deployed together, and how an element is called in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.finding import Finding
from engine.bpmn.read import NODES, Source
from engine.dmn import DecisionFile
from engine.tokens.model import Element, ProcessModel
from engine.xml import local


@dataclass
class Deck:
    """All that is deployed together."""

    sources: list[tuple[str, Source]]  # file, process
    forms: frozenset[str]
    decisions: Mapping[str, DecisionFile]  # decision id → its file

    def models(self) -> Iterator[tuple[str, Source, ProcessModel]]:
        for file, source in self.sources:
            yield file, source, source.model

    def elements(self) -> Iterator[tuple[str, ProcessModel, Element]]:
        for file, _source, model in self.models():
            for element in model.elements.values():
                yield file, model, element


Rule = Callable[[Deck], Iterator[Finding]]


def named(element: Element) -> str:
    """Name and id, as a sentence for designers says it."""
    return f"“{element.name}”（{element.id}）" if element.name != element.id else f"“{element.id}”"


def id_of(node: etree._Element) -> str:
    """The id of the element of the diagram that a node belongs to."""
    current: etree._Element | None = node
    while current is not None and local(current) not in NODES | {"sequenceFlow", "process"}:
        current = current.getparent()
    return str(current.get("id", "")) if current is not None else ""
