"""What stands in the address of a register, read strictly: what is not understood counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import url_for

from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.registers import RegisterQuery
from records.coinvestigation.states import NAMES

TEXT_LIMIT = 60
LAST_OFFSET = 1_000_000
SUBJECTS = {"delegated": "delegation", "received": "receipt"}


@dataclass(frozen=True)
class Choice:
    """A register and the filter that was chosen for it."""

    register: str
    query: RegisterQuery
    offset: int = 0

    @classmethod
    def of(cls, register: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        offset = args.get("offset", "")
        query = RegisterQuery(
            since=_day(args.get("since", "")),
            until=_day(args.get("until", "")),
            state=_one_of(args.get("state", ""), {"open", *NAMES[SUBJECTS[register]]}),
            counterpart=args.get("counterpart", "")[:32],
            nature=_one_of(args.get("nature", ""), set(Nature)),
            source=_one_of(args.get("source", ""), set(Source)),
            overdue=args.get("overdue") == "1",
            text=args.get("q", "").strip()[:TEXT_LIMIT],
        )
        return cls(register, query, min(int(offset), LAST_OFFSET) if offset.isdecimal() and len(offset) < 8 else 0)

    def address(self, *, offset: int = 0, endpoint: str = "") -> str:
        """The address of another page of the same lines, or of their export."""
        query = self.query
        pairs = {
            "since": query.since, "until": query.until, "state": query.state, "counterpart": query.counterpart, "nature": query.nature,
            "source": query.source, "overdue": "1" if query.overdue else "", "q": query.text, "offset": offset or "",
        }  # fmt: skip
        chosen = {name: value for name, value in pairs.items() if value}
        target = url_for(endpoint or "registers.show", register=self.register)
        return target + (f"?{urlencode(chosen)}" if chosen else "")

    @property
    def is_filtered(self) -> bool:
        return self.query != RegisterQuery()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _one_of(text: str, known: set[str]) -> str:
    return text if text in known else ""
