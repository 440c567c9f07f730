"""A device in the books: taken in once, moved by events, each a posting that is never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.devices import kinds, rules
from records.devices.errors import ChangedMeanwhile, DeviceTwice, DeviceUnknown, MoveRefused
from records.devices.holders import NOBODY, Holder, area_of
from records.devices.model import Device, DevicePosting
from records.devices.store.stopped import hold_serial, require_not_stopped
from records.rows_made import inserted
from records.taxpayers import enrolments


def serial_of(text: str) -> str:
    """A serial as it stands in the books: capital letters, no blanks around. Raises DeviceUnknown for what no device bears and no station writes."""
    if refusal := rules.serial_refusal(text):
        raise DeviceUnknown(*refusal)
    return text.strip().upper()


def known(session: Session, kind: str, serial: str) -> Device | None:
    """The device of this kind with this serial; None for none."""
    wanted = select(Device).where(Device.kind == kinds.Kind(kind), Device.serial == serial_of(serial))
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def device(session: Session, kind: str, serial: str) -> Device:
    """The device of this kind with this serial; raises DeviceUnknown."""
    found = known(session, kind, serial)
    if found is None:
        zh, en = rules.label(kind, serial_of(serial))
        raise DeviceUnknown(f"账上没有{zh}", f"{en} is not in the books")
    return found


def device_by_id(session: Session, device_id: str) -> Device:
    """The device with this identifier; raises DeviceUnknown."""
    found = session.get(Device, device_id)
    if found is None:
        raise DeviceUnknown(f"账上没有标识为“{device_id}”的设备", f"there is no device with the identifier “{device_id}”")
    return found


def held_by(session: Session, holder_kind: str, number: str, kinds: Collection[str] | None = None) -> Sequence[Device]:
    """What a holder has, by kind and serial; `kinds` narrows it."""
    wanted = select(Device).where(Device.holder_kind == holder_kind, Device.holder_number == number)
    if kinds is not None:
        wanted = wanted.where(Device.kind.in_([str(kind) for kind in kinds]))
    return session.scalars(wanted.order_by(Device.kind, Device.serial)).all()


def lost_by(session: Session, holder_kind: str, number: str) -> Sequence[Device]:
    """What a holder had when it was lost, as long as it is not cleared, by kind and serial."""
    wanted = select(Device).where(Device.held_before_kind == holder_kind, Device.held_before_number == number, Device.state.in_(("lost", "found")))
    return session.scalars(wanted.order_by(Device.kind, Device.serial)).all()


def take_in(
    session: Session, who: Who, kind: str, serial: str, holder: Holder, office_scope: str, today: date, *,
    version: str = "", is_replacement: bool = False, case_id: str = "", note: str = "",
) -> Device:  # fmt: skip
    """A device comes into the stock of a service unit or an office, in whose area it is looked after. Each serial of a kind once.

    Raises: DeviceTwice, DeviceStopped, MoveRefused. Source: Xi'an 2002-119, 三(二)2.
    """
    kind, serial = str(kinds.Kind(kind)), serial_of(serial)
    require_no_hindrance(kind, holder, is_replacement=is_replacement)
    hold_serial(session, kind, serial)
    require_not_stopped(session, kind, serial)
    if (there := known(session, kind, serial)) is not None:
        raise twice(there)
    made = inserted(session, Device, new_values(kind, serial, holder, office_scope, today, version=version, is_replacement=is_replacement))
    row = device(session, kind, serial)
    if not made:  # somebody took it in at the same moment
        raise twice(row)
    _post(session, who, row, "take_in", today, "", NOBODY, case_id, note)
    return row


def require_no_hindrance(kind: str, holder: Holder, *, is_replacement: bool) -> None:
    """Raises MoveRefused for a holder who takes nothing in, and for a reader as a replacement card."""
    _require(rules.holder_refusal("take_in", holder.kind))
    if is_replacement and not kinds.is_card(kind):
        raise MoveRefused("读卡器不作替换卡（二(四)）", "a reader is no replacement card (二(四))")


def new_values(kind: str, serial: str, holder: Holder, office_scope: str, today: date, *, version: str, is_replacement: bool) -> dict[str, Any]:
    """The row of a device that has just been taken in."""
    return {
        "id": new_id(), "kind": kind, "serial": serial, "version": version.strip(), "is_replacement": is_replacement, "state": "in_stock",
        "holder_kind": holder.kind, "holder_number": holder.number, "holder_name": holder.name, "scope": office_scope, "taken_in_on": today,
        "last_on": today, "steps": 1,
    }  # fmt: skip


def twice(there: Device) -> DeviceTwice:
    """The refusal of a serial that stands in the books already."""
    zh, en = rules.label(there.kind, there.serial)
    return DeviceTwice(f"{zh}已于 {there.taken_in_on} 入库，不能重复入库", f"{en} was taken in on {there.taken_in_on} and cannot be taken in twice")


def move(
    session: Session, who: Who, device: Device, event: str, today: date, *, to: Holder | None = None, case_id: str = "", note: str = "",
    on: date | None = None,
) -> Device:  # fmt: skip
    """One event of a device. `to`: who holds it afterwards, where the event says so; `on`: the day of the event, where it is not today.

    Raises: MoveRefused with a sentence that names the device, its state and the event; DeviceStopped; ChangedMeanwhile when somebody
    else moved it since it was read.
    """
    day, state, held = on or today, device.state, Holder(device.holder_kind, device.holder_number, device.holder_name)
    _require(rules.event_refusal(device.kind, device.serial, state, event, is_replacement=device.is_replacement))
    _require(rules.holder_refusal(event, to.kind if to else None))
    _require(rules.giver_refusal(event, held.kind))
    _require(rules.day_refusal(day, device.last_on, today, _last_event(session, device) if day < device.last_on else ""))
    if event in rules.TO_ENTERPRISE and to is not None and not enrolments.may_hold(session, to.number):
        raise MoveRefused(f"“{to.name}”已注销，不能再持有专用设备（二(二)）", f"{to.name} is deregistered and holds no device any more (二(二))")
    if event in rules.GIVES_RIGHTS:
        require_not_stopped(session, device.kind, device.serial)
    after = rules.next_state(device.kind, state, device.state_before, event)
    assert after is not None, "the rule has let this event pass"
    values: dict[str, Any] = {"state": after, "last_on": day, "steps": device.steps + 1}
    holder, more = _holder_after(session, device, event, to, held)
    values |= more
    if holder != held:
        values |= {"holder_kind": holder.kind, "holder_number": holder.number, "holder_name": holder.name}
        area = area_of(session, holder)
        values |= {"scope": area} if area is not None else {}  # what nobody holds stays where it was
    session.flush()
    done = session.execute(
        update(Device).where(Device.id == device.id, Device.steps == device.steps, Device.state == state).values(values),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        zh, en = rules.label(device.kind, device.serial)
        raise ChangedMeanwhile(f"{zh}刚刚被另一操作改动，请刷新后再试", f"{en} has just been changed by somebody else; read it again")
    session.refresh(device)
    _post(session, who, device, event, day, state, held, case_id, note)
    return device


def _holder_after(session: Session, device: Device, event: str, to: Holder | None, held: Holder) -> tuple[Holder, dict[str, Any]]:
    """(who holds the device after the event, what else changes with it)."""
    if event == "report_loss":
        return NOBODY, {"state_before": rules.kept_before(device.state, device.state_before), **(_remembered(held) if device.state != "found" else {})}
    if event == "destroy":
        return NOBODY, {}
    if event != "clear":
        return to or held, {}
    before = Holder(device.held_before_kind, device.held_before_number, device.held_before_name)
    gone = before.kind == "enterprise" and not enrolments.may_hold(session, before.number)
    if gone and (to is None or to.kind != "office"):
        raise MoveRefused(
            f"“{before.name}”已注销防伪税控认定登记，找回的设备应由主管税务机关收缴（二(二)）", f"{before.name} is deregistered: what was found is collected (二(二))",
        )  # fmt: skip
    forgotten = {"state_before": "", **_remembered(Holder("", "", ""))}
    if gone:
        return cast("Holder", to), {**forgotten, "state": "collected"}
    if to is not None and (to.kind, to.number) != (before.kind, before.number):
        raise MoveRefused(f"检查可用的设备应交还原持有人“{before.name}”", f"what was found and cleared goes back to {before.name}")
    return before, forgotten


def _remembered(holder: Holder) -> dict[str, str]:
    return {"held_before_kind": holder.kind, "held_before_number": holder.number, "held_before_name": holder.name}


def postings(session: Session, device_id: str) -> Sequence[DevicePosting]:
    """A device's whole life, the first event first."""
    return session.scalars(select(DevicePosting).where(DevicePosting.device_id == device_id).order_by(DevicePosting.step)).all()


