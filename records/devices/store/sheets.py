"""Collected devices go up level by level on sheets, each confirmed by its receiver, until the province lists and destroys them.

Source of all: Xi'an 2002-119, 四4.
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
from records.devices import rules, states
from records.devices.errors import ChangedMeanwhile, SheetRefused
from records.devices.holders import office as as_holder
from records.devices.model import Device, HandUpLine, HandUpSheet
from records.devices.store.devices import move
from records.offices.model import Office
from records.rows_made import inserted

DESTROYS = "province"  # the level at which devices are registered and destroyed together


def sheet(session: Session, sheet_id: str) -> HandUpSheet:
    """The sheet or list with this identifier; raises SheetRefused."""
    found = session.get(HandUpSheet, sheet_id)
    if found is None:
        raise SheetRefused(f"没有标识为“{sheet_id}”的上交清单", f"there is no hand-up sheet “{sheet_id}”")
    return found


def lines(session: Session, sheet_id: str) -> Sequence[HandUpLine]:
    """The devices of a sheet in their order."""
    return session.scalars(select(HandUpLine).where(HandUpLine.sheet_id == sheet_id).order_by(HandUpLine.place)).all()


def devices_of(session: Session, sheet_id: str) -> Sequence[Device]:
    """The devices of a sheet as they are now, in its order."""
    wanted = select(Device).join(HandUpLine, HandUpLine.device_id == Device.id).where(HandUpLine.sheet_id == sheet_id)
    return session.scalars(wanted.order_by(HandUpLine.place)).all()


def open_of(session: Session, office_code: str) -> HandUpSheet | None:
    """The sheet of an office that its receiver has not confirmed yet; None for none."""
    return session.scalars(select(HandUpSheet).where(HandUpSheet.from_office_code == office_code, HandUpSheet.state == "open")).one_or_none()


def open_sheet(
    session: Session, who: Who, from_office: Office, to_office: Office, devices: Sequence[Device], today: date, number: str, *,
    most: int | None = None, case_id: str = "",
) -> HandUpSheet:  # fmt: skip
    """Collected devices are sent to the office directly above; `most` on one sheet, and one sheet of an office at a time is under way.

    Raises: SheetRefused, MoveRefused. Source: Xi'an 2002-119, 四4.
    """
    if to_office.id != from_office.parent_id:
        raise SheetRefused(f"收缴的设备应逐级上交，{from_office.name}的上级不是{to_office.name}（四4）", f"{to_office.name} is not the office directly above {from_office.name} (四4)")
    _require_at(from_office, devices, most)
    values = {"purpose": "hand_up", "to_office_code": to_office.code, "to_office_name": to_office.name, "state": "open"}
    made = _open(session, who, from_office, devices, today, number, case_id, values)
    for one in devices:
        move(session, who, one, "send_up", today, case_id=case_id, note=number)
    return made


def confirm(session: Session, who: Who, sheet: HandUpSheet, today: date, *, case_id: str = "") -> HandUpSheet:
    """The receiver confirms: the devices are with it. What was lost on the way stays lost. Whoever sent it does not confirm it.

    Raises: SheetRefused, ChangedMeanwhile. Source: Xi'an 2002-119, 四4.
    """
    _close(session, who, sheet, "confirm", today)
    receiver = session.scalars(select(Office).where(Office.code == sheet.to_office_code)).one()
    for one in devices_of(session, sheet.id):
        if one.state == "sent_up":
            move(session, who, one, "confirm", today, to=as_holder(receiver), case_id=case_id, note=sheet.number)
    return sheet


def decline(session: Session, who: Who, sheet: HandUpSheet, reason: str, today: date, *, case_id: str = "") -> HandUpSheet:
    """The receiver declines the whole sheet, with the reason: the devices stay with the sender, who may send them anew.

    Raises: SheetRefused, ChangedMeanwhile. Source: Xi'an 2002-119, 四4.
    """
    if not reason.strip():
        raise SheetRefused("拒绝接收应写明原因", "say why the sheet is declined")
    _close(session, who, sheet, "decline", today, reason.strip())
    for one in devices_of(session, sheet.id):
        if one.state == "sent_up":
            move(session, who, one, "decline_receipt", today, case_id=case_id, note=reason.strip())
    return sheet


def open_destruction(
    session: Session, who: Who, office: Office, devices: Sequence[Device], today: date, number: str, *, most: int | None = None, case_id: str = "",
) -> HandUpSheet:  # fmt: skip
    """The province lists what it will destroy; the list stands before anything is destroyed. Raises SheetRefused, MoveRefused.

    Source: Xi'an 2002-119, 四4.
    """
    if office.level != DESTROYS:
        raise SheetRefused(f"收缴的设备由省级税务机关统一销毁，{office.name}不是省级机关（四4）", f"devices are destroyed by the province, which {office.name} is not (四4)")
    _require_at(office, devices, most)
    made = _open(session, who, office, devices, today, number, case_id, {"purpose": "destruction", "state": "listed"})
    for one in devices:
        move(session, who, one, "list_for_destruction", today, case_id=case_id, note=number)
    return made


def destroy(session: Session, who: Who, sheet: HandUpSheet, today: date, *, case_id: str = "") -> HandUpSheet:
    """Everything on the list is destroyed, before somebody else than whoever listed it. Raises SheetRefused, ChangedMeanwhile.

    Source: Xi'an 2002-119, 四4.
    """
    _close(session, who, sheet, "destroy", today)
    for one in devices_of(session, sheet.id):
        if one.state == "listed":
            move(session, who, one, "destroy", today, case_id=case_id, note=sheet.number)
    return sheet


def withdraw_destruction(session: Session, who: Who, sheet: HandUpSheet, reason: str, today: date, *, case_id: str = "") -> HandUpSheet:
    """The list is given up before anything was destroyed: its devices are collected ones again. Raises SheetRefused, ChangedMeanwhile."""
    if not reason.strip():
        raise SheetRefused("撤回销毁清册应写明原因", "say why the list is withdrawn")
    _close(session, who, sheet, "withdraw", today, reason.strip())
    for one in devices_of(session, sheet.id):
        if one.state == "listed":
            move(session, who, one, "strike_off", today, case_id=case_id, note=reason.strip())
    return sheet


def _require_at(office: Office, devices: Sequence[Device], most: int | None) -> None:
    if not devices:
        raise SheetRefused("清单上至少应有一台设备", "a sheet names at least one device")
    if most is not None and len(devices) > most:
        raise SheetRefused(f"一张清单最多列 {most} 台设备，但有 {len(devices)} 台", f"a sheet holds at most {most} devices, but there are {len(devices)}")
    seen = set[str]()
    for one in devices:
        zh, en = rules.label(one.kind, one.serial)
        if one.id in seen:
            raise SheetRefused(f"{zh}在清单上出现了两次", f"{en} stands on the sheet twice")
        seen.add(one.id)
        if (one.holder_kind, one.holder_number) != ("office", office.code):
            raise SheetRefused(f"{zh}不在{office.name}，现由“{one.holder_name}”持有", f"{en} is not at {office.name} but with {one.holder_name}")


def _open(session: Session, who: Who, office: Office, devices: Sequence[Device], today: date, number: str, case_id: str, values: dict[str, Any]) -> HandUpSheet:
    sheet_id = new_id()
    made = inserted(session, HandUpSheet, {
        "id": sheet_id, "number": number, "from_office_code": office.code, "from_office_name": office.name, "from_scope": office.scope,
        "count": len(devices), "case_id": case_id or who.case_id, "opened_on": today, "opened_by": who.person_id, "opened_by_name": who.name, **values,
    })  # fmt: skip
    if not made:
        there = open_of(session, office.code)
        if there is None:
            raise SheetRefused(f"文号“{number}”已用于另一张清单", f"the number {number} is borne by another sheet already")
        raise SheetRefused(f"{office.name}的上交清单“{there.number}”尚未确认接收，不能再开一张", f"the sheet {there.number} of {office.name} is not confirmed yet")
    session.add_all(HandUpLine(sheet_id=sheet_id, place=at, device_id=one.id, kind=one.kind, serial=one.serial) for at, one in enumerate(devices, 1))
    session.flush()
    audit.note(session, who, f"devices:sheet:{values['purpose']}", "hand_up_sheet", sheet_id, new={"number": number, "count": len(devices)})
    return sheet(session, sheet_id)


def _close(session: Session, who: Who, row: HandUpSheet, event: str, today: date, reason: str = "") -> None:
    after = states.following(states.SHEET, row.state, event)
    if after is None:
        now, now_en = states.name("sheet", row.state), states.name("sheet", row.state, "en")
        raise SheetRefused(f"清单“{row.number}”{now}，不能再办理", f"the sheet {row.number} is {now_en}: nothing more is done with it")
    if event != "withdraw" and who.person_id == row.opened_by:
        raise SheetRefused(f"清单“{row.number}”由您开出，应由另一人{'监销' if event == 'destroy' else '接收'}（四4）", f"you opened the sheet {row.number}: somebody else closes it (四4)")
    before = row.state
    values = {"state": after, "closed_on": today, "closed_by": who.person_id, "closed_by_name": who.name, "reason": reason}
    session.flush()
    done = session.execute(
        update(HandUpSheet).where(HandUpSheet.id == row.id, HandUpSheet.state == before).values(values), execution_options={"synchronize_session": False},
    )  # fmt: skip
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise ChangedMeanwhile(f"清单“{row.number}”刚刚被另一操作改动，请刷新后再试", f"the sheet {row.number} has just been changed by somebody else")
    session.refresh(row)
    audit.note(session, who, f"devices:sheet:{event}", "hand_up_sheet", row.id, old={"state": before}, new={"state": after, "reason": reason})
