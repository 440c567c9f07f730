"""Looks into the deployed procedures for words: names of steps in either language, labels of what was entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forms import Field, Form
from engine.procedures import Procedure
from engine.tokens.model import Element, ProcessModel
from web.languages import is_english, named
from web.services import services

FIELDS_SHOWN = 12


class Words:
    """The words of one process; its newest version speaks for the older ones."""

    def __init__(self, procedure: Procedure | None, process_id: str) -> None:
        self.procedure = procedure
        self.model: ProcessModel | None = procedure.models.get(process_id) if procedure else None

    @classmethod
    def of(cls, procedure_key: str, process_id: str) -> Words:
        """The words for a case."""
        found = next((p for p in services().engine.procedures() if p.key == procedure_key), None)
        return cls(found, process_id)

    def element(self, element_id: str) -> Element | None:
        """An element of the process, if its newest version still has it."""
        return self.model.elements.get(element_id) if self.model else None

    def step(self, element_id: str, name: str) -> str:
        """The name of a step in the language of the page; `name` is what the case remembers."""
        element = self.element(element_id)
        return named(name, element.properties.get("name_en")) if element else name

    def form(self, element_id: str) -> Form | None:
        """The form of a step."""
        element = self.element(element_id)
        return self.procedure.form(element) if self.procedure and element else None

    def entered(self, element_id: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(label, text) of what was entered at a step; fields that stayed empty are left out."""
        form = self.form(element_id)
        language = "en" if is_english() else "zh"
        fields = form.fields if form else ()
        found = [(f.title(language), f.shown(values[f.key])) for f in fields if values.get(f.key) not in (None, "", [], False)]
        return found[:FIELDS_SHOWN]

    def only_next(self, element_id: str, passed: set[str]) -> str:
        """The one task of a person that follows a step, if there is but one that has not been passed yet; else nothing."""
        if self.model is None or element_id not in self.model.elements:
            return ""
        found, seen, ahead = set(), {element_id}, [element_id]
        while ahead:
            for flow_id in self.model.elements[ahead.pop()].outgoing:
                element = self.model.elements[self.model.flows[flow_id].target]
                if element.id in seen or element.id in passed:
                    continue
                seen.add(element.id)
                if element.kind in {"userTask", "manualTask"}:
                    found.add(element.id)
                else:
                    ahead.append(element.id)
        only = found.pop() if len(found) == 1 else ""
        return self.step(only, self.model.elements[only].name) if only else ""

    def fields(self) -> Iterator[Field]:
        """The fields of every form of the process, in the order of its elements."""
        for element in self.model.elements.values() if self.model else ():
            form = self.procedure.form(element) if self.procedure else None
            yield from form.fields if form else ()
