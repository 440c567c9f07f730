"""What a running case consists of: tokens and scopes. Nothing finished is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Token:
    """A token on an element. `role` tells what it is there for:

    "" an ordinary token · boundary: an event that waits on activity `host` · choice: one branch of event gateway `host` ·
    start: the start event of an event sub-process that waits · item: one run of multi-instance activity `host`.
    """

    id: int
    element: str
    scope: int
    state: str = "ready"  # ready, waiting, arrived (at a join), spent (fired, and its condition still holds)
    via: str = ""  # the flow it came by
    role: str = ""
    host: int = 0
    multi: dict[str, Any] | None = None  # counters of a multi-instance activity

    @property
    def passive(self) -> bool:
        """A passive token waits for something that may never come; it does not keep its scope alive."""
        return self.role in {"boundary", "start"}


@dataclass(slots=True)
class Scope:
    """A place for variables and tokens: the process, a sub-process, a called process or one run of a multi-instance activity."""

    id: int
    process: str
    element: str = ""  # the sub-process it plays; "" for a whole process
    parent: int = 0
    owner: int = 0  # the token that waits for it
    tokens: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Live:
    """A token that waits for the world: a person, a moment, a message, a worker."""

    token: int
    element: str
    process: str
    scope: int
    role: str
