"""What a form asks for happens once: its key is stored with what it does, and the same form posted again does nothing and is told the same.

Which forms need no key stands with its reason in the table of rights (`keyless`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine.idempotency import first_time
from web import identity, requests
from web.services import services


def is_new(session: Session, act: str) -> bool:
    """Whether this form was not acted on before, where it is answered alike each time; in the transaction of the act. Raises KeyMissing."""
    return first_time(session, f"{requests.act_key(act)}:{identity.staff().actor.person_id}", services().clock.now())


def answered(session: Session, act: str, given: Mapping[str, Any], do: Callable[[], Any], *, about: str = "") -> Any:
    """What `do` answers; of a form that was acted on before, what it answered then. `about`: which one of several things that one form asks for.

    Raises KeyMissing, and KeyReused where the form of this key said something else than `given`.
    """
    key = ":".join(filter(None, (requests.act_key(act), about)))
    return services().engine.once(session, act, identity.staff().actor, key, given, do)
