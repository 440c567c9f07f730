"""What stands in the address of a register of devices. A date that is none is said at its field; what only a hand-made address holds counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import url_for

from records.devices import kinds, states
from records.devices.registers import DEVICE_ORDERS, STOP_ORDERS, DeviceQuery
from records.registration.enterprises import ENTERPRISE_ORDERS
from records.taxpayers.enrolments import NAMES as ENROLMENTS
from records.taxpayers.limits import VERSIONS
from web import requests
from web.devices import approvals
from web.period import Period

TEXT_LIMIT = 60
LAST_OFFSET = 1_000_000
ORDERS: Mapping[str, Mapping[str, object]] = {
    "enterprises": ENTERPRISE_ORDERS, "devices": DEVICE_ORDERS, "stops": STOP_ORDERS, "approvals": approvals.ORDERS,
}  # fmt: skip
KINDS: Mapping[str, frozenset[str]] = {
    "enterprises": frozenset(VERSIONS), "devices": frozenset(kinds.NAMES), "stops": frozenset(kinds.NAMES), "approvals": frozenset(approvals.LEVELS),
}  # fmt: skip
STATES: Mapping[str, frozenset[str]] = {
    "enterprises": frozenset(ENROLMENTS), "devices": frozenset(states.NAMES["device"]), "stops": frozenset(states.NAMES["stop"]), "approvals": frozenset(),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A register, the filter and the order that were chosen for it; `days` as they were typed, `errors` by field."""

    register: str
    query: DeviceQuery
    offset: int = 0
    order: str = ""
    days: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, register: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        order, period = args.get("sort", ""), Period.of(args)
        query = DeviceQuery(
            text=args.get("q", "").strip()[:TEXT_LIMIT], kind=_one_of(args.get("kind", ""), KINDS[register]), state=_one_of(args.get("state", ""), STATES[register]),
            holder=_one_of(args.get("holder", ""), frozenset(kinds.HOLDERS)) if register in {"devices", "stops"} else "", office=args.get("office", "")[:200],
            since=period.read.get("since"), until=period.read.get("until"),
        )  # fmt: skip
        known = frozenset(sign + name for name in ORDERS[register] for sign in ("", "-"))
        return cls(register, query, requests.whole(args.get("offset", ""), LAST_OFFSET), _one_of(order, known), period.typed, period.errors)

    def address(self, *, offset: int = 0, endpoint: str = "", order: str | None = None) -> str:
        """The address of another page of the same lines, of their export or print, or of the same lines in another order."""
        query = self.query
        pairs = {
            "q": query.text, "kind": query.kind, "state": query.state, "holder": query.holder, "office": query.office, "since": query.since or self.days.get("since"),
            "until": query.until or self.days.get("until"), "sort": self.order if order is None else order, "offset": offset or "",
        }  # fmt: skip
        chosen = {name: value for name, value in pairs.items() if value}
        return url_for(endpoint or "devices.show", book=self.register) + (f"?{urlencode(chosen)}" if chosen else "")

    @property
    def chosen(self) -> int:
        """How many of the filters are in use."""
        query = self.query
        return sum(map(bool, (query.text, query.kind, query.state, query.holder, query.office, self.days.get("since"), self.days.get("until"))))

    @property
    def is_filtered(self) -> bool:
        return self.query != DeviceQuery()


def _one_of(text: str, known: frozenset[str]) -> str:
    return text if text in known else ""
