"""Numbers without gaps: taken from a locked row in the transaction that issues the paper, given back if it is rolled back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from papers.model import PaperCounter


def take_number(session: Session, series: str, year: int) -> int:
    """The next number of a series in a year, from 1."""
    row = session.execute(
        select(PaperCounter).where(PaperCounter.series == series, PaperCounter.year == year).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        row = PaperCounter(series=series, year=year, last=0)
        session.add(row)
    row.last += 1
    session.flush()
    return row.last


def document_number(session: Session, prefix: str, year: int) -> str:
    """A document number as offices write it: 甬国税稽协〔2026〕12号."""
    return f"{prefix}〔{year}〕{take_number(session, prefix, year)}号"
