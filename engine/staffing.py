"""What becomes of work when people, posts and offices change: it falls back to its posts, is found where nobody is left for it, moves along.

Everything happens in the caller's transaction, so that the change and what it does to the work stand or fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import history, offices
from engine.errors import Declined, NotFound, TaskNotOpen
from engine.link import Link, hold
from engine.people import Actor
from engine.steps import Steps

_SHOWN = "t.id, t.instance_id, t.element, t.name, t.name_en, t.process_id, t.business_key, t.title, t.scope, t.due_on, t.opened_at"
LISTED = 500
COUNTED = 1_000


@dataclass(frozen=True)
class OpenWork:
    """An open task, as the pages about people show it; `posts` are its candidates."""

    id: str
    instance_id: str
    element: str
    name: str
    name_en: str
    process_id: str
    business_key: str
    title: str
    scope: str
    due_on: date | None
    opened_at: datetime | None
    posts: tuple[str, ...]


class Staffing:
    """The front door for changes of people, posts and offices."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.kernel = steps.kernel

    def fall_back(self, session: Session, person_id: str, by: Actor, why: str) -> list[OpenWork]:
        """Gives back to its posts what a person has in hand and holds no post for any more; drafts stay with the tasks, and each case says so.

        What the model gave to the person alone has no post to fall back to; it stays, and is found by `unattended` once the person has left.
        """
        link, kernel = Link(session), self.kernel
        mine = "FROM task t WHERE t.assignee_id = ? AND t.state = 'open'"
        for (instance_id,) in link.all(f"SELECT DISTINCT t.instance_id {mine} ORDER BY t.instance_id", person_id):
            hold(link, instance_id)  # the case before its tasks, as in every step
        found = _read(link, link.all(f"SELECT {_SHOWN} {mine} ORDER BY t.id{link.lock_of('t')}", person_id))
        kept = {
            process: set(
                kernel.directory.held(session, person_id, sorted({p for w in found for p in w.posts}), kernel.clock.today(), process)
            )
            for process in {work.process_id for work in found}
        }
        fallen = [work for work in found if work.posts and not kept[work.process_id].intersection(work.posts)]
        ids = [(work.id,) for work in fallen]
        link.many("UPDATE task SET assignee_id = NULL, assignee_name = '', claimed_at = NULL WHERE id = ?", ids)
        link.many("UPDATE task_candidate SET claimable = 1 WHERE task_id = ?", ids)
        for work in fallen:
            details = {"reason": why, "person": person_id}
            history.add(link, kernel.clock.now(), work.instance_id, "fell_back", by, element=work.element, name=work.name, details=details)
        return fallen

    def holders_at_work(self, session: Session) -> list[str]:
        """Everybody who has a task in hand, found by jumping through the index from person to person."""
        return _jump(Link(session), "task", "assignee_id", "AND x.state = 'open' AND x.assignee_id IS NOT NULL")

    def work_of(self, session: Session, task_ids: Sequence[str]) -> list[OpenWork]:
        """Those of the tasks that are still open."""
        link = Link(session)
        if not task_ids:
            return []
        sql = f"SELECT {_SHOWN} FROM task t WHERE t.state = 'open' AND t.id IN ({link.places(task_ids)}) ORDER BY t.due_on, t.id"
        return _read(link, link.all(sql, *task_ids))

    def unattended(self, session: Session) -> list[OpenWork]:
        """Open tasks for which nobody is there: nobody holds one of their posts, or they are a person's own who has left. At most LISTED."""
        link, kernel = Link(session), self.kernel
        posts = _jump(link, "task_candidate", "post_id", "AND x.claimable = 1")
        vacant = sorted(kernel.directory.vacant(session, posts, kernel.clock.today()))
        gone = sorted(kernel.directory.gone(session, self.holders_at_work(session)))
        rows = list[tuple[Any, ...]]()
        if vacant:
            of_vacant = (
                f"EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.post_id IN ({link.places(vacant)}))"
                f" AND NOT EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND c.post_id NOT IN ({link.places(vacant)}))"
            )
            sql = f"SELECT {_SHOWN} FROM task t WHERE t.state = 'open' AND t.assignee_id IS NULL AND {of_vacant} ORDER BY t.due_on, t.id LIMIT ?"
            rows += link.all(sql, *vacant, *vacant, LISTED)
        if gone:
            sql = f"SELECT {_SHOWN} FROM task t WHERE t.state = 'open' AND t.assignee_id IN ({link.places(gone)}) ORDER BY t.due_on, t.id LIMIT ?"
            rows += link.all(sql, *gone, LISTED)
        return _read(link, rows)[:LISTED]

    def reassign(self, session: Session, task_id: str, post_id: str, reason: str, actor: Actor, over: Sequence[str]) -> OpenWork:
        """Gives a task for which nobody is there to another post, which somebody holds. `over` are the paths over which the actor supervises.

        Raises NotFound outside them, TaskNotOpen, Declined where somebody is there after all, or nobody at the other post either.
        """
        link, kernel = Link(session), self.kernel
        row = link.one("SELECT instance_id, scope FROM task WHERE id = ?", task_id)
        if row is None or not any(row[1].startswith(path) for path in over):
            raise NotFound(task=task_id)
        if not reason.strip():
            raise Declined("请写明改派的理由", "give the reason")
        hold(link, row[0])
        found = _read(link, link.all(f"SELECT {_SHOWN} FROM task t WHERE t.id = ? AND t.state = 'open'{link.lock_of('t')}", task_id))
        if not found:
            raise TaskNotOpen(task=task_id, instance=row[0])
        work = found[0]
        if not self._is_unattended(session, link, work):
            raise Declined("这项任务有人可以办理，不能改派", "somebody can do this task")
        if kernel.directory.vacant(session, [post_id], kernel.clock.today()):
            raise Declined("这个岗位目前也无人任职", "nobody holds that post either")
        process, due = link.all("SELECT process_id, due_on FROM task WHERE id = ?", task_id)[0]
        link.put("UPDATE task SET assignee_id = NULL, assignee_name = '', claimed_at = NULL WHERE id = ?", task_id)
        link.put("DELETE FROM task_candidate WHERE task_id = ?", task_id)
        insert = "INSERT INTO task_candidate (task_id, post_id, process_id, claimable, due_on) VALUES (?, ?, ?, 1, ?)"
        link.put(insert, task_id, post_id, process, due)
        details = {"reason": reason, "posts": list(work.posts), "post": post_id}
        history.add(link, kernel.clock.now(), work.instance_id, "reassigned", actor, element=work.element, name=work.name, details=details)
        return work

    def _is_unattended(self, session: Session, link: Link, work: OpenWork) -> bool:
        directory, today = self.kernel.directory, self.kernel.clock.today()
        if work.posts:
            return set(directory.vacant(session, work.posts, today)) == set(work.posts)
        holder = link.one("SELECT assignee_id FROM task WHERE id = ?", work.id)
        return holder is not None and bool(directory.gone(session, [holder[0]]))

    def work_at(self, session: Session, scope: str, posts: Sequence[str]) -> tuple[int, int]:
        """(running cases of an office, open tasks of its posts in whatever case), each counted up to COUNTED."""
        link = Link(session)
        cases = f"SELECT count(*) FROM (SELECT 1 FROM instance WHERE scope = ? AND status = 'active' LIMIT {COUNTED}) n"
        tasks = "SELECT DISTINCT c.task_id FROM task_candidate c JOIN task t ON t.id = c.task_id AND t.state = 'open'"
        count = f"SELECT count(*) FROM ({tasks} WHERE c.post_id IN ({link.places(posts)}) LIMIT {COUNTED}) n"
        return link.all(cases, scope)[0][0], link.all(count, *posts)[0][0] if posts else 0

    def work_beneath(self, session: Session, scope: str) -> tuple[int, int]:
        """(running cases, all cases) of an office and those beneath it, which follow it when it is moved."""
        inside = "FROM instance WHERE substr(scope, 1, ?) = ?"
        row = Link(session).one(f"SELECT sum(CASE WHEN status = 'active' THEN 1 ELSE 0 END), count(*) {inside}", len(scope), scope)
        return (int(row[0] or 0), int(row[1])) if row else (0, 0)

    def move_office(self, session: Session, old: str, new: str) -> None:
        """Has cases, tasks and lists follow an office whose path has changed."""
        offices.move(Link(session), old, new)


def _jump(link: Link, table: str, column: str, also: str) -> list[str]:
    """The distinct values of the first column of an index."""
    sql = (
        f"WITH RECURSIVE p(key) AS (SELECT min(x.{column}) FROM {table} x WHERE 1 = 1 {also} UNION ALL"
        f" SELECT (SELECT min(x.{column}) FROM {table} x WHERE x.{column} > p.key {also}) FROM p WHERE p.key IS NOT NULL)"
        " SELECT key FROM p WHERE key IS NOT NULL"
    )
    return [row[0] for row in link.all(sql)]


def _read(link: Link, rows: Sequence[tuple[Any, ...]]) -> list[OpenWork]:
    """Rows of _SHOWN with their candidates."""
    posts: dict[str, list[str]] = {row[0]: [] for row in rows}
    ids = list(posts)
    for start in range(0, len(ids), LISTED):
        some = ids[start : start + LISTED]
        for task_id, post_id in link.all(f"SELECT task_id, post_id FROM task_candidate WHERE task_id IN ({link.places(some)})", *some):
            posts[task_id].append(post_id)
    return [OpenWork(*(*row[:9], link.as_day(row[9]), link.as_moment(row[10]), tuple(sorted(posts[row[0]])))) for row in rows]
