"""Bytes that must never change: issued papers, attachments, uploaded lists. Named by their SHA-256.

They live in the database, not beside it, so that a transaction and a backup hold them together with the rows
that mean them, and any node can read them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base
from db.evidence import evidence
from db.guards import guard
from db.types import Moment


class Blob(Base):
    """Immutable bytes under their own hash."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime] = mapped_column(Moment)


guard(Blob.__table__, "blob_is_append_only")
evidence(Blob.__table__, "blob", ("sha256", "media_type", "size", "stored_at"), moment="stored_at", content="content")


class BlobDamaged(Exception):
    """The stored bytes no longer have the hash under which they were stored."""


def put_blob(session: Session, content: bytes, media_type: str, now: datetime) -> str:
    """Stores the bytes once and returns their SHA-256 in hexadecimal; of two who bring the same at the same moment, one stores them."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.scalar(select(Blob.sha256).where(Blob.sha256 == sha256)) is None:
        insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
        row = {"sha256": sha256, "media_type": media_type, "size": len(content), "content": content, "stored_at": now}
        session.execute(insert(Blob).values(row).on_conflict_do_nothing())
    return sha256


def get_blob(session: Session, sha256: str) -> bytes | None:
    """The bytes, or None if there are none; raises BlobDamaged when they do not match their name."""
    content = session.execute(select(Blob.content).where(Blob.sha256 == sha256)).scalar_one_or_none()
    if content is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise BlobDamaged(sha256)
    return content
