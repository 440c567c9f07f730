"""Who hears of a move: the posts of the task that is open again, and of those whose work was taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.case import Case
from engine.moves.ground import Open
from engine.registry import Moved
from engine.tokens import Element, Token


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Tasks that somebody had begun and that a move takes away, with their posts; read before it does."""

    rows: tuple[tuple[Open, tuple[str, ...]], ...]

    @classmethod
    def of(cls, case: Case, tasks: Iterable[Open]) -> Withdrawn:
        """Of these tasks those that somebody else than the actor had begun."""
        found = [task for task in tasks if task.is_begun and task.assignee_id != case.actor.person_id]
        posts: dict[str, list[str]] = {task.task_id: [] for task in found}
        if found:
            sql = f"SELECT task_id, post_id FROM task_candidate WHERE task_id IN ({case.link.places(found)}) ORDER BY task_id, post_id"
            for task_id, post in case.link.all(sql, *posts):
                posts[task_id].append(post)
        return cls(tuple((task, tuple(posts[task.task_id])) for task in found))


def tell(case: Case, kind: str, withdrawn: Withdrawn, reason: str, opened: tuple[Element, Token] | None = None) -> None:
    """`kind`: returned, taken_back, withdrawn, cancelled. Those whose task is open again are told of it, the others that theirs is gone."""
    if opened is not None:
        element, token = opened
        rows = case.waiting.candidates.get(token.id) or [row for rows in case.waiting.candidates.values() for row in rows]
        posts = tuple(dict.fromkeys(row[1] for row in rows))
        if token.id in case.handed and case.waiting.tasks.get(token.id, [None] * 12)[11]:
            posts = tuple(case.kernel.directory.held(case.session, case.handed[token.id][0], posts, case.kernel.clock.today()))
        case.kernel.on_moved(case.session, Moved(case.ref, kind, element.name, element.name_en, posts, case.actor, reason))
    for task, posts in withdrawn.rows:
        case.kernel.on_moved(case.session, Moved(case.ref, f"gone_{kind}", task.name, task.name_en, posts, case.actor, reason))
