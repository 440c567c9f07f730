"""Who asks: the session behind the cookie, the person behind the session, and the rights that person has today.

Rights are read with every request: a post that was taken away, or a session that was ended, counts at once.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, abort, current_app, g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from web import access, csrf, door, flash, requests
from web.services import services
from web.sessions import store
from web.staff import Staff, staff_of

COOKIE = "jinshui_session"
VISITOR = "jinshui_visitor"  # before sign-in: something of the browser's own to tie form tokens to
FORM_WITH_FILES = "multipart/form-data"


def staff() -> Staff:
    """The person who is signed in; only for views that are not public."""
    found = g.get("staff")
    assert isinstance(found, Staff)
    return found


def browser_secret() -> str:
    """The cookie to which form tokens are tied: the session's, or a visitor's."""
    if g.get("staff") is not None:
        return request.cookies[COOKIE]
    if "visitor" not in g:
        g.visitor = request.cookies.get(VISITOR) or secrets.token_urlsafe(24)
    return str(g.visitor)


def csrf_token() -> str:
    """A token for a form of this page."""
    return csrf.issue(browser_secret())


def _identify() -> BaseResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    # Only uploads may be large: a form sent url-encoded is read into memory whole, whatever MAX_FORM_MEMORY_SIZE says.
    has_files = request.mimetype == FORM_WITH_FILES
    if not (has_files and access.is_for_files(view)):
        request.max_content_length = services().settings.max_form_bytes
    if request.endpoint == "assets.built":
        return None
    g.staff = _signed_in()
    if has_files and g.staff is None:  # refused before a byte is read: who is not signed in has nothing to send
        raise csrf.ForgedRequest
    csrf.check(request, request.cookies.get(COOKIE if g.staff else VISITOR, ""))
    if view is None or access.is_public(view):
        return None
    if g.staff is None:
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return requests.go_whole(url_for("entry.sign_in", next=requests.local_address(here, "/")))
    if door.leads_nowhere(request.path):
        abort(404)
    roles = access.roles_of(view)
    if (roles and not roles & g.staff.actor.roles) or (access.is_for_offices(view) and not g.staff.actor.scopes):
        abort(404 if access.is_hidden(view) else 403)
    return None


def _signed_in() -> Staff | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    deps = services()
    now = deps.clock.now()
    with deps.database.read() as session:
        row = store.find_session(session, token, now, idle=deps.settings.idle, lifetime=deps.settings.lifetime)
        found = staff_of(session, row.person_id, deps.clock.today()) if row else None
        stale = row is not None and store.is_stale(row, now)
        if found is not None:
            deps.deadlines.published.in_force(session)  # another node may have loaded a year since the last request
            chosen = store.preference(session, found.actor.person_id)
            g.language, g.notices_seen_at = chosen.language, chosen.notices_seen_at
    if stale:
        with deps.database.write() as session:
            store.touch(session, store.digest(token), now)
    return found


def _remember(response: Response) -> Response:
    if "visitor" in g and VISITOR not in request.cookies:
        response.set_cookie(VISITOR, g.visitor, **_cookie())
    if g.get("said"):
        response.delete_cookie(flash.COOKIE, path="/")
    return response


def _cookie() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Lax", "secure": services().settings.secure_cookies, "path": "/"}


def begin(response: BaseResponse, token: str) -> None:
    """Gives the browser its session."""
    response.set_cookie(COOKIE, token, **_cookie())
    response.delete_cookie(VISITOR, path="/")


def end(response: BaseResponse) -> None:
    """Takes the session from the browser."""
    response.delete_cookie(COOKIE, path="/")


def install(app: Flask) -> None:
    """Has every request identified, and gives templates `staff`, `csrf`, `flashed`."""
    app.before_request(_identify)
    app.after_request(_remember)
    app.jinja_env.globals.update(staff=staff, csrf=csrf_token, flashed=flash.flashed)
