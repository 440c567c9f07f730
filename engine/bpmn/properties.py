"""The properties that a model may carry in `camunda:properties`, and where each is read (docs/architecture.md says what they mean)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.tokens.model import Element

Reads = Callable[[Element], bool]
OF_PEOPLE = frozenset(("userTask", "manualTask"))
_WORKS = frozenset(("serviceTask", "sendTask"))
_THROWS = frozenset(("intermediateThrowEvent", "endEvent", "sendTask"))


def _by_people(element: Element) -> bool:
    return element.kind in OF_PEOPLE


def _of_messages(element: Element) -> bool:
    return element.trigger.kind in {"message", "signal"}


def _throws(element: Element) -> bool:
    return element.kind in _THROWS and _of_messages(element)


def _works(element: Element) -> bool:
    return element.kind in _WORKS and bool(element.topic)


def _acts(element: Element) -> bool:
    return element.acts and bool(element.topic)


def _repeats(element: Element) -> bool:
    return element.multi is not None


def _collects(element: Element) -> bool:
    return element.multi is not None and "output_collection" in element.properties


OF_ELEMENTS: Mapping[str, Reads] = {
    "not_by": _by_people,
    "again": _by_people,
    "again_because": _by_people,
    "party_notice": _by_people,
    "party_notice_en": _by_people,
    "countersign": _by_people,
    "signers": _by_people,
    "batch_values": _by_people,
    "return_to": _by_people,
    "resubmit": _by_people,
    "vouches_for": _by_people,
    "station": _by_people,
    "hall": _by_people,
    "repeatable": _acts,
    "correlation": _of_messages,
    "payload": _throws,
    "post": _works,
    "output_collection": _repeats,
    "output_element": _collects,
}
OF_PROCESSES = frozenset(("may_cancel", "may_stop_clock", "may_transfer", "offered_on", "offered_to", "parties", "purpose", "purpose_en"))
ANYWHERE = frozenset(("name_en",))
KNOWN = frozenset(OF_ELEMENTS) | OF_PROCESSES | ANYWHERE
# Words that another tool may use for something of its own; elsewhere than where we read them they are none of our business.
ANYBODYS = frozenset(("again", "repeatable", "correlation", "payload", "post", "purpose", "purpose_en"))
IN_FEEL = ("correlation", "payload", "post", "output_element", "again_because", "signers", "batch_values")


def texts_in_feel(element: Element) -> list[str]:
    """What an element's properties say in FEEL, where they are read."""
    return [element.properties.get(name, "") for name in IN_FEEL if OF_ELEMENTS[name](element)]


def listed(text: str) -> list[str]:
    """The names of a list that is written with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
