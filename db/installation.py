"""What every process on one database must agree on, kept in the database itself."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from pathlib import Path

from sqlalchemy import String, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from db import keys
from db.base import Base
from db.selfcheck import DatabaseUnfit
from db.session import Database

_SECRET = "secret"  # noqa: S105 -- the name of the row
_DEMONSTRATION = "demonstration"


class Agreement(Base):
    """A fact that all nodes share."""

    __tablename__ = "agreement"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))


def agree_on_secret(database: Database, secret: bytes) -> None:
    """The first process to come notes the fingerprint of its key; one with another key could read no case and is refused."""
    mine = _fingerprint(secret)
    if _known(database) is None:
        with suppress(IntegrityError), database.write() as session:  # of two that come first at the same moment, one is late
            session.add(Agreement(name=_SECRET, value=mine))
    if _known(database) != mine:
        raise DatabaseUnfit(
            "本机的密钥文件 secret 与这个数据库所用的不同，请从第一台机器的数据文件夹复制过来 / "
            "the file `secret` in the data folder is not the one this database was begun with: copy it from the first machine"
        )


def mark_demonstration(session: Session) -> None:
    """These data are made up: the demonstration was loaded into a database that had nobody in it."""
    session.merge(Agreement(name=_DEMONSTRATION, value="loaded"))


def is_demonstration(session: Session) -> bool:
    """Whether the data are made up. Simulated devices work in no other database."""
    return session.get(Agreement, _DEMONSTRATION) is not None


def adopt_key(database: Database, data: Path) -> bool:
    """Finishes a restore that died when its database was in place and its key was not; False where no key waits that this database is of."""
    waiting = keys.read_key(data / keys.COMING)
    if waiting is None or not inspect(database.engine).has_table(Agreement.__tablename__) or _known(database) != _fingerprint(waiting):
        return False
    with suppress(FileNotFoundError):  # of two that come first at the same moment, one is late
        keys.arrive(data)
    return True


def noted(secret: bytes) -> str:
    """The statement by which a database that comes back says whose it is, where it did not say so when the backup was made."""
    known = f"SELECT 1 FROM agreement WHERE name = '{_SECRET}'"
    return f"INSERT INTO agreement (name, value) SELECT '{_SECRET}', '{_fingerprint(secret)}' WHERE NOT EXISTS ({known})"


def _fingerprint(secret: bytes) -> str:
    return hmac.digest(secret, b"jinshui installation", hashlib.sha256).hex()


def _known(database: Database) -> str | None:
    with database.read() as session:
        return session.scalar(select(Agreement.value).where(Agreement.name == _SECRET))
