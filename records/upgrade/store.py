"""Visits to the upgrade hall: made ready, signed in with the ticket of the day, ended. Every change leaves its row in the trail.

Source of all: Xicheng, 二, 三(一)1, 三(八).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clock import legal_date
from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices.levels import ancestors
from records.offices.model import Office
from records.taxpayers.model import Taxpayer
from records.upgrade import volumes
from records.upgrade.days import book, gather, hand_over, hand_over_of, of_day, to_hand_over
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import OPEN, following, name
from records.upgrade.volumes import book_buy_back, book_refund, held_of, keep, out, require_balanced

__all__ = [
    "book", "book_buy_back", "book_refund", "break_off", "drop", "gather", "hand_over", "hand_over_of", "held_of", "keep", "leave", "make_ready", "of_day", "out", "ready_ones",
    "require_balanced", "sign_in", "to_hand_over", "visit", "visit_of",
]  # fmt: skip


def make_ready(
    session: Session, who: Who, taxpayer: Taxpayer, tax_office: str, prepared: Mapping[str, Any], today: date, *, case_id: str = ""
) -> UpgradeVisit:
    """An enterprise whose preparation is whole may come to the hall of the district of its tax office; `prepared` are the figures of the preparation.

    Raises UpgradeRefused where it is ready or in the hall already. Source: Xicheng, 二.
    """
    session.scalars(select(Taxpayer.id).where(Taxpayer.id == taxpayer.id).with_for_update()).one()
    if (there := visit_of(session, taxpayer.number)) is not None:
        raise UpgradeRefused(f"“{taxpayer.name}”已是“{name(there.state)}”，不用再登记", f"{taxpayer.name} is {name(there.state, 'en')} already")
    hall = _hall(session, tax_office)
    row = UpgradeVisit(
        id=new_id(), office_code=hall.code, scope=hall.scope, taxpayer_id=taxpayer.id, taxpayer_number=taxpayer.number, enterprise_name=taxpayer.name, tax_office=tax_office,
        state="ready", ready_on=today, prepared=dict(prepared), preparation_case=case_id or who.case_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "upgrade:visit:made_ready", "upgrade_visit", row.id, new={"number": row.taxpayer_number, "on": str(today)})
    return row


def ready_ones(session: Session, scope: str) -> Sequence[UpgradeVisit]:
    """Who may sign in at the hall of an office, or of one beneath it, the longest ready first."""
    wanted = select(UpgradeVisit).where(UpgradeVisit.scope.startswith(scope, autoescape=True), UpgradeVisit.state == "ready")
    return session.scalars(wanted.order_by(UpgradeVisit.ready_on, UpgradeVisit.id)).all()


def visit_of(session: Session, number: str) -> UpgradeVisit | None:
    """The visit of a taxpayer that is ready or in the hall; None for none."""
    wanted = select(UpgradeVisit).join(Taxpayer, Taxpayer.id == UpgradeVisit.taxpayer_id).where(Taxpayer.number == number, UpgradeVisit.state.in_(OPEN))
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def visit(session: Session, visit_id: str) -> UpgradeVisit:
    """The visit with this identifier; raises UpgradeRefused."""
    if (row := session.get(UpgradeVisit, visit_id)) is None:
        raise UpgradeRefused("没有这条签到记录", "there is no such visit")
    return row


def sign_in(session: Session, who: Who, visit: UpgradeVisit, person_name: str, at: datetime, *, case_id: str = "") -> int:
    """The enterprise stands at reception and writes name and time into the book; its ticket, the next of the hall's day. Source: Xicheng, 三(一)1."""
    if not person_name.strip():
        raise UpgradeRefused("签到簿上应签注到场人员姓名（三(一)1）", "the name of whoever came is written into the book (三(一)1)")
    day = legal_date(at)
    session.scalars(select(Office.id).where(Office.code == visit.office_code).with_for_update()).one()  # one ticket after the other
    last = session.scalar(select(func.max(UpgradeVisit.ticket)).where(UpgradeVisit.office_code == visit.office_code, UpgradeVisit.day == day))
    ticket = (last or 0) + 1
    _move(session, who, visit, "sign_in", day=day, ticket=ticket, person_name=person_name.strip(), signed_in_at=at, case_id=case_id or who.case_id)
    return ticket


def leave(session: Session, who: Who, visit: UpgradeVisit, at: datetime, sheets: int, sheets_because: str = "") -> UpgradeVisit:
    """The enterprise has its computer and leaves; of its two hand-over sheets so many are in the hands of reception, or why one is not. Source: Xicheng, 三(八)2, 三(九).

    Raises UpgradeRefused while a volume that was given back has not come back.
    """
    volumes.require_balanced(session, visit)
    return _move(session, who, visit, "leave", left_at=at, sheets=sheets, sheets_because=sheets_because.strip())


def break_off(session: Session, who: Who, visit: UpgradeVisit, at: datetime, because: str, *, kept_because: str = "", sheets: int = 0, sheets_because: str = "") -> UpgradeVisit:
    """The upgrade ends before it is done; what is out stays at the office, with the reason in `kept_because`. [chosen]

    Raises UpgradeRefused without a reason, or while a volume is out and none says why it is kept.
    """
    if not because.strip():
        raise UpgradeRefused("中止升级应写明原因", "an upgrade is broken off with a reason")
    if kept_because.strip():
        volumes.keep(session, who, visit, at, kept_because)
    volumes.require_balanced(session, visit)
    return _move(session, who, visit, "break_off", left_at=at, ended_because=because.strip(), sheets=sheets, sheets_because=sheets_because.strip())


def drop(session: Session, who: Who, visit: UpgradeVisit, at: datetime, because: str) -> UpgradeVisit:
    """A ready enterprise will not come, or is to be prepared anew; it can be made ready again. Raises UpgradeRefused for one in the hall. [chosen]"""
    return _move(session, who, visit, "drop", left_at=at, ended_because=because.strip())


def _hall(session: Session, code: str) -> Office:
    """The district of a tax office, in whose hall its enterprises are upgraded; the office itself where none is above it."""
    office = session.scalars(select(Office).where(Office.code == code)).one()
    above = {one.scope: one for one in session.scalars(select(Office).where(Office.scope.in_(ancestors(office.scope))))}
    return next((one for scope in ancestors(office.scope) if (one := above.get(scope)) is not None and one.level == "district"), office)


def _move(session: Session, who: Who, visit: UpgradeVisit, event: str, **values: Any) -> UpgradeVisit:
    row = session.get_one(UpgradeVisit, visit.id, with_for_update=True, populate_existing=True)
    if (target := following(row.state, event)) is None:
        raise UpgradeRefused(
            f"“{row.enterprise_name}”现在是“{name(row.state)}”，不能这样办理", f"{row.enterprise_name} is {name(row.state, 'en')}; that cannot be done now",
        )  # fmt: skip
    old = {key: getattr(row, key) for key in ("state", *values)}
    for key, value in {"state": target, **values}.items():
        setattr(row, key, value)
    session.flush()
    new = {"state": target, **values}
    audit.note(session, who, f"upgrade:visit:{event}", "upgrade_visit", row.id, old=_plain(old), new=_plain(new))
    return row


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in values.items()}
