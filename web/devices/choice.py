"""What stands in the address of a register of devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from records.devices import kinds, states
from records.devices.registers import DEVICE_ORDERS, STOP_ORDERS, DeviceQuery
from records.registration.enterprises import ENTERPRISE_ORDERS
from records.taxpayers.enrolments import STANDINGS
from records.taxpayers.limits import VERSIONS
from records.upgrade import registers as upgrades
from web.devices import approvals
from web.period import Period
from web.registers import book
from web.registers.book import one_of

KINDS: Mapping[str, frozenset[str]] = {
    "enterprises": frozenset(VERSIONS), "devices": frozenset(kinds.NAMES), "stops": frozenset(kinds.NAMES), "approvals": frozenset(approvals.LEVELS),
    "visits": frozenset(upgrades.HANDED_OVER),
}  # fmt: skip
STATES: Mapping[str, frozenset[str]] = {
    "enterprises": frozenset(STANDINGS), "devices": frozenset(states.NAMES["device"]), "stops": frozenset(states.NAMES["stop"]), "approvals": frozenset(),
    "visits": frozenset(upgrades.STATES),
}  # fmt: skip


@dataclass(frozen=True)
class Choice(book.Choice[DeviceQuery]):
    """A register with its filter and order."""

    FAMILY = "devices"
    PART = "book"
    ORDERS = {"enterprises": ENTERPRISE_ORDERS, "devices": DEVICE_ORDERS, "stops": STOP_ORDERS, "approvals": approvals.ORDERS, "visits": upgrades.VISIT_ORDERS}

    @classmethod
    def of(cls, register: str, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        holders = frozenset(kinds.HOLDERS) if register in {"devices", "stops"} else frozenset[str]()

        def query(text: str, period: Period) -> DeviceQuery:
            return DeviceQuery(
                text=text, kind=one_of(args.get("kind", ""), KINDS[register]), state=one_of(args.get("state", ""), STATES[register]),
                holder=one_of(args.get("holder", ""), holders), office=args.get("office", "")[:200], since=period.read.get("since"), until=period.read.get("until"),
            )  # fmt: skip

        return cls.read(register, args, query)
