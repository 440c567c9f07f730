"""What an evaluation carries with it: the variables, the injected functions, the moment, and how much it may still do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.feel.errors import FeelLimitError
from engine.feel.values import plain

STEP_LIMIT = 200_000


@dataclass(frozen=True)
class EvalContext:
    """Injected by the host: functions by name, and what `now()` answers (aware, in the zone of legal dates)."""

    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    now: datetime | None = None


EMPTY = EvalContext()


class Environment:
    """One evaluation: `names` are looked up first, then `scope`."""

    __slots__ = ("context", "left", "locals", "scope")

    def __init__(self, scope: Mapping[str, Any], context: EvalContext) -> None:
        self.scope = scope
        self.context = context
        self.locals: dict[str, Any] = {}
        self.left = STEP_LIMIT

    def spend(self, steps: int = 1) -> None:
        """Counts work done in loops and calls; raises FeelLimitError when it is too much."""
        self.left -= steps
        if self.left < 0:
            raise FeelLimitError(f"求值超过 {STEP_LIMIT} 步")

    def lookup(self, name: str) -> Any:
        """The value of a name; an unknown one is null."""
        if name in self.locals:
            return self.locals[name]
        return plain(self.scope.get(name))
