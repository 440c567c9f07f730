"""Whether a loss goes on with an earlier one: a serial stays stopped when nothing was bought in its place, and its enterprise may come back for that.

Source of all: Xi'an 2002-119, 二(五). That it may come back is **[chosen]**: the document wants approval and bounds no time.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.registry import StepContext
from handlers.devices_beside import cases_of, is_open, value_of
from records.devices.holders import Holder
from records.devices.model import StopEntry
from records.devices.store import stops

PROCESS = "device_loss"


def entries_of(session: Session, case_id: str) -> Sequence[StopEntry]:
    """The entries of the stop list that a case is about: its own, or the one of an earlier report that it goes on with."""
    earlier = value_of(session, case_id, "stop_entry_id")
    return [stops.entry(session, str(earlier))] if earlier else stops.entries_of_case(session, case_id)


def case_of_entry(session: Session, entry: StopEntry) -> str:
    """The last case about an entry: the one that made it, or one that went on with it."""
    cases = cases_of(session, f"enterprise:{stops.holder_of_entry(session, entry).number}", PROCESS)
    return next((case for case in cases if value_of(session, case, "stop_entry_id") == entry.id), entry.case_id)


def is_replaced(session: Session, case_id: str) -> bool:
    """Whether something was approved in the place of what a case has lost; not where nobody bought it in the end."""
    return value_of(session, case_id, "approved_on") is not None and not value_of(session, case_id, "not_bought")


def earlier_entry(ctx: StepContext, kind: str, serial: str, own: Holder) -> StopEntry | None:
    """The entry that a report of the same enterprise goes on with: its case is over, and nothing was bought in its place. None for none."""
    entry = stops.entry_of(ctx.session, kind, serial)
    if entry is None:
        return None
    whose, case = stops.holder_of_entry(ctx.session, entry), case_of_entry(ctx.session, entry)
    if (whose.kind, whose.number) != (own.kind, own.number) or is_open(ctx.session, case) or is_replaced(ctx.session, case):
        return None
    return entry
