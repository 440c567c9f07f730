"""The list behind the bell."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response as BaseResponse

from web import flash, identity, requests
from web.notices.inbox import inbox, titles
from web.services import services
from web.sessions import store

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
def index() -> BaseResponse:
    """Reminders and urgings, the latest first."""
    listed = inbox()
    return requests.page("notices/index.html", notices=listed, titles=titles(listed))


@blueprint.post("/read")
def read() -> BaseResponse:
    """Counts everything that came so far as read."""
    deps = services()
    with deps.database.write() as session:
        store.prefer(session, identity.staff().actor.person_id, notices_seen_at=deps.clock.now())
    return flash.saying(requests.go(url_for("notices.index")), "notices_read")
