"""A form as a party fills it in: what is known of the party stands there to be read, and what only the office enters is left out.

Property of a component: `party` = `enterprise.number` or `enterprise.name` (the kind of party, and what is taken). What is the office's alone
(`inside`), the engine leaves out (`Form.for_party`), and takes from no party.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.forms import Field, Form
from web import identity

KNOWN = "known"  # such a field is posted with what it shows


def own(form: Form | None) -> Form | None:
    """The same form for whoever asks; the authority has it as it is."""
    if form is None or identity.staff().party is None:
        return form
    asked, known = form.for_party(), values(form)
    return replace(asked, items=tuple(_items(asked.items, known)))


def values(form: Form | None) -> dict[str, Any]:
    """What the form is told of the party that asks, by key; a field that waits for another kind of party is its to fill in."""
    party = identity.staff().party
    if form is None or party is None:
        return {}
    known = {f"{party.kind}.number": party.number, f"{party.kind}.name": party.name}
    return {field.key: known[wanted] for field in form.fields if (wanted := field.properties.get("party", "")) in known}


def entered(form: Form | None, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was posted, with what is known of the party: its name whatever was posted, its number unless another was, which the procedure refuses."""
    known = values(form)
    names = {field.key for field in form.fields if field.properties.get("party", "").endswith(".name")} if form else set()
    return {**known, **raw, **{key: value for key, value in known.items() if key in names}}


def _items(items: tuple[Field, ...], known: dict[str, Any]) -> Iterator[Field]:
    for item in items:
        if item.key in known:
            yield replace(item, readonly=True, required=False, help="", help_en="", properties={**item.properties, KNOWN: "true"})
        else:
            yield replace(item, children=tuple(_items(item.children, known))) if item.children else item
