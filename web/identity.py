"""Who asks: the session behind the cookie, the person behind the session, and the rights that person has today.

Rights are read with every request: a post that was taken away, or a session that was ended, counts at once.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, Response, abort, g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from db.sight import EVERYTHING, NOTHING, see
from engine.sight import sight_of
from records.offices.sign_in_rules import SignInRules, rules_of
from web import csrf, door, flash, requests
from web.api import credentials
from web.rights.door import require, row_of
from web.services import services
from web.sessions import store
from web.sessions.tables import WebSession
from web.staff import Staff, staff_of

COOKIE = "jinshui_session"
VISITOR = "jinshui_visitor"  # before sign-in: something of the browser's own to tie form tokens to
OWN_HOST = "__Host-"  # over TLS: taken by browsers from this very host alone, so that no neighbour can plant one
FORM_WITH_FILES = "multipart/form-data"


def staff() -> Staff:
    """The person who is signed in; only for views that are not public."""
    found = g.get("staff")
    assert isinstance(found, Staff)
    return found


def rules() -> SignInRules:
    """The rules of signing in as they were read with this request; only for people who are signed in."""
    found = g.rules
    assert isinstance(found, SignInRules)
    return found


def current_session() -> WebSession:
    """The session of this request as it was read; only for people who are signed in."""
    found = g.session
    assert isinstance(found, WebSession)
    return found


def duty() -> str:
    """What the person who is signed in owes before anything else is open: `password`, `second_factor`, or nothing."""
    if g.get("staff") is None:
        return ""
    if current_session().must_change:
        return "password"
    owes = rules().demands_second_factor(staff().actor.roles) and not current_session().second_factor
    return "second_factor" if owes else ""


def cookie_named(name: str) -> str:
    """The name that a cookie of ours has where people reach the pages over TLS, or without."""
    return f"{OWN_HOST}{name}" if services().settings.secure_cookies else name


def cookie(name: str) -> str:
    """The value that the browser sent; empty for none."""
    return request.cookies.get(cookie_named(name), "")


def browser_secret() -> str:
    """The cookie to which form tokens are tied: the session's, or a visitor's."""
    if g.get("staff") is not None:
        return cookie(COOKIE)
    if "visitor" not in g:
        g.visitor = cookie(VISITOR) or secrets.token_urlsafe(24)
    return str(g.visitor)


def csrf_token() -> str:
    """A token for a form of this page."""
    return csrf.issue(browser_secret())


def _identify() -> BaseResponse | None:
    see(NOTHING)  # until it is known who asks
    row = row_of(request.endpoint, request.method, request.view_args)
    # Only uploads may be large: a form sent url-encoded is read into memory whole, whatever MAX_FORM_MEMORY_SIZE says.
    has_files = request.mimetype == FORM_WITH_FILES
    if not (has_files and row is not None and row.files):
        request.max_content_length = services().settings.max_form_bytes
    if request.endpoint == "assets.built":
        return None
    g.staff = _signed_in(is_attended=row is None or row.attended)
    if g.staff is not None:
        see(sight_of(g.staff.actor))
    if has_files and g.staff is None:  # refused before a byte is read: who is not signed in has nothing to send
        raise csrf.ForgedRequest
    if row is not None and row.kind.by_credential:  # no page sends that header, so no page can be made to send it
        credentials.require()
        return None
    csrf.check(request, cookie(COOKIE if g.staff else VISITOR))
    if request.endpoint is None or (row is not None and row.kind.is_public):
        return None
    if g.staff is None:
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return requests.go_whole(url_for("entry.sign_in", next=requests.local_address(here, "/")))
    if door.leads_nowhere(request.path):
        abort(404)
    if (owed := duty()) and not (row is not None and row.kind.before_duties):
        return requests.go_whole(url_for("security.password" if owed == "password" else "security.second_factor"))
    require(row, g.staff.actor)
    return None


def _signed_in(*, is_attended: bool) -> Staff | None:
    token = cookie(COOKIE)
    if not token:
        return None
    deps = services()
    now = deps.clock.now()
    with deps.database.read() as session:
        g.rules = rules_of(session)
        row = store.find_session(session, token, now, idle=g.rules.idle, lifetime=g.rules.lifetime)
        found = staff_of(session, row.person_id, deps.clock.today()) if row else None
        stale = row is not None and is_attended and store.is_stale(row, now)
        if found is not None:
            deps.deadlines.published.in_force(session)  # another node may have loaded a year since the last request
            chosen = store.preference(session, found.actor.person_id)
            g.language = chosen.language
    if row is not None and found is None:  # gone: should the person come back one day, this session does not
        with deps.database.write() as session:
            store.end_session(session, row.token_sha256, row.person_id)
    elif stale:
        with deps.database.write() as session:
            store.touch(session, store.digest(token), now)
    g.session = row
    return found


def _remember(response: Response) -> Response:
    if "visitor" in g and not cookie(VISITOR):
        response.set_cookie(cookie_named(VISITOR), g.visitor, **cookie_flags())
    if g.get("said"):
        response.delete_cookie(flash.COOKIE, path="/")
    return response


def _see_as_before(_error: BaseException | None) -> None:
    see(EVERYTHING)  # the thread is nobody's again: what follows on it is no page


def cookie_flags() -> dict[str, Any]:
    """Out of reach of scripts, of other sites, and over TLS of everybody on the way."""
    return {"httponly": True, "samesite": "Lax", "secure": services().settings.secure_cookies, "path": "/"}


def begin(response: BaseResponse, token: str) -> None:
    """Gives the browser its session."""
    response.set_cookie(cookie_named(COOKIE), token, **cookie_flags())
    forget(response, VISITOR)


def end(response: BaseResponse) -> None:
    """Takes the session from the browser."""
    forget(response, COOKIE)


def forget(response: BaseResponse, name: str) -> None:
    """Takes a cookie of ours from the browser; over TLS it must be named with the flags that it was given with."""
    response.delete_cookie(cookie_named(name), path="/", secure=services().settings.secure_cookies, httponly=True, samesite="Lax")


def install(app: Flask) -> None:
    """Has every request identified, and gives templates `staff`, `csrf`, `flashed`, `duty`."""
    app.before_request(_identify)
    app.after_request(_remember)
    app.teardown_request(_see_as_before)
    app.jinja_env.globals.update(staff=staff, csrf=csrf_token, flashed=flash.flashed, duty=duty)
