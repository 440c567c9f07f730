"""Authorisations of service units: drafted, issued, in force on a day, over or revoked. Source: Xi'an 2002-119, 三(二)1, annex 8."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.faults.errors import MoveRefused, NotAuthorised, TermRefused
from records.faults.kinds import name, names
from records.faults.model import Authorisation
from records.faults.store.moving import find, move, revise

ARTICLE = "市国税发〔2002〕119号三(二)1"
ARTICLE_EN = "Xi'an 2002-119, 三(二)1"


def draft(session: Session, who: Who, **values: Any) -> Authorisation:
    """A draft, which binds nobody; raises TermRefused."""
    _require_term(values["valid_from"], values["valid_until"])
    row = Authorisation(id=new_id(), state="draft", **values)
    session.add(row)
    session.flush()
    audit.note(session, who, "faults:authorisation:drafted", "authorisation", row.id, new={"service_unit": row.service_unit})
    return row


def redraft(session: Session, who: Who, authorisation_id: str, **values: Any) -> Authorisation:
    """Another wording of a draft that came back; raises RecordUnknown, TermRefused, MoveRefused."""
    row = find(session, Authorisation, authorisation_id, lock=True)
    if row.state != "draft":
        raise MoveRefused("授权委托书已经签发，不能再改；延长须另行签发一份", "the authorisation is signed and is not changed; one for a longer term is a new one")
    _require_term(values["valid_from"], values["valid_until"])
    revise(session, who, row, "faults:authorisation:redrafted", values)
    return row


def authorisation(session: Session, authorisation_id: str) -> Authorisation:
    """The authorisation with this identifier; raises RecordUnknown."""
    return find(session, Authorisation, authorisation_id)


def of_case(session: Session, case_id: str) -> Authorisation | None:
    """The authorisation that a case is about, or None."""
    return session.scalars(select(Authorisation).where(Authorisation.case_id == case_id)).one_or_none()


def issue(session: Session, who: Who, authorisation_id: str, number: str, today: date) -> Authorisation:
    """Signed and numbered: from now on its wording is fixed. Raises RecordUnknown, MoveRefused, TermRefused."""
    row = find(session, Authorisation, authorisation_id)
    # All of the unit, drafts too, so that of two that are signed at the same moment the second sees the first.
    of_unit = select(Authorisation).where(Authorisation.service_unit == row.service_unit, Authorisation.scope == row.scope).order_by(Authorisation.id)
    session.scalars(of_unit.with_for_update().execution_options(populate_existing=True)).all()
    require_free(session, row)
    if row.valid_until < today:
        raise TermRefused(f"授权止日 {row.valid_until} 已过，不能再签发", f"the last day, {row.valid_until}, is over; it cannot be signed any more")
    return move(session, who, Authorisation, authorisation_id, "issue", number=number, signed_by=who.person_id, signed_by_name=who.name, signed_on=today)


def refuse(session: Session, who: Who, authorisation_id: str) -> Authorisation:
    """Not signed; raises RecordUnknown, MoveRefused."""
    return move(session, who, Authorisation, authorisation_id, "refuse")


def end(session: Session, who: Who, authorisation_id: str) -> Authorisation:
    """Its last day is over; raises RecordUnknown, MoveRefused."""
    return move(session, who, Authorisation, authorisation_id, "end")


def revoke(session: Session, who: Who, authorisation_id: str, today: date, because: str) -> Authorisation:
    """Taken back before its last day, from today on; raises RecordUnknown, MoveRefused."""
    return move(session, who, Authorisation, authorisation_id, "revoke", revoked_on=today, revoked_because=because)


def in_force(session: Session, city_scope: str, on: date, service_unit: str = "") -> Sequence[Authorisation]:
    """What was in force at a city on a day, that of one service unit where it is named, by number. Before it was signed it was not, whatever term
    it names, and on the day of revocation it no longer is.

    Source: Xi'an 2002-119, 三(二)1.
    """
    wanted = select(Authorisation).where(
        Authorisation.scope == city_scope, Authorisation.state.in_(("issued", "ended", "revoked")), Authorisation.valid_from <= on,
        Authorisation.signed_on <= on, Authorisation.valid_until >= on, or_(Authorisation.revoked_on.is_(None), Authorisation.revoked_on > on),
    )  # fmt: skip
    if service_unit:
        wanted = wanted.where(Authorisation.service_unit == service_unit)
    return session.scalars(wanted.order_by(Authorisation.number)).all()


def signed(session: Session, city_scope: str, until: date) -> Sequence[Authorisation]:
    """Whatever a city has signed whose term began by a day, over and revoked ones too, the newest first: one of them covers the work of an earlier day."""
    wanted = select(Authorisation).where(
        Authorisation.scope == city_scope, Authorisation.state.in_(("issued", "ended", "revoked")), Authorisation.valid_from <= until, Authorisation.signed_on <= until,
    )  # fmt: skip
    return session.scalars(wanted.order_by(Authorisation.signed_on.desc(), Authorisation.id.desc())).all()


def require_authorised(session: Session, city_scope: str, number: str, on: date, subsystem: str, unit: str = "") -> Authorisation:
    """The authorisation of this number, in force on the day and covering the subsystem; raises NotAuthorised."""
    found = next((row for row in in_force(session, city_scope, on, unit) if row.number == number), None)
    if found is None:
        raise NotAuthorised(
            f"{on} 没有有效的《税务端技术服务授权委托书》{number}：服务单位未经授权不得维护税务端（{ARTICLE}）",
            f"no authorisation {number} was in force on {on}: without one the service unit does not maintain the tax side ({ARTICLE_EN})",
        )
    if subsystem not in found.subsystems:
        raise NotAuthorised(
            f"授权委托书{number}只授权维护{names('subsystem', found.subsystems)}，不包括{name('subsystem', subsystem)}（{ARTICLE}）",
            f"authorisation {number} does not cover the subsystem “{name('subsystem', subsystem, 'en')}” ({ARTICLE_EN})",
        )
    return found


def require_free(session: Session, row: Authorisation) -> None:
    """Nothing of the same unit covers one of its subsystems on one of its days; an extension begins when the former one is over. Raises TermRefused."""
    others = session.scalars(
        select(Authorisation).where(
            Authorisation.service_unit == row.service_unit, Authorisation.scope == row.scope, Authorisation.state == "issued", Authorisation.id != row.id,
            Authorisation.valid_from <= row.valid_until, Authorisation.valid_until >= row.valid_from,
        )
    ).all()  # fmt: skip
    for other in others:
        if both := [one for one in row.subsystems if one in other.subsystems]:
            raise TermRefused(
                f"{names('subsystem', both)}在 {other.valid_from} 至 {other.valid_until} 已由{other.number}授权；延长应自 {other.valid_until} 的次日起另行授权",
                f"{other.number} covers it from {other.valid_from} to {other.valid_until}; an extension is a new one that begins the day after",
            )


def _require_term(first: date, last: date) -> None:
    if last < first:
        raise TermRefused(f"授权止日 {last} 不能早于起日 {first}", f"the last day, {last}, is before the first, {first}")
