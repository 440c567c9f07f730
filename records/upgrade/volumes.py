"""Which invoices of an enterprise in the hall are out of its card: rows of 退票 and 回购 that nobody changes; a volume is in one place.

Source of all: Xicheng, 三(二)4, 三(三), 三(七).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit, UpgradeVolume
from records.upgrade.rules import Range, overlap, ranges_of, without, words


def book_refund(session: Session, who: Who, visit: UpgradeVisit, volumes: Iterable[Mapping[str, Any]], at: datetime, *, because: str = "") -> list[UpgradeVolume]:
    """The issuance post has read what the enterprise gave back, and keeps it (退票). Source: Xicheng, 三(三).

    Raises UpgradeRefused for invoices that are out already; for those that the office holds from another visit, unless it is said how they came
    onto a card again [chosen].
    """
    _hold(session, visit)
    wanted = _read(volumes)
    if (twice := overlap([*out(session, visit), *wanted])) is not None:
        raise UpgradeRefused(f"发票 {words([twice])} 已经退回，一张发票只能退一次（三(三)）", f"{words([twice])} was given back already (三(三))")
    held = held_of(session, wanted)
    if held and not because.strip():
        raise UpgradeRefused(
            f"发票 {words(held)} 账上已由税务机关留存，不应还在企业卡内，请查明并写明怎样又到了企业（三(三)）",
            f"the office holds {words(held)} by its books: find out how it came onto the card again, and say so (三(三))",
        )
    return _book(session, who, visit, "refund", wanted, at, because.strip(), of=held)


def held_of(session: Session, wanted: Sequence[Range]) -> list[Range]:
    """Which of these invoices the office holds by its books, from whatever visit: given back, or kept, and not bought back since."""
    held: list[Range] = []
    for code, low, high in wanted:
        rows = session.execute(
            select(UpgradeVolume.direction, UpgradeVolume.number_from, UpgradeVolume.number_to)
            .where(UpgradeVolume.code == code, UpgradeVolume.number_from <= f"{high:08d}", UpgradeVolume.number_to >= f"{low:08d}")
            .order_by(UpgradeVolume.at, UpgradeVolume.visit_id, UpgradeVolume.place)
        )  # fmt: skip
        there: list[Range] = []
        for direction, first, last in rows:
            one = (code, max(int(first), low), min(int(last), high))
            there = without(there, [one]) if direction == "buy_back" else without([*there, one], [])
        held += there
    return held


def book_buy_back(session: Session, who: Who, visit: UpgradeVisit, volumes: Iterable[Mapping[str, Any]], at: datetime) -> list[UpgradeVolume]:
    """The enterprise has bought back what it had given back (回购). Raises UpgradeRefused for invoices that are not out. Source: Xicheng, 三(七)."""
    _hold(session, visit)
    wanted = _read(volumes)
    if (twice := overlap(wanted)) is not None:
        raise UpgradeRefused(f"发票 {words([twice])} 列了两次", f"{words([twice])} is listed twice")
    if strange := without(wanted, out(session, visit)):
        raise UpgradeRefused(f"发票 {words(strange)} 不在该企业退回的发票之内，不能回购（三(七)）", f"{words(strange)} was not given back by this enterprise (三(七))")
    return _book(session, who, visit, "buy_back", wanted, at)


def keep(session: Session, who: Who, visit: UpgradeVisit, at: datetime, because: str) -> list[UpgradeVolume]:
    """What is out stays at the office, for a reason. [chosen] Source: Xicheng, 三(七)."""
    _hold(session, visit)
    if not because.strip():
        raise UpgradeRefused("发票留存税务机关应写明原因", "invoices are kept by the office with a reason")
    there = out(session, visit)
    return _book(session, who, visit, "kept", there, at, because.strip(), of=there)


def out(session: Session, visit: UpgradeVisit) -> list[Range]:
    """What was given back and has neither come back nor is noted as kept."""
    rows = session.execute(
        select(UpgradeVolume.direction, UpgradeVolume.code, UpgradeVolume.number_from, UpgradeVolume.number_to)
        .where(UpgradeVolume.visit_id == visit.id).order_by(UpgradeVolume.place)
    )  # fmt: skip
    there: list[Range] = []
    for direction, code, first, last in rows:
        one = (code, int(first), int(last))
        there = without([*there, one], []) if direction == "refund" else without(there, [one])
    return there


def require_balanced(session: Session, visit: UpgradeVisit) -> None:
    """Whoever leaves has back what it gave back, or the office notes that it keeps it; raises UpgradeRefused. Source: Xicheng, 三(七)."""
    if left := out(session, visit):
        raise UpgradeRefused(
            f"“{visit.enterprise_name}”退回的发票 {words(left)} 还没有回购，也没有记为税务机关留存（三(七)）",
            f"{words(left)} of {visit.enterprise_name} was given back and has neither come back nor is kept (三(七))",
        )


def volumes_of(session: Session, visit: UpgradeVisit) -> Sequence[UpgradeVolume]:
    """All that left and came back, in its order."""
    return session.scalars(select(UpgradeVolume).where(UpgradeVolume.visit_id == visit.id).order_by(UpgradeVolume.place)).all()


def _hold(session: Session, visit: UpgradeVisit) -> None:
    row = session.get_one(UpgradeVisit, visit.id, with_for_update=True, populate_existing=True)
    if row.state != "signed_in":
        raise UpgradeRefused(f"“{row.enterprise_name}”不在升级现场，不能登记退票、回购", f"{row.enterprise_name} is not in the hall: nothing is booked")


def _read(volumes: Iterable[Mapping[str, Any]]) -> list[Range]:
    try:
        return ranges_of(volumes)
    except (KeyError, TypeError, ValueError) as wrong:
        raise UpgradeRefused(f"发票的代码、起止号码或张数不对：{wrong}", f"code, numbers or count of a volume are wrong: {wrong}") from wrong


def _book(session: Session, who: Who, visit: UpgradeVisit, direction: str, wanted: Sequence[Range], at: datetime, why: str = "", *, of: Sequence[Range] = ()) -> list[UpgradeVolume]:
    """`why` stands with the rows of which something is among `of`."""
    last_place = session.scalar(select(func.max(UpgradeVolume.place)).where(UpgradeVolume.visit_id == visit.id)) or 0
    made = [
        UpgradeVolume(
            id=new_id(), visit_id=visit.id, place=place, direction=direction, code=code, number_from=f"{first:08d}", number_to=f"{last:08d}", count=last - first + 1, words=why if overlap([(code, first, last), *of]) else "",
            by_id=who.person_id, by_name=who.name, at=at,
        ) for place, (code, first, last) in enumerate(wanted, last_place + 1)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    if made:
        audit.note(session, who, f"upgrade:volume:{direction}", "upgrade_visit", visit.id, new={"volumes": words(wanted), **({"because": why} if why and of else {})})
    return made
