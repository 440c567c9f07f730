"""What the model says of returns, in `camunda:properties` of a task of people. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from engine.bpmn.properties import listed
from engine.tokens import Element

RETURN_TO, RESUBMIT, VOUCHES_FOR = "return_to", "resubmit", "vouches_for"
ANY, NONE = "any", "none"
CHOOSE, REWALK, DIRECT = "choose", "rewalk", "direct"
WAYS = {CHOOSE: (REWALK, DIRECT), REWALK: (REWALK,), DIRECT: (DIRECT,)}


def may_return(element: Element) -> bool:
    """Whether whoever holds this task may return it at all."""
    return element.properties.get(RETURN_TO, ANY) != NONE


def may_return_to(element: Element, target: str) -> bool:
    """Whether whoever holds this task may return it to that step."""
    named = element.properties.get(RETURN_TO, ANY)
    return named == ANY or (named != NONE and target in listed(named))


def resubmit(element: Element) -> str:
    """How what this task returns may come back to it: step by step, straight, or as its sender chooses."""
    return element.properties.get(RESUBMIT, CHOOSE)


def vouched_for(element: Element, changed: Iterable[str]) -> list[str]:
    """Those of the changed values that this task had signed for. A signature vouches for all that the case held, unless the model says less."""
    named = element.properties.get(VOUCHES_FOR, ANY)
    if named == ANY:
        return sorted(changed)
    return [] if named == NONE else sorted(set(changed) & set(listed(named)))
