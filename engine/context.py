"""A case as an operation sees it (`engine.registry.StepContext`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from db.ids import new_id
from engine.case import Case
from engine.codec import encode
from engine.registry import CaseRef
from engine.timers import refresh
from engine.tokens import Element, Scope


class Context:
    """Lives as long as one call of one operation."""

    def __init__(self, case: Case, element: Element, scope: Scope, inputs: dict[str, Any], key: str) -> None:
        self._case = case
        self._scope = scope
        self.session = case.session
        self.clock = case.kernel.clock
        self.actor = case.actor
        self.element_id = element.id
        self.inputs = inputs
        self.key = key

    @property
    def case(self) -> CaseRef:
        """The case, with title and number as they are now."""
        return self._case.ref

    @property
    def variables(self) -> Mapping[str, Any]:
        """Every variable visible here."""
        return self._case.view(self._scope)

    def set_title(self, title: str) -> None:
        """What people read on worklist and case page."""
        self._case.rename(title=title[:255])

    def set_business_key(self, business_key: str) -> None:
        """The number of the case."""
        self._case.rename(business_key=business_key)

    def set_due(self, due_on: date | None, label: str = "") -> None:
        """The legal date until which the case must be done; its tasks inherit it."""
        self._case.due_on, self._case.due_label = due_on, label
        self._case.header_changed = True

    def refresh_timers(self) -> None:
        """Has timers that name a deadline ask again for their moment."""
        refresh(self._case)

    def emit(self, topic: str, payload: Mapping[str, Any], key: str) -> None:
        """Has an effect done after commit, once per `key`."""
        link, moment = self._case.link, self._case.link.moment(self._case.now)
        link.run(
            "INSERT INTO outbox (id, key, topic, payload, instance_id, element, external, worker, state, attempts, due_at, created_at,"
            " last_error) VALUES (?, ?, ?, ?, ?, ?, 0, '', 'pending', 0, ?, ?, '') ON CONFLICT (key) DO NOTHING",
            new_id(), key, topic, encode(dict(payload)), self._case.ref.instance_id, self.element_id, moment, moment,
        )  # fmt: skip

    def send(self, name: str, correlation: str, payload: Mapping[str, Any]) -> None:
        """Sends a message to another case, or starts one by it."""
        self._case.send("message", name, correlation, payload)

    def start(self, process_id: str, office_id: str, variables: Mapping[str, Any], title: str = "") -> CaseRef:
        """Starts another case in the same transaction."""
        kernel, link = self._case.kernel, self._case.link
        procedure = kernel.definitions.of_process(link, process_id)
        other = Case.begin(
            kernel, self.session, link, procedure, process_id,
            office_id=office_id, title=title or procedure.models[process_id].name, actor=self.actor, parent_id=self.case.instance_id,
        )  # fmt: skip
        other.play_start(variables)
        other.flush()
        return other.ref

    def trail(self, event: str, details: Mapping[str, Any]) -> None:
        """One row in the history of the case."""
        self._case.note(event, self.element_id, "", details)
