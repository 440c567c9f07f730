"""What the machine asks of its host. `engine.case` implements it; tests implement it in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from engine.tokens.errors import BpmnError
from engine.tokens.model import Element, ProcessModel
from engine.tokens.state import Scope, Token


class Hooks(Protocol):
    """Every value comes from the host, every happening goes to it, in the order in which it happens."""

    def model(self, process_id: str) -> ProcessModel:
        """The model of a process of this case (the called processes included)."""
        ...

    def evaluate(self, expression: str, scope: Scope) -> Any:
        """The value of a FEEL text in a scope."""
        ...

    def perform(self, element: Element, token: Token, scope: Scope) -> bool:
        """Does the work of a task without people; False when its answer will come later (`Machine.complete`)."""
        ...

    def waits(self, element: Element, token: Token, scope: Scope) -> None:
        """A token begins to wait for the world."""
        ...

    def ceases(self, element: Element, token: Token, completed: bool) -> None:
        """A token that waited does so no longer; `completed` is False when it was withdrawn."""
        ...

    def entered(self, element: Element, token: Token) -> None:
        """A token has come to an element."""
        ...

    def left(self, element: Element, token: Token, outcome: str) -> None:
        """A token has left an element: completed or cancelled."""
        ...

    def took(self, flow_id: str) -> None:
        """A token has passed a sequence flow."""
        ...

    def caught(self, element: Element, scope: Scope, error: BpmnError) -> None:
        """An event has caught an error."""
        ...

    def opened(self, scope: Scope, element: Element | None, values: Mapping[str, Any]) -> None:
        """A scope begins; `values` are local to it (loop counter, item)."""
        ...

    def closed(self, scope: Scope, element: Element | None, completed: bool) -> None:
        """A scope ends; results are carried over only if it completed."""
        ...

    def thrown(self, element: Element, scope: Scope) -> None:
        """A message or signal leaves the case."""
        ...
