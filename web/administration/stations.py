"""Stations of the realm: which there are and whether they are online; making one, giving it another credential, revoking it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.installation import is_demonstration
from records.audit import Who
from records.offices import stations as records
from records.offices.model import Office, Station
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import is_english
from web.services import services
from web.staff import role_name

MADE = 201  # the page that shows a credential is kept nowhere


@dataclass(frozen=True)
class Line:
    """One station as the list shows it."""

    row: Station
    office: Office
    posts: tuple[str, ...]
    is_online: bool


@blueprint.get("/stations")
def stations() -> Response:
    """Every station that the reader's offices keep."""
    return _page()


@blueprint.post("/stations/new")
def make_station() -> BaseResponse:
    """Makes a station and shows its credential, this once."""
    form = request.form

    def act(session: Session, acting: Who) -> tuple[Station, str]:
        return records.make(session, acting, form.get("name", ""), desk.office(session, form.get("office", ""), "stations"), form.getlist("post"))

    return _shown("station.make", act)


@blueprint.post("/stations/<row_id>/renew")
def renew_station(row_id: str) -> BaseResponse:
    """Another credential, for one that was lost or seen by others; the one before is good for nothing."""
    def act(session: Session, acting: Who) -> tuple[Station, str]:
        row = _one(session, row_id)
        return row, records.renew(session, acting, row.id)

    return _shown("station.renew", act)


@blueprint.post("/stations/<row_id>/revoke")
def revoke_station(row_id: str) -> BaseResponse:
    """Takes the credential away for good."""
    if error := desk.change("station.revoke", lambda session, acting: records.revoke(session, acting, _one(session, row_id).id)):
        return _page(error)
    return done(url_for("administration.stations"), "station_revoked")


def _one(session: Session, row_id: str) -> Station:
    found = session.get(Station, row_id)
    if found is None:
        abort(404)
    desk.office(session, found.office_id, "stations")
    return found


def _shown(name: str, act: Callable[[Session, Who], tuple[Station, str]]) -> BaseResponse:
    """The credential that an act has made; the same form sent twice made one, and shows it once."""
    made = list[dict[str, Any]]()

    def kept(session: Session, acting: Who) -> None:
        row, token = act(session, acting)
        is_trial = row.is_simulated or is_demonstration(session)
        made[:] = [{"name": row.name, "posts": tuple(_names(session, row.posts).values()), "token": token, "is_trial": is_trial}]

    if error := desk.change(name, kept):
        return _page(error)
    if not made:
        return done(url_for("administration.stations"))
    return page("station", "stations", status=MADE, address=request.host_url.rstrip("/"), **made[0])


def _names(session: Session, posts: Collection[str]) -> dict[str, str]:
    """`西安市雁塔区国家税务局 · 发行岗` for each of the posts, in their order."""
    return {post: f"{en if is_english() else zh} · {role_name(role)}" for post, (role, zh, en) in records.names_of_posts(session, posts).items()}


def _page(error: str = "") -> Response:
    now = services().clock.now()
    with services().database.read() as session:
        realm = desk.realm(session)
        ids = {one.id: one for one in realm}
        found = records.of_offices(session, list(ids))
        offered = [post for post, _office in records.posts_of(session, realm)] if desk.may("stations") else []
        names = _names(session, list(dict.fromkeys([*offered, *(post for row in found for post in row.posts)])))
        rows = [Line(row, ids[row.office_id], tuple(names[post] for post in row.posts), records.is_online(row, now)) for row in found]
        posts = [(post, names[post]) for post in offered]
    return page(
        "stations", "stations", error=error, rows=rows, posts=posts, offices=desk.choices(realm), entered=request.form if error else {},
        chosen=request.form.getlist("post") if error else [],
    )  # fmt: skip
