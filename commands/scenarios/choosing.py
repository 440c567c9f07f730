"""What people choose from a list they choose by what it shows; scenarios and demo data name it so too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.forms import Field, Form


def chosen(form: Form | None, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries with what a list shows in place of its value, in ticks of a checklist and in rows too; an entry that is no such text stays as it is."""
    lists = _lists(form.fields if form else ())
    return {key: _value(lists, key, value) for key, value in entries.items()}


def _lists(fields: Iterable[Field]) -> dict[str, dict[str, str]]:
    """What each list offers, by the key of its field: text shown → value."""
    found: dict[str, dict[str, str]] = {}
    for field in fields:
        if field.source:
            found[field.key] = {option.label: option.value for option in field.options}
        found |= _lists(field.children)
    return found


def _value(lists: Mapping[str, Mapping[str, str]], key: str, entry: Any) -> Any:
    if isinstance(entry, list):
        return [_value(lists, key, one) for one in entry]
    if isinstance(entry, dict):
        return {name: _value(lists, name, one) for name, one in entry.items()}
    return lists.get(key, {}).get(entry, entry) if isinstance(entry, str) else entry
