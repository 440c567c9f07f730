"""Signatures, reports to the city, the archive: rows that are written once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from db.ids import new_id
from records import audit
from records.audit import Who
from records.coinvestigation import rules
from records.coinvestigation.errors import MaySignNot, PlaceTaken
from records.coinvestigation.kinds import Problem
from records.coinvestigation.model import ArchiveEntry, Delegation, ImmediateReport, InvoiceFace, Receipt, Signature
from records.coinvestigation.store.delegations import OfficeRef


def sign(
    session: Session, who: Who, subject_id: str, paper: str, role: str, *, post_id: str = "", opinion: str = ""
) -> Signature:
    """Somebody signs a paper in a role (clerk, handler, leader); a second signature of the role takes the place of the first.

    Raises: MaySignNot when the person signed in a role that excludes this one.
    Source: Ningbo 2001-19, annex 2, art. 15.
    """
    signed = {row.role: row.person_id for row in signatures_of(session, subject_id, paper)}
    if not rules.may_sign(role, who.person_id, signed):
        zh, en = rules.SIGNER_NAMES[role]
        raise MaySignNot(
            f"{who.name}已在此文书上签过字，不能再以{zh}身份签字", f"{who.name} has signed this paper already and cannot sign it as {en} too"
        )
    row = Signature(
        id=new_id(), subject_id=subject_id, paper=paper, role=role, person_id=who.person_id, person_name=who.name, post_id=post_id,
        opinion=opinion, signed_at=who.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(
        session,
        who,
        "coinvestigation:paper:signed",
        "signature",
        row.id,
        new={"subject": subject_id, "paper": paper, "role": role},
    )
    return row


def signatures_of(session: Session, subject_id: str, paper: str) -> list[Signature]:
    """The signatures in force on a paper: the latest of each role, in the order in which the roles sign."""
    rows = session.scalars(
        select(Signature).where(Signature.subject_id == subject_id, Signature.paper == paper).order_by(Signature.id)
    ).all()
    latest = {row.role: row for row in rows}
    return sorted(latest.values(), key=lambda row: (rules.SIGNERS.index(row.role) if row.role in rules.SIGNERS else 9, row.id))


def report_at_once(session: Session, who: Who, office: OfficeRef, city_office_id: str, delegation_id: str, threshold: Decimal) -> int:
    """Reports the certified mismatches of a delegation that reach the threshold; returns how many are newly reported.

    Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
    """
    standing = select(InvoiceFace.id, InvoiceFace.problem, InvoiceFace.amount).where(InvoiceFace.delegation_id == delegation_id)
    # Two reads, no anti-join: fresh from an import a table has no statistics, and PostgreSQL then compares each with each.
    joined = InvoiceFace.id == ImmediateReport.face_id
    known = set(session.scalars(select(ImmediateReport.face_id).join(InvoiceFace, joined).where(InvoiceFace.delegation_id == delegation_id)))
    reported = [
        face_id
        for face_id, problem, amount in session.execute(standing)
        if problem and face_id not in known and rules.is_reported_at_once(Problem(problem), amount, threshold)
    ]
    if reported:
        same = {"office_id": office.id, "scope": office.scope, "city_office_id": city_office_id, "reported_at": who.at}
        session.execute(insert(ImmediateReport), [{"face_id": face_id, **same} for face_id in reported])
        new = {"delegation": delegation_id, "count": len(reported)}
        audit.note(session, who, "coinvestigation:faces:reported", "office", city_office_id, new=new)
    return len(reported)


def sum_up_reports(session: Session, who: Who, city_office_id: str, month: date) -> list[tuple[ImmediateReport, InvoiceFace]]:
    """Marks what was reported to a city up to the end of the month of this day, and acknowledged, as summed up by the case of `who`.

    Returns what that case has summed up, the oldest first. What an earlier summary took is not among it; what was acknowledged after the
    summary of its month is.
    Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
    """
    following = (month.replace(day=1) + timedelta(days=31)).replace(day=1)
    waiting = (
        update(ImmediateReport)
        .where(ImmediateReport.city_office_id == city_office_id, ImmediateReport.acknowledged_at.is_not(None))
        .where(ImmediateReport.summed_up_in == "", ImmediateReport.reported_at < datetime.combine(following, time(), SHANGHAI))
    )
    done = session.execute(waiting.values(summed_up_in=who.case_id), execution_options={"synchronize_session": False})
    if count := cast("CursorResult[Any]", done).rowcount:
        audit.note(session, who, "coinvestigation:faces:summed_up", "office", city_office_id, new={"count": count})
    mine = (
        select(ImmediateReport, InvoiceFace)
        .join(InvoiceFace, InvoiceFace.id == ImmediateReport.face_id)
        .where(ImmediateReport.city_office_id == city_office_id, ImmediateReport.summed_up_in == who.case_id)
        .order_by(ImmediateReport.reported_at, InvoiceFace.id)
        .execution_options(populate_existing=True)
    )
    return [(report, face) for report, face in session.execute(mine)]


def acknowledge_reports(session: Session, who: Who, delegation_id: str) -> int:
    """The city has taken note of what was reported of a delegation; returns how many are new, a second time changes nothing."""
    standing = select(InvoiceFace.id).where(InvoiceFace.delegation_id == delegation_id)
    open_ones = update(ImmediateReport).where(ImmediateReport.face_id.in_(standing), ImmediateReport.acknowledged_at.is_(None))
    done = session.execute(
        open_ones.values(acknowledged_by=who.person_id, acknowledged_at=who.at), execution_options={"synchronize_session": False}
    )
    if count := cast("CursorResult[Any]", done).rowcount:
        audit.note(session, who, "coinvestigation:faces:report_acknowledged", "delegation", delegation_id, new={"count": count})
    return count


def archive(
    session: Session,
    who: Who,
    subject_id: str,
    office: OfficeRef,
    *,
    class_code: str,
    location: str,
    page_count: int,
    electronic_sha256: str,
    today: date,
    keep_until: date | None = None,
) -> ArchiveEntry:
    """Files the papers of a delegation or receipt, on paper and electronically.

    Raises: PlaceTaken naming the place and the number of what lies there, also where two file at the same moment; IntegrityError when the
    subject was archived before.
    Source: Ningbo 2001-19, annex 2, art. 16.
    """
    row = ArchiveEntry(
        id=new_id(), subject_id=subject_id, office_id=office.id, class_code=class_code, location=location, page_count=page_count,
        electronic_sha256=electronic_sha256, archived_by=who.person_id, archived_on=today, keep_until=keep_until,
    )  # fmt: skip
    try:
        with session.begin_nested():  # the database decides who came first, and the reader below sees what it has
            session.add(row)
    except IntegrityError:
        holder = _lying_at(session, office.id, class_code, location)
        if holder is None:
            raise
        number = _number_of(session, holder)
        raise PlaceTaken(
            f"档案类别“{class_code}”的存放位置“{location}”已存放案件 {number} 的案卷，请另填存放位置",
            f"the place “{location}” of class “{class_code}” holds the papers of {number}; enter another place",
        ) from None
    audit.note(
        session,
        who,
        "coinvestigation:papers:archived",
        "archive_entry",
        row.id,
        new={"subject": subject_id, "location": location},
    )
    return row


def _lying_at(session: Session, office_id: str, class_code: str, location: str) -> ArchiveEntry | None:
    place = (ArchiveEntry.office_id == office_id, ArchiveEntry.class_code == class_code, ArchiveEntry.location == location)
    return session.scalars(select(ArchiveEntry).where(*place)).one_or_none()


def _number_of(session: Session, entry: ArchiveEntry) -> str:
    """The number under which people know what is filed there."""
    record: Delegation | Receipt | None = session.get(Delegation, entry.subject_id) or session.get(Receipt, entry.subject_id)
    return (record.number if record is not None else None) or entry.subject_id


def archived(session: Session) -> Sequence[ArchiveEntry]:
    """Everything that was archived, by its place."""
    return session.scalars(select(ArchiveEntry).order_by(ArchiveEntry.office_id, ArchiveEntry.class_code, ArchiveEntry.location)).all()
