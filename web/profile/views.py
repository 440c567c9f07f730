"""A person's own page: posts held, language, where else one is signed in."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from web import flash, identity, requests
from web.services import services
from web.sessions import store

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("")
def index() -> BaseResponse:
    """Posts, language and open sessions of the person who asks."""
    me = identity.staff()
    with services().database.read() as session:
        sessions = store.sessions_of(session, me.actor.person_id)
        session.expunge_all()
    return requests.page("profile/index.html", me=me, sessions=sessions, this_one=store.digest(request.cookies[identity.COOKIE]))


@blueprint.post("/sessions/end-others")
def end_others() -> BaseResponse:
    """Signs this person out everywhere but here."""
    with services().database.write() as session:
        store.end_others(session, store.digest(request.cookies[identity.COOKIE]), identity.staff().actor.person_id)
    return flash.saying(requests.go(url_for("profile.index")), "others_ended")
