"""Tables of notices: what a person was told, what a person chose, the rules of the installation, and the digests that were sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.row_security import ME, secured
from db.types import Id, JsonText, Moment

NONE = ""  # no letter goes
SENT = "sent"  # a letter about it was asked for
WAITING = "waiting"  # for the mail to go: at `mail_at`, which is the end of the quiet hours


def _where(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Told(Base):
    """One notice of one person. Ids grow in the order in which notices become visible, since one follower at a time writes them.

    `gathered`: notices of one such name are one while they are unread, with their count. `for_id`: told as the deputy of that person.
    """

    __tablename__ = "told"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_told_person", "person_id", "id"),
        Index("ix_told_case", "instance_id", "person_id"),
        _where("ix_told_unread", "person_id", "gathered", where="read_at IS NULL"),
        _where("ix_told_mail", "mail_at", where="mail = 'waiting'"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    person_id: Mapped[str] = mapped_column(Id)
    for_id: Mapped[str] = mapped_column(String(64), server_default="")
    key: Mapped[str] = mapped_column(String(160))
    gathered: Mapped[str] = mapped_column(String(80), server_default="")
    count: Mapped[int] = mapped_column(Integer, server_default="1")
    occasion: Mapped[str] = mapped_column(String(24))
    instance_id: Mapped[str | None] = mapped_column(Id)
    task_id: Mapped[str | None] = mapped_column(Id)
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    mail: Mapped[str] = mapped_column(String(10), server_default="")  # waiting, sent; empty where none goes
    mail_at: Mapped[datetime | None] = mapped_column(Moment)

    def leads_to(self, tasks: Mapping[str, Sequence[str]]) -> str:
        """The task at which the matter is done: of those that the person has in each case now, the one of which he was told, else the first;
        empty where he has none.
        """
        his = tasks.get(self.instance_id or "", ())
        return self.task_id if self.task_id is not None and self.task_id in his else next(iter(his), "")


class NoticeChoice(Base):
    """What a person chose about notices, one thing a row; what is not there is as the table of occasions and the rules say."""

    __tablename__ = "notice_choice"

    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText)


for _table in (Told, NoticeChoice):
    secured(_table.__tablename__, f"person_id = {ME}")


class NoticeRule(Base):
    """A rule of the installation that was changed from its first value."""

    __tablename__ = "notice_rule"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText)


class NoticeDigest(Base):
    """That the digest of a day was decided for a person, sent or empty: the key is what makes it once, whoever comes first."""

    __tablename__ = "notice_digest"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sent: Mapped[int] = mapped_column(Integer)
