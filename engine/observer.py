"""Who wants to know how long steps take: told of every step and every timer, and never asked anything.

The engine knows no metrics library; `app.py` gives the kernel an observer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from time import perf_counter
from typing import Any, Protocol

from db import trace
from engine.errors import Refusal

log = logging.getLogger("jinshui.step")
Once = Callable[..., Any]


class Observer(Protocol):
    """Called in the thread of the step, after its transaction; must not raise and not wait."""

    def stepped(self, operation: str, outcome: str, seconds: float) -> None:
        """A step came to its end: `done`, `refused` or `failed`."""
        ...

    def fired(self, late_s: float) -> None:
        """A timer was worked off so many seconds after its moment."""
        ...


class Nobody:
    """Where nobody watches."""

    def stepped(self, operation: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def fired(self, late_s: float) -> None:
        """Nothing."""


def observed(once: Once) -> Once:
    """Has `Steps.once` timed and logged, retries included. A turn of the pump that found nothing (False) is no step."""

    @wraps(once)
    def run(steps: Any, operation: str, actor: Any, key: str, payload: Any, *rest: Any) -> Any:
        outcome, begun, answer = "failed", perf_counter(), None
        given = payload if isinstance(payload, Mapping) else {}
        with trace.work(operation=operation, case=str(given.get("instance_id") or ""), task=str(given.get("task_id") or "")):
            try:
                answer = once(steps, operation, actor, key, payload, *rest)
                outcome = "done"
            except Refusal:
                outcome = "refused"
                raise
            finally:
                if answer is not False:
                    _tell(steps.kernel.observer, operation, outcome, perf_counter() - begun)
        return answer

    return run


def _tell(observer: Observer, operation: str, outcome: str, seconds: float) -> None:
    observer.stepped(operation, outcome, seconds)
    if log.isEnabledFor(logging.INFO):
        log.info("%s %s", operation, outcome, extra={"duration_ms": round(seconds * 1000, 2), "outcome": outcome})
