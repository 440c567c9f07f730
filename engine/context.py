"""A case as an operation sees it (`engine.registry.StepContext`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine import standstill
from engine.emitting import emit
from engine.registry import CaseRef
from engine.scopes import private
from engine.tokens import Element, Scope

if TYPE_CHECKING:
    from engine.case import Case


class _Private(Mapping[str, Any]):
    """Variables as copies: an operation changes a case by what it returns, never by what it was given."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __getitem__(self, name: str) -> Any:
        return private(self._given[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


class Context:
    """Lives as long as one call of one operation."""

    def __init__(self, case: Case, element: Element, scope: Scope, key: str) -> None:
        self._case = case
        self._element = element
        self._scope = scope
        self.session = case.session
        self.clock = case.kernel.clock
        self.actor = case.actor
        self.element_id = element.id
        self.key = key

    @property
    def case(self) -> CaseRef:
        """The case, with title and number as they are now."""
        return self._case.ref

    @property
    def variables(self) -> Mapping[str, Any]:
        """Every variable visible here."""
        return _Private(self._case.view(self._scope))

    @property
    def about(self) -> Mapping[str, Any]:
        """What procedure.yaml says in the version that this case runs: terms, marks of offices and other data of designers."""
        return self._case.procedure.about

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The input parameters of the task, else every visible variable."""
        return {name: private(value) for name, value in self._case.inputs(self._element, self._scope).items()}

    @property
    def due_on(self) -> date | None:
        """The legal date of the case as it is now; while its clock stands, the one that is kept."""
        return standstill.kept(self._case)

    def set_title(self, title: str) -> None:
        """What people read on worklist and case page."""
        self._case.rename(title=title[:255])

    def set_business_key(self, business_key: str) -> None:
        """The number of the case."""
        self._case.rename(business_key=business_key[:128])

    def set_due(self, due_on: date | None, label: str = "") -> None:
        """The legal date until which the case must be done; its tasks inherit it."""
        self._case.set_due(due_on, label)

    def refresh_timers(self) -> None:
        """Has timers that name a deadline ask again for their moment."""
        from engine.timers import refresh  # noqa: PLC0415 -- timers load cases

        refresh(self._case)

    def emit(self, topic: str, payload: Mapping[str, Any], key: str) -> None:
        """Has an effect done after commit, once per `key`."""
        case = self._case
        id_ = emit(case.link, case.now, topic, payload, key, case.ref.instance_id, self.element_id)
        case.waiting.emitted.append((id_, topic))  # a call for a key that was there already finds nothing to do

    def send(self, name: str, correlation: str, payload: Mapping[str, Any], *, if_awaited: bool = False) -> None:
        """Sends a message to another case, or starts one by it; `if_awaited`: dropped where nobody waits when it is delivered."""
        self._case.send("message", name, correlation, payload, if_awaited=if_awaited)

    def start(self, process_id: str, office_id: str, variables: Mapping[str, Any], title: str = "") -> CaseRef:
        """Starts another case in the same transaction."""
        case = self._case
        procedure = case.kernel.definitions.of_process(case.link, process_id)
        other = type(case).begin(
            case.kernel, self.session, case.link, procedure, process_id,
            office_id=office_id, title=title, actor=self.actor, parent_id=self.case.instance_id,
        )  # fmt: skip
        other.play_start(variables)
        other.flush()
        return other.ref

    def trail(self, event: str, details: Mapping[str, Any]) -> None:
        """One row in the history of the case."""
        self._case.trail(event[:32], self.element_id, self._element.name, details)
