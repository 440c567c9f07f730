"""What stands in the address of a register. A date that is none is said at its field; what only a hand-made address holds counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import url_for

from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.registers import DELEGATED_ORDERS, RECEIVED_ORDERS, RegisterQuery
from records.coinvestigation.states import NAMES
from web import requests
from web.period import Period

TEXT_LIMIT = 60
LAST_OFFSET = 1_000_000
SUBJECTS = {"delegated": "delegation", "received": "receipt"}
ORDERS = {"delegated": DELEGATED_ORDERS, "received": RECEIVED_ORDERS}


@dataclass(frozen=True)
class Choice:
    """A register, the filter and the order that were chosen for it; `days` as they were typed, `errors` by field."""

    register: str
    query: RegisterQuery
    offset: int = 0
    order: str = ""
    days: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, register: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        order = args.get("sort", "")
        period = Period.of(args)
        query = RegisterQuery(
            since=period.read.get("since"),
            until=period.read.get("until"),
            state=_one_of(args.get("state", ""), {"open", *NAMES[SUBJECTS[register]]}),
            office=args.get("office", "")[:32],
            counterpart=args.get("counterpart", "")[:32],
            nature=_one_of(args.get("nature", ""), set(Nature)),
            source=_one_of(args.get("source", ""), set(Source)),
            overdue=args.get("overdue") == "1",
            text=args.get("q", "").strip()[:TEXT_LIMIT],
        )
        return cls(
            register, query, requests.whole(args.get("offset", ""), LAST_OFFSET),
            _one_of(order, {sign + name for name in ORDERS[register] for sign in ("", "-")}), period.typed, period.errors,
        )  # fmt: skip

    def address(self, *, offset: int = 0, endpoint: str = "", order: str | None = None) -> str:
        """The address of another page of the same lines, of their export, or of the same lines in another order."""
        query = self.query
        pairs = {
            "since": query.since or self.days.get("since"), "until": query.until or self.days.get("until"), "state": query.state,
            "office": query.office, "counterpart": query.counterpart, "nature": query.nature, "source": query.source, "overdue": "1" if query.overdue else "",
            "q": query.text, "sort": self.order if order is None else order, "offset": offset or "",
        }  # fmt: skip
        chosen = {name: value for name, value in pairs.items() if value}
        target = url_for(endpoint or "registers.show", register=self.register)
        return target + (f"?{urlencode(chosen)}" if chosen else "")

    @property
    def chosen(self) -> int:
        """How many of the filters are in use."""
        query = self.query
        of_case = (query.state, query.office, query.counterpart, query.nature, query.source, query.overdue, query.text)
        return sum(map(bool, (self.days.get("since"), self.days.get("until"), *of_case)))

    @property
    def is_filtered(self) -> bool:
        return self.query != RegisterQuery()


def _one_of(text: str, known: set[str]) -> str:
    return text if text in known else ""
