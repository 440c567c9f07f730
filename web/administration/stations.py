"""Stations of the realm: which there are and whether they are online; making one, giving it another credential, revoking it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

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
        made[:] = [{"name": row.name, "posts": _names(session, row), "token": token}]

    if error := desk.change(name, kept):
        return _page(error)
    if not made:
        return done(url_for("administration.stations"))
    return page("station", "stations", status=MADE, address=request.host_url.rstrip("/"), **made[0])


def _names(session: Session, row: Station) -> tuple[str, ...]:
    return tuple(post_name(session, post) for post in row.posts)


def post_name(session: Session, post: str) -> str:
    """`西安市雁塔区国家税务局 · 发行岗`"""
    role, zh, en = records.name_of_post(session, post)
    return f"{en if is_english() else zh} · {role_name(role)}"


def _page(error: str = "") -> Response:
    now = services().clock.now()
    with services().database.read() as session:
        realm = desk.realm(session)
        ids = {one.id: one for one in realm}
        rows = [Line(row, ids[row.office_id], _names(session, row), records.is_online(row, now)) for row in records.of_offices(session, list(ids))]
        posts = [(post, post_name(session, post)) for post, _office in records.posts_of(session, realm)]
    return page(
        "stations", "stations", error=error, rows=rows, posts=posts, offices=desk.choices(realm), entered=request.form if error else {},
        chosen=request.form.getlist("post") if error else [],
    )  # fmt: skip
