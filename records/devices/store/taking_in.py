"""A list of devices comes into a stock: looked at as a whole, made as a whole, with as many statements for hundreds as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from records.audit import Who, note_all
from records.devices import kinds
from records.devices.errors import DevicesError
from records.devices.holders import NOBODY, Holder
from records.devices.model import Device, StopEntry
from records.devices.store.devices import new_in_trail, new_values, posting, require_no_hindrance, serial_of, twice
from records.devices.store.stopped import hold_serials, stopped
from records.rows_made import inserted_of

Key = tuple[str, str]


@dataclass(frozen=True)
class Arrived:
    """A device of a list; the serial of each kind once."""

    kind: str
    serial: str
    version: str = ""
    is_replacement: bool = False


def take_all_in(session: Session, who: Who, holder: Holder, office_scope: str, today: date, arrived: Sequence[Arrived]) -> Mapping[int, DevicesError]:
    """Takes all in, or none: why not, by the place in the list. What each may be refused for is what `take_in` refuses.

    Source: Xi'an 2002-119, 三(二)2.
    """
    refused: dict[int, DevicesError] = {}
    keys: list[Key] = []
    for at, one in enumerate(arrived):
        try:
            keys.append((str(kinds.Kind(one.kind)), serial_of(one.serial)))
            require_no_hindrance(one.kind, holder, is_replacement=one.is_replacement)
        except DevicesError as error:
            keys.append(("", ""))
            refused[at] = error
    hold_serials(session, [key for key in keys if key[0]])
    refused |= _hindered(session, keys)
    if refused or not keys:
        return refused
    rows = {key: new_values(*key, holder, office_scope, today, version=one.version, is_replacement=one.is_replacement) for key, one in zip(keys, arrived, strict=True)}
    made = inserted_of(session, Device, list(rows.values()))
    there = _devices(session, keys)
    if late := {at: twice(there[key]) for at, key in enumerate(keys) if rows[key]["id"] not in made}:
        return late  # somebody took them in at the same moment: the caller undoes the others
    session.add_all(posting(who, row, "take_in", today, "", NOBODY) for row in there.values())
    note_all(session, who, "devices:device:take_in", "device", {row.id: new_in_trail(row, today) for row in there.values()})
    return {}


def _hindered(session: Session, keys: Sequence[Key]) -> dict[int, DevicesError]:
    asked = [key for key in keys if key[0]]
    if not asked:
        return {}
    listed = session.scalars(select(StopEntry).where(StopEntry.state == "listed", or_(*(
        and_(StopEntry.kind == kind, StopEntry.serial.in_(serials)) for kind, serials in _by_kind(asked).items()
    ))))  # fmt: skip
    found: dict[Key, DevicesError] = {key: twice(row) for key, row in _devices(session, asked).items()}
    found |= {(entry.kind, entry.serial): stopped(entry) for entry in listed}
    return {at: found[key] for at, key in enumerate(keys) if key in found}


def _devices(session: Session, keys: Sequence[Key]) -> dict[Key, Device]:
    wanted = select(Device).where(or_(*(and_(Device.kind == kind, Device.serial.in_(serials)) for kind, serials in _by_kind(keys).items())))
    return {(row.kind, row.serial): row for row in session.scalars(wanted, execution_options={"populate_existing": True})}


def _by_kind(keys: Sequence[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, serial in keys:
        found.setdefault(kind, []).append(serial)
    return found
