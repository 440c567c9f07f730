"""What service tasks may call: operations inside the step, effects after commit. Anything else is fetched by a worker elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from db.clock import Clock
from engine.errors import Declined
from engine.forms.sentences import Sentence
from engine.people import Actor
from engine.tokens.errors import BpmnError

# A handler raises BpmnError for what the model catches, Declined for what a person must enter otherwise; anything else is an incident.
__all__ = ["BpmnError", "CameBack", "CaseRef", "Declined", "EffectContext", "Moved", "NeverAgain", "Registry", "StepContext"]
COMMON = ""  # the lane of effects that name none


@dataclass(frozen=True)
class CaseRef:
    """The case a handler works for."""

    instance_id: str
    business_key: str
    title: str
    office_id: str
    scope: str
    procedure: str
    process_id: str
    parent_id: str | None = None


@dataclass(frozen=True)
class CameBack:
    """A task that a case has come to again and that is back with `person_id`, who did it last; `posts` are those held for it."""

    case: CaseRef
    step: str
    step_en: str
    person_id: str
    posts: tuple[str, ...]
    by: Actor
    because: str


@dataclass(frozen=True)
class Moved:
    """What a move means for the holders of posts. `kind`: `returned`, the step is open again; `gone_returned`, `gone_taken_back`,
    `gone_withdrawn`, `gone_cancelled`: the step that somebody had begun was taken away; `clock_stopped`, `clock_resumed`: the terms of the case
    stand or go on, whatever its steps; `ended`, `stopped`: the case is over by its model (`step` names the end)
    or by a person, and `posts` are the parties that it names.
    """

    case: CaseRef
    kind: str
    step: str
    step_en: str
    posts: tuple[str, ...]
    by: Actor
    because: str


class StepContext(Protocol):
    """What an operation may see and do; all of it belongs to the transaction of the step."""

    session: Session
    clock: Clock
    actor: Actor
    element_id: str
    key: str

    @property
    def inputs(self) -> dict[str, Any]: ...
    @property
    def case(self) -> CaseRef: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...
    @property
    def about(self) -> Mapping[str, Any]: ...
    def set_title(self, title: str) -> None: ...
    def set_business_key(self, business_key: str) -> None: ...
    def set_due(self, due_on: date | None, label: str = "") -> None: ...
    @property
    def due_on(self) -> date | None: ...
    def refresh_timers(self) -> None: ...
    def emit(self, topic: str, payload: Mapping[str, Any], key: str) -> None: ...
    def send(self, name: str, correlation: str, payload: Mapping[str, Any], *, if_awaited: bool = False) -> None: ...
    def start(self, process_id: str, office_id: str, variables: Mapping[str, Any], title: str = "") -> CaseRef: ...
    def trail(self, event: str, details: Mapping[str, Any]) -> None: ...


class NeverAgain(Exception):
    """An effect that would not succeed however often it is tried: it waits for a person at once."""


@dataclass(frozen=True)
class EffectContext:
    """What an effect is given. `key` is the same at every attempt, so that the world can tell a repetition."""

    key: str
    payload: Mapping[str, Any]
    instance_id: str | None
    attempt: int
    clock: Clock
    database: Any


@dataclass(frozen=True)
class CheckContext:
    """What a check of a form is given beside the entry: the office of the case, and the legal day."""

    session: Session
    office_id: str
    today: date


FormCheck = Callable[[CheckContext, Any], Mapping[str, Sentence]]
Operation = Callable[[StepContext], Mapping[str, Any] | None]
Effect = Callable[[EffectContext], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Handler:
    """A registered function."""

    topic: str
    kind: str  # operation, effect
    function: Callable[[Any], Mapping[str, Any] | None]
    skippable: bool = True
    inward: bool = False
    lane: str = COMMON


@dataclass
class Registry:
    """Topic → handler; a second registration of a topic is a mistake."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    checks: dict[str, FormCheck] = field(default_factory=dict)

    def operation(self, topic: str) -> Callable[[Operation], Operation]:
        """Registers a function that runs inside the transaction of the step."""
        return self._register(topic, "operation")

    def effect(self, topic: str, *, skippable: bool = True, inward: bool = False, lane: str = COMMON) -> Callable[[Effect], Effect]:
        """Registers a function that acts on the world after commit; it must be idempotent by `ctx.key`.

        One that is not `skippable` must be done: an operator may have it tried again, never passed over. `inward`: what it does
        stays in our own database, so that after a restore it is simply done. Effects of one `lane` wait for each other and for no others.
        """
        return self._register(topic, "effect", skippable=skippable, inward=inward, lane=lane)

    def check(self, name: str) -> Callable[[FormCheck], FormCheck]:
        """Registers what a form asks by the property `check` of a field; see `engine.forms.Form.checked_by` for what it answers."""

        def add(function: FormCheck) -> FormCheck:
            if name in self.checks:
                raise ValueError(f"expected one check {name}, but got a second")
            self.checks[name] = function
            return function

        return add

    def _register(self, topic: str, kind: str, **traits: Any) -> Callable[[Any], Any]:
        def add(function: Callable[[Any], Mapping[str, Any] | None]) -> Callable[[Any], Mapping[str, Any] | None]:
            if topic in self.handlers:
                raise ValueError(f"expected one handler for {topic}, but got a second")
            self.handlers[topic] = Handler(topic, kind, function, **traits)
            return function

        return add

    @property
    def inward(self) -> list[str]:
        """Topics of effects that touch nothing but our own database."""
        return sorted(topic for topic, handler in self.handlers.items() if handler.inward)

    @property
    def lanes(self) -> list[str]:
        """The lanes of effects, the common one first."""
        return sorted({COMMON, *(handler.lane for handler in self.handlers.values())})

    def lane(self, topic: str) -> str:
        """The lane of a topic; what nobody has registered here goes by the common one."""
        return self.handlers[topic].lane if topic in self.handlers else COMMON

    def topics(self, lane: str) -> tuple[list[str], list[str]]:
        """What a lane carries: (these topics alone, all but these); for the common lane the first is empty, for another the second. Raises
        ValueError for a lane that no topic names.
        """
        if lane not in self.lanes:
            raise ValueError(f"expected one of the lanes {self.lanes}, but got {lane!r}")
        apart = {topic: handler.lane for topic, handler in self.handlers.items() if handler.lane != COMMON}
        return ([], sorted(apart)) if lane == COMMON else (sorted(topic for topic, its in apart.items() if its == lane), [])

    def must_be_done(self, topic: str) -> bool:
        """Whether nobody may pass over an effect of this topic."""
        return topic in self.handlers and not self.handlers[topic].skippable

    def kind(self, topic: str) -> str:
        """One of operation, effect, external."""
        handler = self.handlers.get(topic)
        return handler.kind if handler else "external"