def _last_event(session: Session, device: Device) -> str:
    return session.scalars(select(DevicePosting.event).where(DevicePosting.device_id == device.id).order_by(DevicePosting.step.desc()).limit(1)).first() or ""


def renumber_holder(session: Session, who: Who, old: str, new: str, today: date) -> None:
    """An enterprise has a new number: what it holds says so, each by a posting; so does what it had before a loss (二(二)).

    Raises: ChangedMeanwhile when somebody else moved one of its devices since it was read.
    """
    for row in held_by(session, "enterprise", old):
        held = Holder(row.holder_kind, row.holder_number, row.holder_name)
        values = {"holder_number": new, "steps": row.steps + 1, "last_on": max(row.last_on, today)}
        still = update(Device).where(Device.id == row.id, Device.steps == row.steps, Device.holder_kind == "enterprise", Device.holder_number == old)
        done = session.execute(still.values(values), execution_options={"synchronize_session": False})
        if cast("CursorResult[Any]", done).rowcount != 1:
            zh, en = rules.label(row.kind, row.serial)
            raise ChangedMeanwhile(f"{zh}刚刚被另一操作改动，请刷新后再试", f"{en} has just been changed by somebody else; read it again")
        session.refresh(row)
        _post(session, who, row, "renumber", row.last_on, row.state, held, "", f"{old} → {new}")
    before = update(Device).where(Device.held_before_kind == "enterprise", Device.held_before_number == old)
    session.execute(before.values(held_before_number=new), execution_options={"synchronize_session": False})


