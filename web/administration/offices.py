"""The tree of offices, and the page of one: what it is, who holds which post, what has changed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.sight import EVERYTHING, seeing
from records.audit import Who, trail_of
from records.offices import holdings, tree
from records.offices.levels import LEVELS
from records.offices.model import Office, OfficeRegion, Person
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.administration.words import told
from web.services import services

TEXT_LIMIT = 60


@blueprint.get("/offices")
def offices() -> Response:
    """The offices of the reader's realm as a tree, or those that hold a text."""
    text = request.args.get("q", "").strip()[:TEXT_LIMIT]
    with seeing(EVERYTHING), services().database.read() as session:
        found = desk.realm(session)
        people = dict(session.execute(select(Person.office_id, func.count()).where(Person.active.is_(True)).group_by(Person.office_id)).all())
    top = min((one.scope.count("/") for one in found), default=0)
    lowered = text.lower()
    rows = [
        (one, one.scope.count("/") - top, people.get(one.id, 0))
        for one in found
        if not lowered or lowered in one.name.lower() or lowered in one.name_en.lower() or lowered in one.code
    ]
    return page("offices", "offices", rows=rows, text=text, total=len(found))


@blueprint.get("/offices/<office_id>")
def office(office_id: str) -> Response:
    """One office."""
    return _page(office_id)


@blueprint.post("/offices/<office_id>/<act>")
def change_office(office_id: str, act: str) -> BaseResponse:
    """One change of an office, by the administrator whose it is."""
    acts = {
        "rename": _rename, "regions": _regions, "child": _child, "move": _move, "close": _close, "reopen": _reopen, "post": _post,
    }  # fmt: skip
    what = "posts" if act == "post" else "offices"
    with seeing(EVERYTHING), services().database.read() as session:
        desk.office(session, office_id, what)
    error = desk.change(f"office.{act}", lambda session, acting: acts[act](session, acting, office_id))
    return _page(office_id, error) if error else done(url_for("administration.office", office_id=office_id))


def _rename(session: Session, acting: Who, office_id: str) -> None:
    tree.rename(session, acting, office_id, request.form.get("name", ""), request.form.get("name_en", ""))


def _regions(session: Session, acting: Who, office_id: str) -> None:
    given = request.form.get("regions", "").replace("，", " ").replace(",", " ").replace("、", " ").split()
    tree.set_regions(session, acting, office_id, given)


def _child(session: Session, acting: Who, office_id: str) -> None:
    form = request.form
    above = desk.office(session, office_id, "offices")
    tree.create(session, acting, form.get("code", ""), form.get("child_name", ""), form.get("child_name_en", ""), form.get("level", ""), above)


def _move(session: Session, acting: Who, office_id: str) -> None:
    above = desk.office(session, request.form.get("above", ""), "offices")
    old, new = tree.move(session, acting, office_id, above.id)
    services().engine.staffing.move_office(session, old, new)


def _close(session: Session, acting: Who, office_id: str) -> None:
    def count(row: Office, posts: Sequence[str]) -> tree.Work:
        return tree.Work(*services().engine.staffing.work_at(session, row.scope, posts))

    tree.close(session, acting, office_id, services().clock.today(), count)


def _reopen(session: Session, acting: Who, office_id: str) -> None:
    tree.reopen(session, acting, office_id)


def _post(session: Session, acting: Who, office_id: str) -> None:
    holdings.make_post(session, acting, desk.role(request.form.get("role", "")), desk.office(session, office_id, "posts"))


def _page(office_id: str, error: str = "") -> Response:
    today = services().clock.today()
    with seeing(EVERYTHING), services().database.read() as session:
        row = desk.office(session, office_id)
        above = session.get(Office, row.parent_id) if row.parent_id else None
        realm = desk.realm(session)
        children = [one for one in realm if one.parent_id == row.id]
        regions = sorted(session.scalars(select(OfficeRegion.region).where(OfficeRegion.office_id == row.id)))
        held = holdings.of_office(session, row.id, today)
        posts = holdings.posts_of(session, row.id)
        running, total = services().engine.staffing.work_beneath(session, row.scope)
        events = told(session, reversed(trail_of(session, "office", row.id)))
    by_post = [(post, [one for one in held if one.post_id == post.id]) for post in posts]
    targets = [one for one in realm if LEVELS.index(one.level) < LEVELS.index(row.level) and one.id != row.parent_id]
    lower = LEVELS[LEVELS.index(row.level) + 1 :]
    return page(
        "office", "offices", error=error, office=row, above=above, above_seen=above is not None and any(one.id == above.id for one in realm),
        children=children, regions=regions, posts=by_post, running=running, total=total, events=events, targets=desk.choices(targets),
        levels=[(level, desk.level_name(level)) for level in lower], roles=desk.roles(), entered=request.form if error else {},
    )  # fmt: skip
