"""What people choose from a list they choose by what it shows; scenarios and demo data name it so too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms import Form


def chosen(form: Form | None, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries with what a list shows in place of its value; an entry that is no such text stays as it is."""
    lists = {field.key: field.options for field in (form.fields if form else ()) if field.source}
    return {
        key: next((option.value for option in lists.get(key, ()) if option.label == value), value) for key, value in entries.items()
    }
