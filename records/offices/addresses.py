"""Where an attempt came from: what counts as one address, how many refusals it has, and its row in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy.orm import Session

from records.audit import Who, note
from records.audit.store import moment_of_latest

_OF_IPV6 = 64  # the bits that one subscriber has in common


@dataclass(frozen=True)
class AddressLimit:
    """How many refused attempts one address has in a period; an office whose people share an address stays far below."""

    failures: int = 30
    period: timedelta = timedelta(minutes=15)


ADDRESS_LIMIT = AddressLimit()


PEOPLE, STATIONS = "address", "station_address"  # counted apart: a station with an old credential shuts nobody out at the sign-in


def closed_until(session: Session, address: str, now: datetime, limit: AddressLimit, whose: str = PEOPLE) -> datetime | None:
    """Until when an address is asked to wait, if it was refused too often."""
    latest = moment_of_latest(session, whose, network_of(address), limit.failures) if address else None
    return latest + limit.period if latest is not None and latest + limit.period > now else None


def note_address(session: Session, who: Who, event: str, address: str, login: str, whose: str = PEOPLE) -> None:
    """Keeps from where a refused attempt came; these rows are what `closed_until` counts."""
    if address:
        note(session, who, event, whose, network_of(address), new={"address": address[:64], "login": login[:32]})


def network_of(address: str) -> str:
    """What counts as one address: all of IPv4, the network of one subscriber of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:32]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> _OF_IPV6 << _OF_IPV6)}/{_OF_IPV6}"
    return str(found)
