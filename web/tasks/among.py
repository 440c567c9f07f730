"""One task among many that a form names. What is refused, what is over unseen and what never was are answered alike, and stand in the trail."""

from __future__ import annotations

from engine.errors import NotFound, NotYours, PreparedByYou, Refusal, TaskNotOpen
from web import identity
from web.rights import refusals
from web.services import services


def is_barred(refusal: Refusal, task_id: str) -> bool:
    """Whether a refusal says no more than that this task is not for whoever asks; it is then noted."""
    found = isinstance(refusal, (NotFound, NotYours)) or (isinstance(refusal, TaskNotOpen) and not _is_seen(task_id))
    if found:
        refusals.told(403 if isinstance(refusal, PreparedByYou) else 404, type(refusal).__name__, task=task_id)
    return found


def _is_seen(task_id: str) -> bool:
    try:
        services().engine.task(task_id, identity.staff().actor)
    except NotFound:
        return False
    except TaskNotOpen:
        return True
    return True
