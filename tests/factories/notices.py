"""What the ledger of deadlines left for posts, which the product reads row by row."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from deadlines.model import Notice


def left_for(session: Session, post_ids: Collection[str]) -> list[Notice]:
    """The notices of these posts, the latest first."""
    return list(session.scalars(select(Notice).where(Notice.post_id.in_(post_ids)).order_by(Notice.at.desc(), Notice.id.desc())))
