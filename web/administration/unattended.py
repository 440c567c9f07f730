"""Open tasks for which nobody is there (无人办理): administrators see whose post is empty and give it to somebody, supervisors send the task on.

An administrator is told which post, how many, since when; never which case.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask import Response, abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.sight import EVERYTHING, seeing
from engine.errors import Declined, TaskNotOpen
from engine.staffing import OpenWork
from records.audit import Who, note
from records.offices import store
from records.offices.model import Office, Post
from records.offices.supervisors import SUPERVISORS
from web import identity
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import beside, named
from web.reasons import declined
from web.services import services
from web.staff import role_name

REASON_LIMIT = 500


@dataclass(frozen=True)
class Empty:
    """A post that nobody holds, and how many open tasks wait for it."""

    office: str
    office_id: str
    role: str
    count: int
    is_mine: bool


@blueprint.get("/unattended")
def unattended() -> Response:
    """What nobody is there for."""
    return _page()


@blueprint.post("/unattended/<task_id>")
def reassign(task_id: str) -> BaseResponse:
    """Sends a task on to another post of the offices over which the reader supervises."""
    error = ""

    def act(session: Session, acting: Who) -> None:
        post = session.get(Post, request.form.get("post", ""))
        at = session.get(Office, post.office_id) if post is not None else None
        if post is None or at is None or not any(at.scope.startswith(path) for path in _over()):
            abort(404)
        reason = request.form.get("reason", "").strip()[:REASON_LIMIT]
        services().engine.staffing.reassign(session, task_id, post.id, reason, identity.staff().actor, _over())
        note(session, acting, "offices:task:reassigned", "post", post.id, new={"task": task_id, "why": reason})

    try:
        error = desk.change("task.reassign", act)
    except Declined as refused:
        error = declined(refused)
    except TaskNotOpen as refused:
        error = str(refused)
    return _page(error) if error else done(url_for("administration.unattended"), "reassigned")


def _over() -> tuple[str, ...]:
    """The paths over which the reader supervises."""
    return tuple(sorted({path for role in SUPERVISORS for path in identity.staff().scopes_of(role)}))


def _page(error: str = "") -> Response:
    over, today = _over(), services().clock.today()
    with seeing(EVERYTHING), services().database.read() as session:
        found = services().engine.staffing.unattended(session)
        empty = _empty(session, found)
        mine = [work for work in found if any(work.scope.startswith(path) for path in over)]
        waiting = {work.id: _posts(session, work) for work in mine}
        held = _held(session, over, mine)
    return page(
        "unattended", "unattended", error=error, empty=empty, tasks=mine, waiting=waiting, held=held, today=today,
        is_administrator=bool(desk.scopes()), is_supervisor=bool(over), step=lambda work: named(work.name, work.name_en),
    )  # fmt: skip


def _empty(session: Session, found: list[OpenWork]) -> list[Empty]:
    """The empty posts of the realm, by office; the posts of a task count each."""
    counts: dict[str, int] = defaultdict(int)
    for work in found:
        for post_id in work.posts:
            counts[post_id] += 1
    scopes, rows = desk.scopes(), list[Empty]()
    for post, office in session.execute(select(Post, Office).join(Office, Office.id == Post.office_id).where(Post.id.in_(list(counts))).order_by(Office.scope, Post.role)):
        if any(office.scope.startswith(path) for path in scopes):
            rows.append(Empty(named(office.name, office.name_en), office.id, role_name(post.role), counts[post.id], desk.may("posts")))
    return rows


def _posts(session: Session, work: OpenWork) -> str:
    """For which posts a task waits, in words."""
    rows = session.execute(select(Post, Office).join(Office, Office.id == Post.office_id).where(Post.id.in_(work.posts))).all()
    return "、".join(beside(role_name(post.role), named(office.name, office.name_en)) for post, office in rows)


def _held(session: Session, over: tuple[str, ...], mine: list[OpenWork]) -> list[tuple[str, str]]:
    """The posts to which a task may be sent on: those of the offices supervised that somebody holds."""
    if not mine:
        return []
    offices = {one.id: one for path in over for one in store.offices(session, beneath=path, only_open=True)}
    posts = session.scalars(select(Post).where(Post.office_id.in_(list(offices)))).all()
    held = store.held_by_somebody(session, [post.id for post in posts], services().clock.today())
    chosen = sorted((post for post in posts if post.id in held), key=lambda post: (offices[post.office_id].scope, post.role))
    return [(post.id, f"{named(offices[post.office_id].name, offices[post.office_id].name_en)} · {role_name(post.role)}") for post in chosen]
