"""The last step of every way in: a session, or the question for the second factor before there is one."""

from __future__ import annotations

from flask import g, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from web import csrf, identity, kept, languages, requests
from web.services import services
from web.sessions import halfway, store
from web.sessions.store import Entry

HALFWAY = "jinshui_halfway"
YEAR_S = 365 * 24 * 3600


def come_in(entry: Entry, wants_code: bool, next_address: str) -> BaseResponse:
    """After the first half: on to the code where one is wanted, else in."""
    deps = services()
    if not wants_code:
        with deps.database.write() as session:
            opened = opening(session, entry)
        return inside(opened, next_address)
    with deps.database.write() as session:
        token = halfway.begin(session, entry, deps.clock.now())
    response: BaseResponse = requests.go(url_for("entry.code", next=next_address))
    if begun := kept.carried():  # a redirect would lose it
        response = requests.page("entry/code.html", refused=None, next=next_address, kept=begun)
    response.set_cookie(identity.cookie_named(HALFWAY), token, **identity.cookie_flags())
    return response


def opening(session: Session, entry: Entry) -> tuple[str, str]:
    """A new session with a token of its own, whoever sat at this browser before; the token, and the person's language."""
    deps = services()
    if g.staff is not None:
        store.end_session(session, store.digest(identity.cookie(identity.COOKIE)), g.staff.actor.person_id)
    token = store.open_session(session, entry, deps.clock.now(), agent=request.user_agent.string, address=request.remote_addr or "")
    return token, store.preference(session, entry.person_id).language


def inside(opened: tuple[str, str], next_address: str) -> BaseResponse:
    """On to the page that was asked for, with the session's cookie."""
    token, language = opened
    response: BaseResponse = requests.go(next_address)
    if begun := kept.carried():
        response = requests.page("entry/go_on.html", begun=begun, token=csrf.issue(token))
    identity.begin(response, token)
    identity.forget(response, HALFWAY)
    if language:
        speak(response, language)
    return response


def speak(response: BaseResponse, language: str) -> None:
    """Has the browser remember a language."""
    response.set_cookie(languages.COOKIE, language, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure, path="/")


def next_address() -> str:
    """Where somebody wanted to go; a page of ours, whatever the address says."""
    return requests.local_address(request.values.get("next"), url_for("worklist.home"))
