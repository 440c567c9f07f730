"""The sets of devices of an enterprise, one for each billing machine: numbered from 0, each sold, issued and first purchased with, one after the other.

Source of all: Xi'an 2002-119, 二(一)5, 二(一)6.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from engine.registry import Declined, StepContext
from handlers.devices_law import LAW
from handlers.tools import declining, text
from records.devices import kinds
from records.devices.errors import DevicesError
from records.devices.model import Device
from records.devices.states import name as state_name
from records.devices.store import devices
from records.devices.store.stops import require_not_stopped

CARDS = ("tax_card", "ic_card")
SET = (*CARDS, "reader")
Row = dict[str, Any]  # machine_no, a serial for each kind of SET, issued_on, first_sale


def sets(ctx: StepContext) -> list[Row]:
    """The sets of the case as they stand, to be changed and put back under `machine_sets`."""
    return [dict(row) for row in ctx.variables.get("machine_sets") or ()]


def is_whole(row: Row) -> bool:
    """Whether every device of a set is sold."""
    return all(row.get(kind) for kind in SET)


def next_set(rows: Sequence[Row], lacking: str) -> Row | None:
    """The first machine of which something is still to be done; None where it is done for all."""
    return next((row for row in rows if not row.get(lacking)), None)


def at_machine(row: Row) -> dict[str, Any]:
    """The variables of the machine whose turn it is."""
    return {"machine_no": row["machine_no"], **{kind: row.get(kind) for kind in SET}}


def require_machine(ctx: StepContext, machines: int) -> int:
    """The number of the machine at the counter; machines are numbered from 0. Raises Declined for one that the enterprise does not have.

    Source: Xi'an 2002-119, 二(一)6.
    """
    number = int(ctx.variables["machine_no"])
    if not 0 <= number < machines:
        raise Declined(
            f"本企业有开票机 {machines} 台，开票机号为 0 至 {machines - 1}，没有 {number} 号（{LAW}二(一)6）",
            f"the enterprise has {machines} machines, numbered 0 to {machines - 1}: there is no number {number} (Xi'an 2002-119, 二(一)6)",
        )
    return number


def at_hand(ctx: StepContext, rows: Sequence[Row], row: Row, kind: str, states: Collection[str]) -> Device:
    """The device of a set, or the one that has taken its place meanwhile: what the enterprise holds in one of these states for no other machine.

    A card that is damaged or lost before the system goes into use is replaced by a case of its own; the set takes over the serial found. Raises Declined.
    Source: Xi'an 2002-119, 二(一)6, 二(四), 二(五).
    """
    serial, others = str(row.get(kind) or ""), {other.get(kind) for other in rows if other is not row}
    held = [one for one in devices.held_by(ctx.session, "enterprise", text(ctx, "taxpayer_number"), {kind}) if one.state in states and one.serial not in others]
    if (found := next((one for one in held if one.serial == serial), held[-1] if held else None)) is not None:
        row[kind] = found.serial
        return found
    with declining(DevicesError):
        require_not_stopped(ctx.session, kind, serial)
        now = devices.device(ctx.session, kind, serial)
    raise Declined(
        f"{kinds.name(kind)}“{serial}”现由“{now.holder_name or '无'}”持有，状态为“{state_name('device', now.state)}”，企业也没有另一张可用的，不能这样办理（{LAW}二(一)6）",
        f"{serial} is held by {now.holder_name or 'nobody'} and is {state_name('device', now.state, 'en')}; the enterprise has no other (Xi'an 2002-119, 二(一)6)",
    )
