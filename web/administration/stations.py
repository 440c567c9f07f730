"""Stations of the realm: which there are, whether they are online and what lies there; making one, giving it another credential, revoking it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.installation import is_demonstration
from engine.external import AtPost
from records.audit import Who
from records.offices import stations as records
from records.offices.errors import ChangeRefused
from records.offices.model import Office, Station
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import is_english, named
from web.services import services
from web.staff import role_name

MANUAL = "docs/stations.zh-CN.md"
MADE = 201  # the page that shows a credential is kept nowhere
TEXT_LIMIT = 60
OFFERED_AT_ONCE = 40  # offices whose posts are offered; where there are more, one looks for the others
FIELDS = {"missing": "name", "too_long": "name", "station_twice": "name", "station_post": "post", "station_elsewhere": "office", "station_posts": "post"}
DEVICES = {  # as `hardware.jobs` names them, which this room does not know; a test holds them together
    "reader": _l("读卡器"), "keys": _l("密钥机"), "drive": _l("软驱"), "carrier": _l("备份载体"), "printer": _l("打印机"), "labels": _l("标签机"),
}  # fmt: skip
_ROLE = re.compile(r'"([a-z_]+)@')


@dataclass(frozen=True)
class Line:
    """One station as the list shows it; `work`: what lies at its posts; `hand`: the jobs that it works just now; `answer`: which job it answered last."""

    row: Station
    office: Office
    posts: tuple[str, ...]
    is_online: bool
    work: AtPost
    devices: tuple[str, ...]
    hand: tuple[tuple[str, datetime], ...]
    answer: str


@dataclass(frozen=True)
class Group:
    """The posts of an office: (post, name)."""

    office: str
    posts: list[tuple[str, str]]


@dataclass(frozen=True)
class Refused:
    """Why nothing was changed; `field` where it belongs to one."""

    text: str = ""
    field: str = ""


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
        return _page(Refused(error))
    return done(url_for("administration.stations"), "station_revoked")


def _one(session: Session, row_id: str) -> Station:
    found = session.get(Station, row_id)
    if found is None:
        abort(404)
    desk.office(session, found.office_id, "stations")
    return found


def _shown(name: str, act: Callable[[Session, Who], tuple[Station, str]]) -> BaseResponse:
    """The credential that an act has made; the same form sent twice made one, and shows it once."""
    made, fields = list[dict[str, Any]](), list[str]()

    def kept(session: Session, acting: Who) -> None:
        try:
            row, token = act(session, acting)
        except ChangeRefused as refused:
            fields.append(FIELDS.get(refused.code, ""))
            if refused.code == "station_elsewhere":
                raise ChangeRefused(refused.code, value=next(iter(_names(session, [refused.details["value"]]).values()))) from refused
            raise
        is_trial = row.is_simulated or is_demonstration(session)
        made[:] = [{"name": row.name, "posts": tuple(_names(session, row.posts).values()), "token": token, "is_trial": is_trial}]

    if error := desk.change(name, kept):
        return _page(Refused(error, fields[-1] if fields else ""))
    if not made:
        return done(url_for("administration.stations"))
    return page("station", "stations", status=MADE, manual=MANUAL, address=request.host_url.rstrip("/"), **made[0])


def _names(session: Session, posts: Collection[str]) -> dict[str, str]:
    """`西安市雁塔区国家税务局 · 发行岗` for each of the posts, in their order."""
    return {post: f"{en if is_english() else zh} · {role_name(role)}" for post, (role, zh, en) in records.names_of_posts(session, posts).items()}


def working_roles() -> set[str]:
    """The roles whose posts the deployed procedures give jobs to; none where no procedure needs a station."""
    found = set[str]()
    for procedure in services().engine.procedures():
        for model in procedure.models.values():
            for element in model.elements.values():
                if element.topic in services().jobs:
                    found.update(_ROLE.findall(element.properties.get("post", "")))
    return found


def _page(refused: Refused = Refused()) -> Response:
    now, wanted, every = services().clock.now(), request.args.get("q", "").strip()[:TEXT_LIMIT], request.args.get("every") == "1"
    roles, chosen = working_roles() if desk.may("stations") else set(), request.form.getlist("post") if refused.text else []
    with services().database.read() as session:
        realm = desk.realm(session)
        ids = {one.id: one for one in realm}
        found = records.of_offices(session, list(ids))
        offered = records.posts_of(session, realm) if desk.may("stations") else []
        names = _names(session, list(dict.fromkeys([*(post for post, _office in offered), *(post for row in found for post in row.posts)])))
    work = services().engine.workers.at_posts(sorted({post for row in found if not row.revoked_at for post in row.posts}))
    hand = services().engine.workers.in_hand([row.id for row in found if not row.revoked_at])
    rows = [
        Line(
            row, ids[row.office_id], tuple(names[post] for post in row.posts), records.is_online(row, now), _sum([work[post] for post in row.posts if post in work]),
            tuple(_device(one) for one in row.devices), tuple((_job(topic), since) for topic, since in hand.get(row.id, ())), _job(row.answered_topic),
        )
        for row in found
    ]  # fmt: skip
    known = roles & {post.partition("@")[0] for post, _office in offered}
    groups = _groups(offered, names, lambda post: post in chosen or (every or not known or post.partition("@")[0] in known), wanted.lower(), chosen)
    return page(
        "stations", "stations", error="" if refused.field else refused.text, errors={refused.field: refused.text} if refused.field else {},
        status=422 if refused.text else 200, rows=rows, groups=groups[:OFFERED_AT_ONCE], more=max(0, len(groups) - OFFERED_AT_ONCE), offices=desk.choices(realm),
        entered=request.form if refused.text else {}, chosen=chosen, wanted=wanted, looks="q" in request.args, every=every, narrows=bool(known),
    )  # fmt: skip


def _groups(
    offered: Sequence[tuple[str, Office]], names: Mapping[str, str], has_work: Callable[[str], bool], wanted: str, chosen: Collection[str]
) -> list[Group]:
    """By office, in the order of the tree; what was chosen stands there whatever is looked for."""
    by_office: dict[str, Group] = {}
    for post, office in sorted(offered, key=lambda one: one[1].scope):
        if has_work(post) and (post in chosen or wanted in names[post].lower() or wanted in office.name.lower() or wanted in office.name_en.lower()):
            where, _dot, role = names[post].partition(" · ")
            title = named(office.name, office.name_en)
            by_office.setdefault(office.id, Group(title, [])).posts.append((post, role if where == title else names[post]))
    return sorted(by_office.values(), key=lambda group: not any(post in chosen for post, _name in group.posts))


def _device(name: str) -> str:
    """What a device is called; one that a newer station has and this house does not know yet, as the station calls it."""
    return str(DEVICES[name]) if name in DEVICES else name


def _job(topic: str) -> str:
    """What a job is called at the counter."""
    known = services().jobs.get(topic)
    return named(known.name, known.name_en) if known else topic


def _sum(found: Sequence[AtPost]) -> AtPost:
    since = [one.since for one in found if one.since]
    return AtPost(sum(one.waiting for one in found), min(since) if since else None, next((named(one.reason, one.reason_en) for one in found if one.reason), ""))
