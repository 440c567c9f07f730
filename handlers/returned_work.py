"""What follows when a case comes back to who prepared it: a notice at the post, with the reason that was given."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from engine.people import SYSTEM
from engine.registry import CameBack


class ReturnedWork:
    """Called by the engine inside the step that opens the task again."""

    def __init__(self, deadlines: DeadlineService) -> None:
        self.deadlines = deadlines

    def __call__(self, session: Session, found: CameBack) -> None:
        """Tells the posts who returned it and why (Ningbo 2001-19, annex 2, art. 15: whoever filled it in corrects it)."""
        because, because_en = (f"：{found.because}", f": {found.because}") if found.because else ("", "")
        by = "" if found.by is SYSTEM else found.by.name  # a message of another case brings it back: an order that is recalled
        zh = f"“{found.case.title}”的“{found.step}”{f'被{by}' if by else '已'}退回{because}"
        en = f"{found.case.title}: “{found.step_en}” was returned{by and f' by {by}'}{because_en}"
        self.deadlines.notify(session, found.posts, found.case.instance_id, "returned", zh, en)
