"""The list behind the bell: what one was told, of which case, and what is read. A person sees nobody's notices but his own."""

from __future__ import annotations

from flask import abort, request, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from notices import bell, store
from notices.model import Told
from web import flash, identity, keys, requests
from web.notices import settings, streaming  # noqa: F401 -- their addresses
from web.notices.family import blueprint
from web.notices.inbox import shown
from web.services import services

__all__ = ["blueprint"]
PAGE = 50
TOASTS = 3
LAST_ID = 10**17
ID_LENGTH = 32


@blueprint.get("")
def index() -> BaseResponse:
    """The latest first: all or the unread ones, of every case or of one."""
    show, case, before = request.args.get("show", ""), request.args.get("case", "")[:ID_LENGTH], requests.whole(request.args.get("before", ""), LAST_ID)
    with services().database.read() as session:
        me = identity.staff().actor.person_id
        rows = store.listed(session, me, only_unread=show == "unread", instance_id=case, before=before, limit=PAGE + 1)
    listed = shown(rows[:PAGE])

    def at(**more: object) -> str:
        given = {"show": show, "case": case, **more}
        return url_for("notices.index", **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]

    return requests.page(
        "notices/index.html", notices=listed, show=show, case=case, case_title=next((one.title for one in listed if one.title), ""),
        first=at() if before else None, next=at(before=listed[-1].id) if len(rows) > PAGE else None, here=at(before=before or None),
    )  # fmt: skip


@blueprint.post("/read")
def read() -> BaseResponse:
    """Counts everything that came so far as read; the same form again leaves unread what came after it."""
    with services().database.write() as session:
        if keys.is_new(session, "read"):
            _read(session)
    return flash.saying(requests.go(url_for("notices.index")), "notices_read")


@blueprint.post("/<notice_id>/read")
def read_one(notice_id: str) -> BaseResponse:
    """Counts one notice as read; somebody else's is not there."""
    number = requests.whole(notice_id, LAST_ID)
    with services().database.read() as session:
        row = session.get(Told, number)
    if row is None or row.person_id != identity.staff().actor.person_id:
        abort(404)
    with services().database.write() as session:
        _read(session, Told.id == number)
    return flash.saying(requests.go(requests.local_address(request.form.get("next"), url_for("notices.index"))), "notice_read")


def _read(session: Session, *which: ColumnElement[bool]) -> None:
    me = identity.staff().actor.person_id
    if store.read(session, me, services().clock.now(), *which):
        bell.ring(session, [me])  # the other tabs count anew


@blueprint.get("/latest")
def latest() -> BaseResponse:
    """What came after a notice, for a page that is open: the newest few, and how many are unread."""
    after, me = requests.whole(request.args.get("after", ""), LAST_ID), identity.staff().actor.person_id
    with services().database.read() as session:
        rows = store.listed(session, me, only_unread=True, after=after, limit=TOASTS)
        newest, unread = store.latest_and_unread(session, [me]).get(me, (0, 0))
    return requests.page("notices/_latest.html", notices=shown(rows), newest=newest, count=unread)
