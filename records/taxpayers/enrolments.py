"""Taxpayers in the anti-forgery system: applied, enrolled by the city's plan, in use, ended.

Source of all: Xi'an 2002-119, 二(一), 二(二).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, select, update
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices.model import Office
from records.rows_made import inserted
from records.taxpayers.errors import EnrolmentRefused
from records.taxpayers.model import Enrolment, Taxpayer
from records.taxpayers.store import taxpayer

TABLE: Mapping[tuple[str, str], str] = {  # (state, event) → state
    ("applied", "enrol"): "enrolled",
    ("applied", "end"): "ended",  # refused, or withdrawn
    ("enrolled", "put_in_use"): "in_use",
    ("enrolled", "end"): "ended",
    ("in_use", "end"): "ended",
}
NAMES = {"applied": ("申请中", "applied"), "enrolled": ("已纳入", "enrolled"), "in_use": ("已启用", "in use"), "ended": ("已终止", "ended")}

NOT_GRANTED = "not_granted"  # refused or withdrawn before the city included it: it never was in the system
STANDINGS = NAMES | {NOT_GRANTED: ("未予核定", "not granted")}


def standing(row: Enrolment) -> str:
    """What a register calls the enrolment: its state, and of one that ended before it began that it was not granted."""
    return NOT_GRANTED if row.state == "ended" and row.enrolled_on is None else row.state


def standing_of(row: type[Enrolment]) -> ColumnElement[str]:
    """The same in a query."""
    return case((and_(row.state == "ended", row.enrolled_on.is_(None)), NOT_GRANTED), else_=row.state)


def running(session: Session, number: str) -> Enrolment | None:
    """The enrolment of a taxpayer that has not ended; None for none."""
    wanted = select(Enrolment).join(Taxpayer, Taxpayer.id == Enrolment.taxpayer_id).where(Taxpayer.number == number, Enrolment.state != "ended")
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def enrolments(session: Session, number: str) -> Sequence[Enrolment]:
    """Every enrolment of a taxpayer, the first first."""
    wanted = select(Enrolment).join(Taxpayer, Taxpayer.id == Enrolment.taxpayer_id).where(Taxpayer.number == number)
    return session.scalars(wanted.order_by(Enrolment.id)).all()


def was_in_use(session: Session, number: str) -> bool:
    """Whether the system of a taxpayer was ever in use: whoever gave up before has bought nothing, and begins as one who never was in it.

    Source: Xi'an 2002-119, 二(一)1(4), 二(一)7.
    """
    return any(one.in_use_on is not None for one in enrolments(session, number))


def may_hold(session: Session, number: str) -> bool:
    """Whether an enterprise may hold devices: neither its registration nor its last enrolment has ended. Nothing has of one that is unknown."""
    row = session.scalars(select(Taxpayer).where(Taxpayer.number == number)).one_or_none()
    if row is not None and row.deregistered_on is not None:
        return False
    states = [one.state for one in enrolments(session, number)]
    return not states or states[-1] != "ended"


def apply(session: Session, who: Who, number: str, today: date, *, machines: int = 1, service_unit: str = "", case_id: str = "") -> Enrolment:
    """A taxpayer applies. Raises EnrolmentRefused while another application runs or it is enrolled; TaxpayerUnknown.

    Source: Xi'an 2002-119, 二(一)1.
    """
    return _begin(session, who, number, "applied", {"applied_on": today}, machines, service_unit, case_id)


def enrol(session: Session, who: Who, number: str, today: date, *, machines: int | None = None, service_unit: str = "", case_id: str = "") -> Enrolment:
    """The city includes the taxpayer by its plan: one that has applied, or one whose application was on paper alone.

    Raises: EnrolmentRefused, TaxpayerUnknown. Source: Xi'an 2002-119, 二(一)4.
    """
    row = running(session, number)
    if row is None:
        return _begin(session, who, number, "enrolled", {"enrolled_on": today}, machines or 1, service_unit, case_id)
    more: dict[str, Any] = {"machines": machines or row.machines, "service_unit": service_unit or row.service_unit}
    return _move(session, who, row, "enrol", {"enrolled_on": today, **more})


def put_in_use(session: Session, who: Who, number: str, today: date) -> Enrolment:
    """The system goes into use, from which day the ten days for old invoices count. Raises EnrolmentRefused.

    Source: Xi'an 2002-119, 二(一)7 and 8.
    """
    return _move(session, who, _running(session, number), "put_in_use", {"in_use_on": today})


def end_enrolment(session: Session, who: Who, number: str, today: date, because: str) -> Enrolment:
    """The enrolment ends: refused, withdrawn, or one of the grounds of deregistration. Raises EnrolmentRefused.

    Source: Xi'an 2002-119, 二(二)1-3.
    """
    if not because.strip():
        raise EnrolmentRefused("终止认定登记应写明原因（二(二)）", "say why the enrolment ends (二(二))")
    return _move(session, who, _running(session, number), "end", {"ended_on": today, "ended_because": because.strip()[:200]})


def set_machines(session: Session, who: Who, number: str, machines: int) -> Enrolment:
    """The number of billing machines changes; at least one is left. Raises EnrolmentRefused, also when somebody else has just changed it.

    Source: Xi'an 2002-119, 二(二)3.
    """
    row = _running(session, number)
    if machines < 1:
        raise EnrolmentRefused("开票机至少保留一台；全部停用应办理注销（二(二)）", "at least one machine is left; to end all is to deregister (二(二))")
    before = row.machines
    still = update(Enrolment).where(Enrolment.id == row.id, Enrolment.machines == before, Enrolment.state != "ended").values(machines=machines)
    if cast("CursorResult[Any]", session.execute(still, execution_options={"synchronize_session": False})).rowcount != 1:
        raise EnrolmentRefused("开票机台数刚刚被另一操作改动，请刷新后再试（二(二)3）", "the number of machines has just been changed by somebody else; read it again")
    session.refresh(row)
    audit.note(session, who, "taxpayers:enrolment:machines", "enrolment", row.id, old={"machines": before}, new={"machines": machines})
    return row


def _running(session: Session, number: str) -> Enrolment:
    row = running(session, number)
    if row is None:
        name = taxpayer(session, number).name
        raise EnrolmentRefused(f"“{name}”（{number}）未纳入防伪税控系统（市国税发〔2002〕119号二(一)4）", f"{name} ({number}) is not enrolled (Xi'an 2002-119, 二(一)4)")
    return row


def _begin(
    session: Session, who: Who, number: str, state: str, days: Mapping[str, Any], machines: int, service_unit: str, case_id: str
) -> Enrolment:
    owner = taxpayer(session, number)
    if owner.deregistered_on is not None:
        raise EnrolmentRefused(f"“{owner.name}”已于 {owner.deregistered_on} 注销税务登记", f"{owner.name} was deregistered on {owner.deregistered_on}")
    office = session.get(Office, owner.office_id) if owner.office_id else None
    if office is None:
        raise EnrolmentRefused(f"“{owner.name}”没有登记主管税务机关", f"no competent office is known of {owner.name}")
    enrolment_id = new_id()
    made = inserted(session, Enrolment, {
        "id": enrolment_id, "taxpayer_id": owner.id, "taxpayer_number": owner.number, "taxpayer_name": owner.name, "scope": office.scope,
        "machines": machines, "service_unit": service_unit, "state": state, "case_id": case_id or who.case_id, **days,
    })  # fmt: skip
    if not made:
        there = running(session, number)
        now, now_en = NAMES[there.state] if there is not None else ("办理中", "under way")
        raise EnrolmentRefused(
            f"“{owner.name}”{now}，不能重复申请（市国税发〔2002〕119号二(一)1）", f"{owner.name} is {now_en} already and cannot apply a second time (二(一)1)",
        )  # fmt: skip
    audit.note(session, who, f"taxpayers:enrolment:{state}", "enrolment", enrolment_id, new={"number": number, "machines": machines})
    row = session.get(Enrolment, enrolment_id)
    assert row is not None
    return row


def _move(session: Session, who: Who, row: Enrolment, event: str, values: Mapping[str, Any]) -> Enrolment:
    before, after = row.state, TABLE.get((row.state, event))
    if after is None:
        now, now_en = NAMES[before]
        raise EnrolmentRefused(f"“{row.taxpayer_name}”的认定登记{now}，不能这样办理", f"the enrolment of {row.taxpayer_name} is {now_en}, which does not allow this")
    session.flush()
    done = session.execute(
        update(Enrolment).where(Enrolment.id == row.id, Enrolment.state == before).values(state=after, **values),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise EnrolmentRefused(f"“{row.taxpayer_name}”的认定登记刚刚被另一操作改动，请刷新后再试", "the enrolment has just been changed by somebody else")
    session.refresh(row)
    audit.note(session, who, f"taxpayers:enrolment:{event}", "enrolment", row.id, old={"state": before}, new={k: str(v) for k, v in values.items()})
    return row
