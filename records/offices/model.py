"""Tables of the authority: offices in a tree, the regions they are competent for, people, posts, and who holds which."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, JsonText, Moment, OfficePath


class Office(Base):
    """An authority of the tree; `scope` is the path of codes from the root, ending in a slash."""

    __tablename__ = "office"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(120))
    level: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("office.id"), index=True)
    scope: Mapped[str] = mapped_column(OfficePath(200), unique=True)
    closed_on: Mapped[date | None] = mapped_column(Date)  # since when no case begins there and nobody holds a post there


class OfficeRegion(Base):
    """A region (2, 4 or 6 digits, as taxpayer numbers begin) and the office that is competent for it."""

    __tablename__ = "office_region"

    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("office.id"), index=True)


class Person(Base):
    """A member of staff, or the account of an outside party; the password is kept as an argon2 hash only. `office_id` is where the person
    belongs and by whose administrators the account is kept: posts at other offices are held besides.
    """

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    office_id: Mapped[str | None] = mapped_column(Id, index=True)
    party_id: Mapped[str | None] = mapped_column(Id, index=True)
    email: Mapped[str] = mapped_column(String(120), server_default="")  # where notices go by mail; empty for nowhere
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Moment)


class Post(Base):
    """A role at an office. The engine keeps its identifier and never asks what it means."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("office_id", "role"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(String(40), index=True)
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("office.id"))


class PostHolding(Base):
    """A person holds a post from a day to a day, both included; no last day means until further notice."""

    __tablename__ = "post_holding"
    __table_args__ = (Index("ix_post_holding_person", "person_id", "valid_from"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(Id, ForeignKey("post.id"), index=True)
    person_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Deputy(Base):
    """A person stands in for another (代理) from a day to a day, both included, in these processes; an empty list means all.

    A row is never changed but to be withdrawn: who stood in for whom at what time must be told years later.
    """

    __tablename__ = "deputy"
    __table_args__ = (
        Index("ix_deputy_deputy", "deputy_id", "valid_from"),
        Index("ix_deputy_principal", "principal_id", "valid_from"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    principal_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"))
    deputy_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    processes: Mapped[Any] = mapped_column(JsonText)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_by: Mapped[str | None] = mapped_column(Id)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class Party(Base):
    """Somebody outside the authority who has accounts: an enterprise by its taxpayer number, a service unit, an agent who collects.

    Cases name a party as `kind:number`, whether it has an account yet or not.
    """

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("kind", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(120))
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("office.id"), index=True)

    @property
    def key(self) -> str:
        """The name under which cases know it."""
        return f"{self.kind}:{self.number}"


class Station(Base):
    """A counter with devices that works jobs over HTTP. Only the hash of its credential is kept; `posts` are `role@code`.

    A row is never removed: which station wrote a card must be told years later.
    """

    __tablename__ = "station"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    office_id: Mapped[str] = mapped_column(Id, ForeignKey("office.id"), index=True)
    posts: Mapped[Any] = mapped_column(JsonText)
    token_sha256: Mapped[str] = mapped_column(String(64))
    is_simulated: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    driver: Mapped[str] = mapped_column(String(40), default="", server_default="")  # what works its cards, as it said when it last asked
    devices: Mapped[Any] = mapped_column(JsonText, default=list, server_default="[]")  # what stands at the counter, likewise
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_topic: Mapped[str] = mapped_column(String(128), default="", server_default="")  # the job that it answered last
    answered: Mapped[str] = mapped_column(String(16), default="", server_default="")  # done, error or failed
    answered_because: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    revoked_by: Mapped[str | None] = mapped_column(Id)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
