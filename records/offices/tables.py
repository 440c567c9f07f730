"""Tables of what people prove themselves with, apart from the person: passwords' dates, second factors, recovery codes, outside identities."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Id, JsonText, Moment


class PasswordState(Base):
    """When a person's password was set; `initial_until` is there while it is one that an administrator handed out. No row: never changed."""

    __tablename__ = "password_state"

    person_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"), primary_key=True)
    set_at: Mapped[datetime] = mapped_column(Moment)
    initial_until: Mapped[datetime | None] = mapped_column(Moment)


class SecondFactor(Base):
    """The secret behind a person's codes, sealed with the key of the installation; it counts from `confirmed_at` on.

    `last_step` is the half minute of the code that was used last: none of it or of an earlier one is taken again.
    """

    __tablename__ = "second_factor"

    person_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Base):
    """A code that stands in once for a lost second factor; only its keyed digest is kept."""

    __tablename__ = "recovery_code"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class OutsideIdentity(Base):
    """The value of the chosen claim by which a provider of identities knows a person; an administrator wrote it down."""

    __tablename__ = "outside_identity"
    __table_args__ = (UniqueConstraint("issuer", "value"),)

    person_id: Mapped[str] = mapped_column(Id, ForeignKey("person.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(200))
    value: Mapped[str] = mapped_column(String(200))


class SignInRule(Base):
    """One rule of signing in that an administrator changed; what has no row is as `sign_in_rules` says."""

    __tablename__ = "sign_in_rule"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText)
