"""What reception hands over at the end of a day: the sign-in book, and of each enterprise its two hand-over sheets or why one is missing.

Source of all: Xicheng, 三(九).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices.model import Office
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeHandOver, UpgradeVisit
from records.upgrade.states import CAME

_OF_A_CLOSED_DAY = exists().where(UpgradeHandOver.office_code == UpgradeVisit.office_code, UpgradeHandOver.day == UpgradeVisit.day)


def require_count(sheets: int, each: int) -> int:
    """How many sheets of an enterprise are there, of so many that it has; raises UpgradeRefused for another number."""
    if not 0 <= sheets <= each:
        raise UpgradeRefused(f"交接单每户 {each} 份，收回份数应为 0 至 {each}（三(九)）", f"an enterprise has {each} sheets: 0 to {each} can be there (三(九))")
    return sheets


def of_day(session: Session, scope: str, day: date) -> Sequence[UpgradeVisit]:
    """The sign-in book of a day at an office and beneath it, by hall and ticket."""
    wanted = select(UpgradeVisit).where(UpgradeVisit.scope.startswith(scope, autoescape=True), UpgradeVisit.day == day)
    return session.scalars(wanted.order_by(UpgradeVisit.office_code, UpgradeVisit.ticket)).all()


def to_hand_over(session: Session, scope: str, day: date, *, case_id: str = "") -> Sequence[UpgradeVisit]:
    """Who signed in at a hall on a day and whose sheets were not handed over yet, nor are gathered by another case; with them whoever was still there
    when an earlier day was handed over. An earlier day that was not is not taken along: it has a book, and a case, of its own.
    """
    is_free = (UpgradeVisit.day_case == "") & or_(UpgradeVisit.day == day, _OF_A_CLOSED_DAY)
    wanted = select(UpgradeVisit).where(
        UpgradeVisit.scope == scope, UpgradeVisit.day <= day, UpgradeVisit.state.in_(CAME), UpgradeVisit.hand_over_id.is_(None),
        or_(is_free, UpgradeVisit.day_case == case_id) if case_id else is_free,
    )  # fmt: skip
    return session.scalars(wanted.order_by(UpgradeVisit.day, UpgradeVisit.ticket)).all()


def unclosed(session: Session, last: date) -> Sequence[tuple[str, date, bool]]:
    """Halls and days, up to a day, with somebody whom no case has gathered; or, where that day was handed over (then True), who has gone since."""
    wanted = select(UpgradeVisit.office_code, UpgradeVisit.day, _OF_A_CLOSED_DAY).distinct().where(
        UpgradeVisit.day <= last, UpgradeVisit.state.in_(CAME), UpgradeVisit.hand_over_id.is_(None), UpgradeVisit.day_case == "",
        or_(UpgradeVisit.left_at.is_not(None), ~_OF_A_CLOSED_DAY),
    )  # fmt: skip
    return [(code, day, is_closed) for code, day, is_closed in session.execute(wanted) if day is not None]


def book(session: Session, made: UpgradeHandOver) -> Sequence[UpgradeVisit]:
    """The sign-in book that is handed over with a day; whoever signed in after the book of an earlier day had gone stands in the one his sheets go with."""
    own = select(UpgradeHandOver.at).where(UpgradeHandOver.office_code == UpgradeVisit.office_code, UpgradeHandOver.day == UpgradeVisit.day).scalar_subquery()
    late = select(UpgradeVisit).where(UpgradeVisit.hand_over_id == made.id, UpgradeVisit.day < made.day, or_(own.is_(None), own < UpgradeVisit.signed_in_at))
    return [*session.scalars(late.order_by(UpgradeVisit.day, UpgradeVisit.ticket)), *of_day(session, made.scope, made.day)]


def gather(session: Session, scope: str, day: date, case_id: str) -> Sequence[UpgradeVisit]:
    """Takes the visits whose sheets this case will hand over; no other case takes them."""
    found = session.scalars(
        select(UpgradeVisit).where(UpgradeVisit.id.in_([one.id for one in to_hand_over(session, scope, day, case_id=case_id)])).with_for_update()
    ).all()
    taken = [row for row in found if row.hand_over_id is None and row.day_case in ("", case_id)]
    for row in taken:
        row.day_case = case_id
    session.flush()
    return sorted(taken, key=lambda row: (row.day or day, row.ticket or 0))


def hand_over_of(session: Session, office_code: str, day: date) -> UpgradeHandOver | None:
    """What a hall handed over for a day; None as long as it has not."""
    return session.scalars(select(UpgradeHandOver).where(UpgradeHandOver.office_code == office_code, UpgradeHandOver.day == day)).one_or_none()


def hand_over(
    session: Session, who: Who, scope: str, day: date, received_by: Who, *, case_id: str, each: int, sheets: Mapping[str, int], because: Mapping[str, str]
) -> UpgradeHandOver:
    """The department has received the book and the sheets that it counted: of `sheets` by visit so many of `each`, with the reason where one is missing.

    Whoever is still at a station, or has left since reception listed the sheets, is handed over with a later day. Raises UpgradeRefused for what was
    handed over before, and for a missing sheet without a reason.
    """
    office = session.scalars(select(Office).where(Office.scope == scope).with_for_update()).one()
    if hand_over_of(session, office.code, day) is not None:
        raise UpgradeRefused(f"{day} 的签到簿和交接单已经移交，不能再次移交（三(九)）", f"the book and the sheets of {day} were handed over before (三(九))")
    gathered = gather(session, scope, day, case_id)
    counted = [row for row in gathered if row.id in sheets and row.state != "signed_in"]
    if lacking := [row for row in counted if require_count(sheets[row.id], each) < each and not because.get(row.id, "").strip()]:
        named = "、".join(row.enterprise_name for row in lacking)
        raise UpgradeRefused(f"{named}：交接单不足 {each} 份，请写明原因（三(九)）", f"{named}: fewer than {each} sheets, and no reason (三(九))")
    made = UpgradeHandOver(
        id=new_id(), office_code=office.code, office_name=office.name, scope=scope, day=day, enterprises=len(counted), sheets=sum(sheets[row.id] for row in counted),
        missing=[_missing(row, each, sheets, because) for row in counted if sheets[row.id] < each], handed_by=who.person_id, handed_by_name=who.name,
        received_by=received_by.person_id, received_by_name=received_by.name, at=received_by.at, case_id=case_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    for row in gathered:
        if row in counted:
            row.sheets, row.sheets_because, row.hand_over_id = sheets[row.id], because.get(row.id, "").strip(), made.id
        else:
            row.day_case = ""  # the case of another day gathers it
    session.flush()
    audit.note(session, received_by, "upgrade:day:handed_over", "upgrade_hand_over", made.id, new={"day": str(day), "enterprises": made.enterprises, "sheets": made.sheets})
    return made


def _missing(row: UpgradeVisit, each: int, sheets: Mapping[str, int], because: Mapping[str, str]) -> dict[str, str | int]:
    return {
        "number": row.taxpayer_number, "name": row.enterprise_name, "missing": each - sheets[row.id], "because": because.get(row.id, "").strip(),
    }  # fmt: skip
