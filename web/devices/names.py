"""Names in the books are Chinese as they were that day; an English page shows the English one where offices, parties or people have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.offices.model import Office, Party, Person
from web.languages import is_english

NAMED = ("name", "holder", "holder_name", "held_before_name", "taxpayer_name", "office_name", "from_name", "to_name", "by_name", "sold_by_name")


class Spoken:
    """A line or record whose names are those of the page's language; all else of it is as it was."""

    def __init__(self, line: Any, names: Mapping[str, str]) -> None:
        self._line, self._names = line, names

    def __getattr__(self, part: str) -> Any:
        value = getattr(self._line, part)
        return self._names.get(value, value) if part in NAMED and isinstance(value, str) else value


def spoken(session: Session, lines: Sequence[Any]) -> list[Any]:
    """The lines as the page says them; the names of all are looked up together."""
    if not is_english():
        return list(lines)
    names = english(session, (value for line in lines for part in NAMED if isinstance(value := getattr(line, part, ""), str)))
    return [Spoken(line, names) for line in lines]


def english(session: Session, texts: Iterable[str]) -> dict[str, str]:
    """Chinese name → English one; none for a name that two bear who are called differently in English."""
    wanted = sorted({text for text in texts if text})
    found: dict[str, set[str]] = {}
    for model in (Office, Party, Person):
        if wanted:
            for zh, en in session.execute(select(model.name, model.name_en).where(model.name.in_(wanted), model.name_en != "").distinct()):
                found.setdefault(zh, set()).add(en)
    return {zh: next(iter(names)) for zh, names in found.items() if len(names) == 1}
