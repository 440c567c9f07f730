"""A page that answers a posted form is read by GET, so that going back to it and reloading it never ask to send the form again.

Browsers cannot show the answer to a POST a second time where nothing may stay in their cache (`no-store`): going back would end at
ERR_CACHE_MISS, and what was typed would be lost. What htmx asks for is no page and has no place in the history.
"""

from __future__ import annotations

import gzip

from flask import Blueprint, Flask, Response, abort, g, request, url_for
from sqlalchemy import delete
from werkzeug.wrappers import Response as BaseResponse

from db.ids import new_id
from web import headers, identity, languages, requests
from web.entry.coming_in import speak
from web.returned.tables import WebReturned
from web.services import services
from web.sessions.store import prefer

GOES_ON = frozenset((200, 409, 422))  # a page on which one goes on working; nothing is kept of a request that was no form of ours
blueprint = Blueprint("returned", __name__, url_prefix="/returned")


@blueprint.get("/<page_id>")
def show(page_id: str) -> BaseResponse:
    """The page that a form came back as, for the person who sent it."""
    deps = services()
    with deps.database.read() as session:
        row = session.get(WebReturned, page_id)
        if row is None or row.person_id != identity.staff().actor.person_id:
            abort(404)
        answer = Response(gzip.decompress(row.content), row.status, mimetype="text/html")
    return headers.with_diagram(answer)


def _give_an_address(response: Response) -> Response:
    is_page = request.method == "POST" and not requests.is_htmx() and response.mimetype == "text/html"
    if not is_page or response.status_code not in GOES_ON or g.get("staff") is None:
        return response
    deps, person_id, page_id = services(), identity.staff().actor.person_id, new_id()
    content = gzip.compress(response.get_data(), 5, mtime=0)
    with deps.database.write() as session:
        session.execute(delete(WebReturned).where(WebReturned.created_at < deps.clock.now() - identity.rules().lifetime))
        session.add(
            WebReturned(
                id=page_id, person_id=person_id, status=response.status_code, content=content, created_at=deps.clock.now()
            )
        )
        if language := languages.wanted():
            prefer(session, person_id, language=language)
    moved = Response(status=303, headers={"Location": url_for("returned.show", page_id=page_id)})
    if language:
        speak(moved, language)
    return moved


def install(app: Flask) -> None:
    """Has every page that answers a form of somebody who is signed in moved to an address of its own."""
    app.after_request(_give_an_address)
