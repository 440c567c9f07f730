"""Numbers without gaps: taken from a locked row in the transaction that issues the paper, given back if it is rolled back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from papers.model import PaperCounter


def take_number(session: Session, series: str, year: int) -> int:
    """The next number of a series in a year, from 1."""
    _begin_series(session, series, year)
    row = session.execute(
        select(PaperCounter).where(PaperCounter.series == series, PaperCounter.year == year).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one()
    row.last += 1
    session.flush()
    return row.last


def document_number(session: Session, prefix: str, year: int) -> str:
    """A document number as offices write it: 甬国税稽协〔2026〕12号."""
    return f"{prefix}〔{year}〕{take_number(session, prefix, year)}号"


def _begin_series(session: Session, series: str, year: int) -> None:
    """Makes the row of a new series; of two who begin it at the same moment, the second waits here for the first."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    session.execute(insert(PaperCounter).values(series=series, year=year, last=0).on_conflict_do_nothing())
