"""What people type in, checked once for pages and lists alike."""

from __future__ import annotations

import re
from datetime import date

from records.offices.errors import ChangeRefused

_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def required(field: str, text: str, limit: int) -> str:
    """A text that must be there; raises ChangeRefused naming the field."""
    found = text.strip()
    if not found:
        raise ChangeRefused("missing", field=field)
    if len(found) > limit:
        raise ChangeRefused("too_long", field=field, limit=limit, length=len(found))
    return found


def day(text: str) -> date | None:
    """A date as 2026-03-02; None for nothing. Raises ChangeRefused."""
    found = text.strip()
    if not found:
        return None
    try:
        return date(*map(int, found.split("-"))) if _DATE.fullmatch(found) else _no_day(found)
    except ValueError:
        raise ChangeRefused("date", value=found[:40]) from None


def _no_day(text: str) -> date:
    raise ChangeRefused("date", value=text[:40])


def needed_day(field: str, text: str) -> date:
    """A date that must be there; raises ChangeRefused."""
    found = day(text)
    if found is None:
        raise ChangeRefused("missing", field=field)
    return found
