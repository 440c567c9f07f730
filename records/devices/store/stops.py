"""The stop list: serials that nobody sells, issues or writes from the moment of the report, until they are found.

Source of all: Xi'an 2002-119, 二(五).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.devices import kinds, rules
from records.devices.errors import ChangedMeanwhile, StoppedAlready, StopRefused
from records.devices.holders import NOBODY, Holder
from records.devices.model import Device, StopEntry
from records.devices.store.devices import known, move, serial_of
from records.devices.store.stopped import entry_of, hold_serial, require_not_stopped
from records.offices.model import Office
from records.rows_made import inserted
from records.taxpayers.model import Taxpayer, TaxpayerLimit

__all__ = [
    "entries_of_case", "entry", "entry_of", "holder_of_entry", "listed_of", "lost_by", "month", "note_key_change", "put_on", "put_on_unknown", "require_not_stopped", "take_off",
]  # fmt: skip


def entry(session: Session, entry_id: str) -> StopEntry:
    """The entry with this identifier; raises StopRefused."""
    found = session.get(StopEntry, entry_id)
    if found is None:
        raise StopRefused(f"停用名单上没有标识为“{entry_id}”的记录", f"there is no entry “{entry_id}” on the stop list")
    return found


def entries_of_case(session: Session, case_id: str) -> Sequence[StopEntry]:
    """What a case has put on the list, the first first."""
    return session.scalars(select(StopEntry).where(StopEntry.case_id == case_id).order_by(StopEntry.id)).all()


def holder_of_entry(session: Session, entry: StopEntry) -> Holder:
    """Whose the serial is today: an enterprise that has another number or name since the report bears the present one.

    A device remembers whose it was, and a change of the number follows there; the entry itself keeps what was reported. Source: Xi'an 2002-119, 二(二), 二(五).
    """
    device = session.get(Device, entry.device_id, populate_existing=True) if entry.device_id else None
    before = Holder(device.held_before_kind, device.held_before_number, device.held_before_name) if device is not None else NOBODY
    whose = before if before.number else Holder(entry.holder_kind, entry.taxpayer_number, entry.taxpayer_name)
    if whose.kind != "enterprise":
        return whose
    own = session.scalars(select(Taxpayer).where(Taxpayer.number == whose.number)).one_or_none() or _formerly(session, whose.number)
    return Holder("enterprise", own.number, own.name) if own is not None else whose


def _formerly(session: Session, number: str) -> Taxpayer | None:
    """The taxpayer that had this number when a limit was granted to it: limits keep the number of their day."""
    wanted = select(Taxpayer).join(TaxpayerLimit, TaxpayerLimit.taxpayer_id == Taxpayer.id).where(TaxpayerLimit.taxpayer_number == number)
    return session.scalars(wanted.order_by(Taxpayer.id).limit(1)).first()


def lost_by(session: Session, holder: Holder, of_kinds: Sequence[str]) -> Sequence[StopEntry]:
    """What one holder has reported lost of these kinds, the newest entry of each serial, the last reported first; found meanwhile or not."""
    wanted = select(StopEntry).where(StopEntry.holder_kind == holder.kind, StopEntry.taxpayer_number == holder.number, StopEntry.kind.in_([str(one) for one in of_kinds]))
    newest: dict[tuple[str, str], StopEntry] = {}
    for entry in session.scalars(wanted.order_by(StopEntry.reported_on.desc(), StopEntry.id.desc())):
        newest.setdefault((entry.kind, entry.serial), entry)
    return list(newest.values())


def note_key_change(session: Session, who: Who, entry: StopEntry, number: str, state: str) -> None:
    """Leaves with an entry what became of the key of its card: reported under a number, decided, changed.

    Source: Xi'an 2002-119, 三(三)5(3).
    """
    audit.note(session, who, "devices:stop:key_change", "stop_entry", entry.id, new={"key_change": number, "state": state})


def listed_of(session: Session, holder_kind: str, number: str) -> Sequence[StopEntry]:
    """What stands on the stop list and is a holder's, by kind and serial; an enterprise's under each number it has had since the report."""
    own = select(TaxpayerLimit.taxpayer_number).join(Taxpayer, Taxpayer.id == TaxpayerLimit.taxpayer_id).where(Taxpayer.number == number)
    followed = (Device.held_before_kind == holder_kind) & (Device.held_before_number == number)
    wanted = select(StopEntry).outerjoin(Device, Device.id == StopEntry.device_id).where(
        StopEntry.holder_kind == holder_kind, StopEntry.state == "listed",
        (StopEntry.taxpayer_number == number) | followed | ((StopEntry.holder_kind == "enterprise") & StopEntry.taxpayer_number.in_(own)),
    )  # fmt: skip
    return session.scalars(wanted.order_by(StopEntry.kind, StopEntry.serial)).all()


def put_on(
    session: Session, who: Who, device: Device, because: str, *, lost_on: date, reported_on: date, today: date, office: Office,
    holder: Holder | None = None, case_id: str = "",
) -> StopEntry:  # fmt: skip
    """A device is reported lost or stolen: on the list at once, and lost in the books where that was not posted yet.

    `office` is in whose area it was at the report; `holder` whose it was, else whoever held it last. Raises StoppedAlready for a second
    report, StopRefused for one after its destruction or for days that cannot be. Source: Xi'an 2002-119, 二(五).
    """
    zh, en = rules.label(device.kind, device.serial)
    if device.state == "destroyed":
        raise StopRefused(f"{zh}已于 {device.last_on} 销毁，不能再报失（四4）", f"{en} was destroyed on {device.last_on} and cannot be lost any more (四4)")
    if device.state == "lost":
        whose = holder or Holder(device.held_before_kind, device.held_before_number, device.held_before_name)
    else:
        whose = holder or Holder(device.holder_kind, device.holder_number, device.holder_name)
    made = _put(session, who, device.kind, device.serial, device.id, because, lost_on, reported_on, today, office, whose, case_id)
    if device.state != "lost":
        move(session, who, device, "report_loss", today, case_id=case_id, note=kinds.REASONS[because][0])
    return made


def put_on_unknown(
    session: Session, who: Who, kind: str, serial: str, because: str, *, lost_on: date, reported_on: date, today: date, office: Office,
    holder: Holder, case_id: str = "",
) -> StopEntry:  # fmt: skip
    """The same of a device that is not in the books, for instance of an enterprise that was enrolled before they began. Raises StopRefused
    where it is in the books: then it is reported as the device that it is.
    """
    hold_serial(session, str(kinds.Kind(kind)), serial_of(serial))
    if known(session, kind, serial) is not None:
        zh, en = rules.label(kind, serial_of(serial))
        raise StopRefused(f"{zh}在账上，应按账上的设备报失", f"{en} is in the books and is reported as what stands there")
    return _put(session, who, kind, serial_of(serial), None, because, lost_on, reported_on, today, office, holder, case_id)


def _put(
    session: Session, who: Who, kind: str, serial: str, device_id: str | None, because: str, lost_on: date, reported_on: date, today: date,
    office: Office, holder: Holder, case_id: str,
) -> StopEntry:  # fmt: skip
    if because not in kinds.REASONS:
        raise StopRefused(f"原因应为丢失或被盗，但填写的是“{because}”", f"a device is lost or stolen, but “{because}” was given")
    if (refusal := rules.loss_refusal(lost_on, reported_on, today)) is not None:
        raise StopRefused(*refusal)
    entry_id, case = new_id(), case_id or who.case_id
    made = inserted(session, StopEntry, {
        "id": entry_id, "kind": str(kinds.Kind(kind)), "serial": serial, "device_id": device_id, "because": because, "lost_on": lost_on,
        "reported_on": reported_on, "holder_kind": holder.kind, "taxpayer_number": holder.number, "taxpayer_name": holder.name,
        "office_code": office.code, "office_name": office.name, "scope": office.scope, "case_id": case, "state": "listed",
        "put_on_by": who.person_id, "put_on_at": who.at,
    })  # fmt: skip
    if not made:
        there = entry_of(session, kind, serial)
        zh, en = rules.label(kind, serial)
        since = there.reported_on if there is not None else ""
        raise StoppedAlready(
            f"{zh}已于 {since} 报失，在停用名单上，不能重复报失（市国税发〔2002〕119号二(五)）",
            f"{en} was reported lost on {since} and is on the stop list already (Xi'an 2002-119, 二(五))",
        )
    audit.note(session, who, "devices:stop:put_on", "stop_entry", entry_id, new={"kind": kind, "serial": serial, "because": because, "case": case})
    return entry(session, entry_id)


def take_off(session: Session, who: Who, entry: StopEntry, because: str, today: date) -> StopEntry:
    """A serial comes off the list: the device was found, or the report was a mistake. Raises StopRefused, ChangedMeanwhile.

    Source: Xi'an 2002-119, 二(五).
    """
    zh, en = rules.label(entry.kind, entry.serial)
    if not because.strip():
        raise StopRefused("解除停用应写明原因", "say why the serial comes off the stop list")
    if entry.state != "listed":
        raise StopRefused(f"{zh}已于 {entry.lifted_on} 解除停用", f"{en} came off the stop list on {entry.lifted_on}")
    held = session.get(Device, entry.device_id) if entry.device_id else None
    if held is not None and held.state == "lost":
        raise StopRefused(f"{zh}尚未找回，不能解除停用（二(五)）", f"{en} is still lost and stays on the stop list (二(五))")
    session.flush()
    done = session.execute(
        update(StopEntry).where(StopEntry.id == entry.id, StopEntry.state == "listed").values(
            state="lifted", lifted_on=today, lifted_because=because.strip(), lifted_by=who.person_id),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise ChangedMeanwhile(f"{zh}的停用记录刚刚被另一操作改动，请刷新后再试", f"the entry of {en} has just been changed by somebody else")
    session.refresh(entry)
    audit.note(session, who, "devices:stop:taken_off", "stop_entry", entry.id, old={"state": "listed"}, new={"state": "lifted", "because": because.strip()})
    return entry


def month(session: Session, scope: str, month: str, kinds: Sequence[str] = ()) -> Sequence[StopEntry]:
    """What was reported lost beneath an office in a month `2002-05`, found meanwhile or not, by day and serial.

    Source: Xi'an 2002-119, 四3.
    """
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    wanted = select(StopEntry).where(StopEntry.scope.startswith(scope, autoescape=True), StopEntry.reported_on >= first, StopEntry.reported_on < after)
    if kinds:
        wanted = wanted.where(StopEntry.kind.in_([str(kind) for kind in kinds]))
    return session.scalars(wanted.order_by(StopEntry.reported_on, StopEntry.kind, StopEntry.serial, StopEntry.id)).all()
