"""Who acts, and what may be done once only, by whoever has these pages."""

from __future__ import annotations

from flask import abort
from sqlalchemy.orm import Session

from engine.errors import KeyReused
from records.audit import Who
from web import identity, keys
from web.services import services


def who() -> Who:
    """The person who acts, now."""
    actor = identity.staff().actor
    return Who(actor.person_id, actor.name, services().clock.now())


def demand_new(session: Session, act: str) -> None:
    """For an act whose answer is shown once and cannot be given again. Raises KeyReused."""
    if not keys.is_new(session, act):
        raise KeyReused(key=act)


def demand(holds: object) -> None:
    """What is not there and what one may not see look alike."""
    if not holds:
        abort(404)
