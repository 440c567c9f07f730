"""What the books say that an enterprise holds: its limit in force, its devices, and which of them are stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.outside import kind_of
from records.devices import kinds, states, store
from records.devices.store.stops import listed_of
from records.taxpayers import limits
from web import identity
from web.devices.columns import COLOURS
from web.devices.words import two
from web.services import services


@dataclass(frozen=True)
class Limit:
    """What it may issue at most on one invoice, and buy in a month."""

    version: str
    per_invoice: Decimal
    monthly_quantity: int
    document: str


@dataclass(frozen=True)
class Held:
    """A device of the enterprise; `is_stopped`: it stands on the stop list since a report."""

    kind: str
    serial: str
    state: str
    colour: str
    is_stopped: bool
    since: date


@dataclass(frozen=True)
class Holdings:
    """Both; nothing where the enterprise has neither."""

    limit: Limit | None = None
    devices: tuple[Held, ...] = ()


def holdings() -> Holdings:
    """Those of the enterprise that asks; other parties have their stock with the authority."""
    actor = identity.staff().actor
    if kind_of(actor) != "enterprise":
        return Holdings()
    number = actor.party.partition(":")[2]
    with services().database.read() as session:
        row, held, stops = limits.current(session, number), store.held_by(session, "enterprise", number), listed_of(session, "enterprise", number)
    stopped = {(one.kind, one.serial): one for one in stops}
    found = [
        Held(two(kinds.NAMES, one.kind), one.serial, two(states.NAMES["device"], one.state), COLOURS.get(one.state, ""), (one.kind, one.serial) in stopped, one.last_on)
        for one in held
    ]
    gone = stopped.keys() - {(one.kind, one.serial) for one in held}  # what was lost is held by nobody
    found += [Held(two(kinds.NAMES, kind), serial, two(states.NAMES["device"], "lost"), "red", True, stopped[kind, serial].reported_on) for kind, serial in sorted(gone)]
    limit = Limit(two(limits.VERSIONS, row.version), row.per_invoice, row.monthly_quantity, row.document_number) if row else None
    return Holdings(limit, tuple(found))
