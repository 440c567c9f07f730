"""The rows into which finished work is counted: by month, office and process; by person; by step, with how long it took."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

_CLUSTERED = {"sqlite_with_rowid": False}


class CaseTally(Base):
    """How many cases of a process an office has finished in a month, itself or (`beneath` 1) with all offices beneath.

    `dated`: those that had a legal date, `in_time`: of these.
    """

    __tablename__ = "case_tally"
    __table_args__ = (_CLUSTERED,)

    scope: Mapped[str] = mapped_column(String(255), primary_key=True)
    beneath: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    process_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    done: Mapped[int] = mapped_column(Integer)
    dated: Mapped[int] = mapped_column(Integer)
    in_time: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[int] = mapped_column(BigInteger)


class PersonTally(Base):
    """How many tasks in cases of an office a person has finished in a month: of each process, and (empty `process_id`) of all."""

    __tablename__ = "person_tally"
    __table_args__ = (_CLUSTERED,)

    process_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    scope: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    done: Mapped[int] = mapped_column(Integer)
    dated: Mapped[int] = mapped_column(Integer)
    in_time: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[int] = mapped_column(BigInteger)


class StepTally(Base):
    """How long a step took in a month in the cases of an office, itself or with all beneath; `rung_0` … count those that took so long
    (`engine.board.ladder`).
    """

    __tablename__ = "step_tally"
    __table_args__ = (_CLUSTERED,)

    scope: Mapped[str] = mapped_column(String(255), primary_key=True)
    beneath: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    process_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    element: Mapped[str] = mapped_column(String(128), primary_key=True)
    done: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[int] = mapped_column(BigInteger)
    rung_0: Mapped[int] = mapped_column(Integer)
    rung_1: Mapped[int] = mapped_column(Integer)
    rung_2: Mapped[int] = mapped_column(Integer)
    rung_3: Mapped[int] = mapped_column(Integer)
    rung_4: Mapped[int] = mapped_column(Integer)
    rung_5: Mapped[int] = mapped_column(Integer)
    rung_6: Mapped[int] = mapped_column(Integer)
    rung_7: Mapped[int] = mapped_column(Integer)
    rung_8: Mapped[int] = mapped_column(Integer)
    rung_9: Mapped[int] = mapped_column(Integer)
    rung_10: Mapped[int] = mapped_column(Integer)
    rung_11: Mapped[int] = mapped_column(Integer)
