"""What the holders of posts hear when a case is moved by hand, and parties when theirs is over: a notice, with who moved it and why."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from engine.registry import Moved
from handlers.tools import is_party, within

SENTENCES = {  # kind → (kind of the notice, Chinese, English)
    "returned": ("returned", "“{title}”的“{step}”被{by}退回", "{title}: “{step}” was returned by {by}"),
    "clock_stopped": ("clock_stopped", "“{title}”的计时由{by}中止", "{by} stopped the clock of {title}"),
    "clock_resumed": ("clock_resumed", "“{title}”的计时由{by}恢复", "{by} resumed the clock of {title}"),
    "ended": ("ended", "“{title}”已办结：{step}", "{title} is settled: {step}"),
    "stopped": ("ended", "“{title}”已终止，不再办理", "{title} was ended and goes no further"),
    "gone_returned": ("withdrawn", "“{title}”被{by}退回到前面的环节，“{step}”撤销", "{title} was returned by {by} to an earlier step; “{step}” is withdrawn"),
    "gone_taken_back": ("withdrawn", "“{title}”的上一环节被{by}拿回，“{step}”撤销", "{by} took the step before back in {title}; “{step}” is withdrawn"),
    "gone_withdrawn": ("withdrawn", "“{title}”由{by}撤回，“{step}”撤销", "{title} was withdrawn by {by}; “{step}” is withdrawn"),
    "gone_cancelled": ("withdrawn", "“{title}”被{by}终止，“{step}”撤销", "{title} was terminated by {by}; “{step}” is withdrawn"),
}


class MovedCases:
    """Called by the engine inside the step that moves the case."""

    def __init__(self, deadlines: DeadlineService) -> None:
        self.deadlines = deadlines

    def __call__(self, session: Session, moved: Moved) -> None:
        """Leaves the notice with the posts; parties outside hear of the tax office, of none of its people."""
        outside = [post for post in moved.posts if is_party(post)]
        self._tell(session, moved, [post for post in moved.posts if post not in outside], (moved.by.name, moved.by.name))
        self._tell(session, moved, outside, (moved.by.name, moved.by.name) if moved.by.party else ("税务机关", "the tax office"))

    def _tell(self, session: Session, moved: Moved, posts: list[str], by: tuple[str, str]) -> None:
        if not posts:
            return
        kind, zh, en = SENTENCES[moved.kind]
        because, because_en = (f"：{moved.because}", f": {moved.because}") if moved.because else ("", "")
        zh = zh.format(title=within(moved.case.title), step=moved.step, by=by[0]) + because
        en = en.format(title=moved.case.title, step=moved.step_en, by=by[1]) + because_en
        self.deadlines.notify(session, posts, moved.case.instance_id, kind, zh, en)
