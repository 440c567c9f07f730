"""Looks into the deployed procedures for words: names of steps in either language, labels of what was entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.forms import Field, Form
from engine.procedures import Procedure
from engine.reads import CaseHeader
from engine.tokens.model import Element, ProcessModel
from web.languages import is_english, named
from web.services import services

FIELDS_SHOWN = 12


class Words:
    """The words of one process; its newest version speaks for the older ones."""

    def __init__(self, procedure: Procedure | None, process_id: str, office_id: str, variables: Mapping[str, Any] | None = None) -> None:
        self.procedure, self.process_id = procedure, process_id
        self.model: ProcessModel | None = procedure.models.get(process_id) if procedure else None
        self.office_id, self.variables = office_id, variables  # without the variables, what the case itself offered has no words
        self.forms: dict[tuple[str, date | None], Form | None] = {}

    @classmethod
    def of(cls, case: CaseHeader, variables: Mapping[str, Any] | None = None) -> Words:
        """The words for a case; `variables`: its own, in which lists stand that it offered to choose from."""
        found = next((p for p in services().engine.procedures() if p.key == case.procedure), None)
        return cls(found, case.process_id, case.office_id, variables)

    def element(self, element_id: str) -> Element | None:
        """An element of the process, if its newest version still has it."""
        return self.model.elements.get(element_id) if self.model else None

    def step(self, element_id: str, name: str) -> str:
        """The name of a step in the language of the page; `name` is what the case remembers."""
        element = self.element(element_id)
        return named(name, element.properties.get("name_en")) if element else name

    def message(self, name: str) -> str:
        """What procedure.yaml calls a message between cases; empty where it says nothing."""
        messages = self.procedure.about.get("messages", {}) if self.procedure else {}
        row = messages.get(name) or {}
        return named(str(row.get("name") or ""), row.get("name_en"))

    def paper(self, template: str, title: str) -> str:
        """The title of a paper in the language of the page; `title` is what stands on it."""
        papers = self.procedure.about.get("papers", {}) if self.procedure else {}
        return named(title, papers.get(template, {}).get("title_en"))

    def kept_until(self, template: str, issued_on: date) -> date | None:
        """Until which day a paper is kept: so many years from its issue as procedure.yaml says (`retention_years`); None where it says nothing.

        Source: Xi'an 2002-119, 四1.
        """
        papers = self.procedure.about.get("papers", {}) if self.procedure else {}
        years = int(papers.get(template, {}).get("retention_years") or 0)
        if not years:
            return None
        is_leap_day = (issued_on.month, issued_on.day) == (2, 29)
        return issued_on.replace(year=issued_on.year + years, day=28 if is_leap_day and (issued_on.year + years) % 4 else issued_on.day)

    def form(self, element_id: str, on: date | None = None) -> Form | None:
        """The form of a step, with what the office of the case is offered to choose from, today or on a day of the past."""
        if (element_id, on) not in self.forms:
            element = self.element(element_id)
            form = self.procedure.form(element) if self.procedure and element else None
            self.forms[element_id, on] = (
                services().engine.filled(form, self.office_id, on, known=self.variables) if form and (form.sources or (form.case_sources and self.variables)) else form
            )
        return self.forms[element_id, on]

    def entered(self, element_id: str, values: Mapping[str, Any], on: date, most: int | None = FIELDS_SHOWN) -> list[tuple[str, str]]:
        """(label, text) of what was entered at a step that day, at `most` so many; fields that stayed empty are left out."""
        form = self.form(element_id, on)
        language = "en" if is_english() else "zh"
        fields = form.fields if form else ()
        found = [(f.title(language), f.shown(values[f.key], language)) for f in fields if values.get(f.key) not in (None, "", [], False)]
        return found[:most]

    def told(self, element_id: str, variables: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(label, text) of what the form of a step shows without asking for it."""
        form, language = self.form(element_id), "en" if is_english() else "zh"
        shown = [field for field in (form.fields if form else ()) if field.readonly and field.kind != "dynamiclist"]
        return [(field.title(language), field.shown(variables[field.key], language)) for field in shown if variables.get(field.key) not in (None, "", [], False)]

    def fields(self, days: Mapping[str, date]) -> Iterator[tuple[Element | None, Field]]:
        """The fields of every form of the process, in the order of its elements, each as it was on the day of its element.

        Before them stand those of what came with a message, of no element, where procedure.yaml names the form of the other side that asked.
        """
        yield from ((None, field) for field in self._received())
        for element in self.model.elements.values() if self.model else ():
            form = self.form(element.id, days.get(element.id))
            yield from ((element, field) for field in (form.fields if form else ()))

    def _received(self) -> Iterator[Field]:
        named_forms = self.procedure.about.get("received", {}).get(self.process_id, {}) if self.procedure else {}
        for form_id, keys in named_forms.items():
            form = self.procedure.gate.forms.get(form_id) if self.procedure else None
            yield from (field for field in (form.fields if form else ()) if field.key in keys)