def _post(session: Session, who: Who, row: Device, event: str, day: date, from_state: str, held: Holder, case_id: str, note: str) -> None:
    session.add(posting(who, row, event, day, from_state, held, case_id, note))
    session.flush()
    audit.note(
        session, who, f"devices:device:{event}", "device", row.id, old={"state": from_state, "holder": held.number} if from_state else None,
        new=new_in_trail(row, day),
    )  # fmt: skip


def posting(who: Who, row: Device, event: str, day: date, from_state: str, held: Holder, case_id: str = "", note: str = "") -> DevicePosting:
    """The posting of an event by which the device has come to what it is now."""
    was = held if from_state else Holder("", "", "")
    return DevicePosting(
        id=new_id(), device_id=row.id, step=row.steps, event=event, day=day, from_state=from_state, to_state=row.state, from_kind=was.kind,
        from_number=was.number, from_name=was.name, to_kind=row.holder_kind, to_number=row.holder_number, to_name=row.holder_name,
        case_id=case_id or who.case_id, note=note, by_id=who.person_id, by_name=who.name, at=who.at,
    )  # fmt: skip


def new_in_trail(row: Device, day: date) -> dict[str, str]:
    """What the trail says of a device after an event."""
    return {"state": row.state, "holder": row.holder_number, "day": str(day)}


def _require(refusal: rules.Sentence | None) -> None:
    if refusal is not None:
        raise MoveRefused(*refusal)
