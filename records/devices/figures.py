"""The register of devices counted against its postings: what each device is must be what its postings, one after the other, make of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.devices import kinds, states
from records.devices.model import Device, DevicePosting

_AT_ONCE = 5_000
_DEVICE = (Device.kind, Device.serial, Device.state, Device.holder_kind, Device.holder_number, Device.last_on, Device.steps, Device.state_before)
_POSTING = (
    DevicePosting.step, DevicePosting.event, DevicePosting.day, DevicePosting.from_state, DevicePosting.to_state, DevicePosting.from_kind,
    DevicePosting.from_number, DevicePosting.to_kind, DevicePosting.to_number,
)  # fmt: skip
NAMES = {
    "state": ("状态", "state"), "holder": ("持有人", "holder"), "day": ("最后日期", "last day"), "steps": ("笔数", "postings"), "chain": ("前后不接", "broken chain"),
    "event": ("不允许的事项", "event that is not possible"), "none": ("没有记录", "no posting"),
}  # fmt: skip


def deviations(session: Session) -> list[str]:
    """One line for each device that differs from its postings, Chinese and English, by kind and serial."""
    rows = session.execute(
        select(Device.id, *_DEVICE, *_POSTING).outerjoin(DevicePosting, DevicePosting.device_id == Device.id)
        .order_by(Device.kind, Device.serial, DevicePosting.step), execution_options={"yield_per": _AT_ONCE},
    )  # fmt: skip
    return [line for _id, some in groupby(rows, key=itemgetter(0)) for line in _of(list(some))]


def _of(rows: list[Any]) -> Iterator[str]:
    kind, serial, state, holder_kind, holder_number, last_on, steps, _before = rows[0][1:9]
    named = f"{kinds.name(kind)} {serial} / {kinds.name(kind, 'en')} {serial}"
    postings = [row[9:] for row in rows if row[9] is not None]
    if not postings:
        yield f"{named}: {_both('none')}"
        return
    yield from (f"{named}: {_both(what)} #{step}" for step, what in _broken(kind, postings))
    *_rest, to_kind, to_number = postings[-1]
    last = postings[-1]
    for what, found, wanted in (
        ("state", state, last[4]), ("holder", f"{holder_kind}:{holder_number}", f"{to_kind}:{to_number}"), ("day", last_on, last[2]), ("steps", steps, len(postings)),
    ):
        if found != wanted:
            yield f"{named}: {_both(what)} {found} ≠ {wanted}"


def _broken(kind: str, postings: list[Any]) -> Iterator[tuple[int, str]]:
    """The steps at which a chain does not hold: each begins where the one before ended, by an event that its state allows."""
    table, before = states.table_of(kind), ("", "", "")
    for at, (step, event, _day, from_state, to_state, from_kind, from_number, to_kind, to_number) in enumerate(postings, 1):
        if step != at or (from_state, from_kind, from_number) != before:
            yield step, "chain"
        elif event not in {"take_in", "renumber"} and states.following(table, from_state, event) not in {to_state, states.STATE_BEFORE}:
            yield step, "event"
        before = (to_state, to_kind, to_number)


def _both(what: str) -> str:
    return " / ".join(NAMES[what])
