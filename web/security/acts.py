"""Who acts, and whether the form that was posted is posted for the first time."""

from __future__ import annotations

from flask import abort
from sqlalchemy.orm import Session

from engine.errors import KeyReused
from engine.idempotency import first_time
from records.audit import Who
from web import identity, requests
from web.services import services


def who() -> Who:
    """The person who acts, now."""
    actor = identity.staff().actor
    return Who(actor.person_id, actor.name, services().clock.now())


def is_new(session: Session, act: str) -> bool:
    """Whether this form was not acted on before; in the transaction of the act."""
    return first_time(session, f"{requests.act_key(act)}:{identity.staff().actor.person_id}", services().clock.now())


def demand_new(session: Session, act: str) -> None:
    """For an act whose answer is shown once and cannot be given again. Raises KeyReused."""
    if not is_new(session, act):
        raise KeyReused(key=act)


def demand(holds: object) -> None:
    """What is not there and what one may not see look alike."""
    if not holds:
        abort(404)
