"""What every part of the host shares: database, clock, handlers, compiled models, warm cases."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

from sqlalchemy.orm import Session

from db.clock import Clock
from db.session import Database
from engine.definitions import Definitions
from engine.link import Link
from engine.observer import Nobody, Observer
from engine.people import PostDirectory
from engine.registry import CameBack, Moved, Registry


class DeadlineSource(Protocol):
    """Where a BPMN timer that names a deadline gets its moment."""

    def due_moment(self, session: Session, subject_id: str, key: str) -> datetime | None:
        """The first moment after the term, or None while no such deadline runs."""
        ...


class Clocks(Protocol):
    """Where the terms of a case are counted, so that they stand and go on with it; every call belongs to the transaction of a step."""

    def runs(self, session: Session, instance_id: str) -> bool:
        """Whether a term of the case runs."""
        ...

    def stands(self, session: Session, instance_id: str) -> bool:
        """Whether a term of the case stands."""
        ...

    def stop(self, session: Session, instance_id: str, reason: str, until: date | None) -> None:
        """Every term that runs stands from today on; `until` is the day on which its owners are reminded."""
        ...

    def resume(self, session: Session, instance_id: str, due_on: date | None, label: str) -> date | None:
        """Every term that stands goes on; the new day of the case, which had this one."""
        ...

    def end(self, session: Session, instance_id: str) -> None:
        """The case was terminated: its terms no longer apply."""
        ...


class NoClocks:
    """Where no terms are counted, nothing can be stopped."""

    def runs(self, session: Session, instance_id: str) -> bool:
        """None runs."""
        return False

    stands = runs

    def stop(self, session: Session, instance_id: str, reason: str, until: date | None) -> None:
        """There is nothing to stop."""

    def resume(self, session: Session, instance_id: str, due_on: date | None, label: str) -> date | None:
        """The day stays as it was."""
        return due_on

    def end(self, session: Session, instance_id: str) -> None:
        """There is nothing to end."""


class EffectQueue(Protocol):
    """What calls a worker for the effects of the outbox; it carries their ids alone, the outbox stays the truth."""

    def defer(self, link: Link, calls: Sequence[tuple[str, str, datetime | None]]) -> None:
        """For each (effect, lane, moment) calls a worker of the lane (None: at once), in the transaction of `link`; asks nothing back."""
        ...

    def lost(self, link: Link) -> list[str]:
        """Effects whose worker has died with the call in hand; the call is taken from it."""
        ...

    def uncalled(self, link: Link, ids: Sequence[str]) -> list[str]:
        """Those of the effects for which no call is under way."""
        ...


class Polled:
    """The embedded queue: there is none, the pump looks at the outbox once a second."""

    def defer(self, link: Link, calls: Sequence[tuple[str, str, datetime | None]]) -> None:
        """Nothing to do: what is due is seen."""

    def lost(self, link: Link) -> list[str]:
        """None: a lease that runs out is seen as well."""
        return []

    def uncalled(self, link: Link, ids: Sequence[str]) -> list[str]:
        """None: nobody needs to be called."""
        return []


OPERATOR_ROLE = "system_administrator"


@dataclass(frozen=True)
class EngineSettings:
    """`key` signs states, or fetches when first wanted what does; limits bound one step; who holds `operator_role` sees what stands
    still.
    """

    key: bytes | Callable[[], bytes]
    step_limit: int = 10_000
    warm_cases: int = 2_000
    max_attempts: int = 8
    operator_role: str = OPERATOR_ROLE

    @cached_property
    def secret(self) -> bytes:
        """What signs states: a program that only looks around makes no key."""
        return self.key() if callable(self.key) else self.key


class Warm:
    """Cases kept in memory as plain data, valid only for the version they were stored with."""

    def __init__(self, limit: int) -> None:
        self._kept: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._tasks: OrderedDict[str, str] = OrderedDict()  # open task → its case
        self._limit = limit
        self._lock = Lock()

    def version(self, instance_id: str) -> int:
        """The version of the copy of a case; -1 where there is none."""
        kept = self._kept.get(instance_id)
        return kept[0] if kept else -1

    def version_of_task(self, task_id: str) -> int:
        """The version of the copy of the case of a task; -1 where there is none."""
        return self.version(self._tasks.get(task_id, ""))

    def take(self, instance_id: str) -> tuple[int, Any] | None:
        """Takes the copy out: a step that fails leaves nothing dirty behind."""
        with self._lock:
            return self._kept.pop(instance_id, None)

    def keep(self, instance_id: str, version: int, content: Any, tasks: Iterable[str] = ()) -> None:
        """Keeps a copy after its transaction was stored; `tasks` are those that it opened."""
        with self._lock:
            self._kept[instance_id] = (version, content)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            for task_id in tasks:
                self._tasks[task_id] = instance_id
            while len(self._tasks) > 4 * self._limit:
                self._tasks.popitem(last=False)


def _nobody_is_told(_session: Session, _found: CameBack) -> None:
    """Where returned work leaves no notice."""


def _nobody_hears(_session: Session, _moved: Moved) -> None:
    """Where moves leave no notice."""


def _nobody_waits(_session: Session, _instance_id: str | None, _called: Sequence[tuple[str, str]]) -> None:
    """Where workers elsewhere ask now and then, and pages show what they find."""


@dataclass
class Kernel:
    """Given to every step; nothing in it changes during one. `on_came_back` is told of work that was returned, `on_moved` of what a move gives or takes,
    `on_outside` of a case whose work elsewhere came, was taken, goes on or was answered, with the (topic, post) of what is there to be taken.
    """

    database: Database
    registry: Registry
    directory: PostDirectory
    clock: Clock
    settings: EngineSettings
    deadlines: DeadlineSource | None = None
    effects: EffectQueue = field(default_factory=Polled)
    observer: Observer = field(default_factory=Nobody)
    definitions: Definitions = field(default_factory=Definitions)
    on_came_back: Callable[[Session, CameBack], None] = field(default=_nobody_is_told)  # in the transaction of the step
    on_moved: Callable[[Session, Moved], None] = field(default=_nobody_hears)  # likewise
    on_outside: Callable[[Session, str | None, Sequence[tuple[str, str]]], None] = field(default=_nobody_waits)  # likewise
    clocks: Clocks = field(default_factory=NoClocks)

    def __post_init__(self) -> None:
        self.warm = Warm(self.settings.warm_cases)

    def call_for(self, link: Link, effects: Iterable[tuple[str, str]], at: datetime | None = None) -> None:
        """Has a worker called for each effect, (id, topic), in the transaction of `link`."""
        self.effects.defer(link, [(id_, self.registry.lane(topic), at) for id_, topic in effects])
