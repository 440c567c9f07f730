"""What follows when a case comes back to who prepared it: a notice at the post, with the reason that was given."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from engine.people import SYSTEM
from engine.registry import CameBack
from handlers.tools import is_party, within


class ReturnedWork:
    """Called by the engine inside the step that opens the task again."""

    def __init__(self, deadlines: DeadlineService) -> None:
        self.deadlines = deadlines

    def __call__(self, session: Session, found: CameBack) -> None:
        """Tells the posts who returned it and why (Ningbo 2001-19, annex 2, art. 15: whoever filled it in corrects it)."""
        because, because_en = (f"：{found.because}", f": {found.because}") if found.because else ("", "")
        by = "" if found.by is SYSTEM else found.by.name  # a message of another case brings it back: an order that is recalled
        if found.by.person_id == found.person_id:  # nobody returned it: what he did himself has led back here
            zh = f"“{within(found.case.title)}”的“{found.step}”须重新办理{because}"
            en = f"{found.case.title}: “{found.step_en}” has to be done again{because_en}"
        else:
            zh = f"“{within(found.case.title)}”的“{found.step}”{f'被{by}' if by else '已'}退回{because}"
            en = f"{found.case.title}: “{found.step_en}” was returned{by and f' by {by}'}{because_en}"
        outside = [post for post in found.posts if is_party(post)]
        self.deadlines.notify(session, [post for post in found.posts if post not in outside], found.case.instance_id, "returned", zh, en)
        zh, en = f"税务机关退回“{found.step}”，请补正后再提交{because}", f"the tax office returned “{found.step_en}”: please correct it and hand it in again{because_en}"
        self.deadlines.notify(session, outside, found.case.instance_id, "returned", zh, en)
