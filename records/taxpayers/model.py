"""The one table of this family."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id


class Taxpayer(Base):
    """A taxpayer under its number; `region` is where it is registered, `office_id` the competent authority if it is one of ours."""

    __tablename__ = "taxpayer"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    region: Mapped[str] = mapped_column(String(6), index=True)
    office_id: Mapped[str | None] = mapped_column(Id)
    registered_on: Mapped[date] = mapped_column(Date)
    deregistered_on: Mapped[date | None] = mapped_column(Date)
