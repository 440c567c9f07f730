"""The way in and out: signing in, signing out, choosing the language."""

from __future__ import annotations

from flask import g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who, note
from web import identity, kept, languages, requests
from web.entry import code, door
from web.entry.coming_in import come_in, next_address, speak
from web.entry.family import blueprint
from web.entry.outside import views as outside
from web.entry.proving import Refused, prove
from web.services import services
from web.sessions import store
from web.sessions.store import Entry

__all__ = ["blueprint", "code", "outside"]  # the pages of the family, gathered here


@blueprint.get("/sign-in")
def sign_in() -> BaseResponse:
    """The sign-in page; people who are signed in already go on."""
    return requests.go(next_address()) if g.staff is not None else door.page()


@blueprint.post("/sign-in")
def enter() -> BaseResponse:
    """Checks login and password; a refusal never says which of the two was wrong."""
    login = request.form.get("login", "").strip()[:64]
    password, address = request.form.get("password", "")[:256], request.remote_addr or ""
    if not login or not password:  # nothing was tried, nothing is counted
        return door.page(door.INCOMPLETE, status=422, login=login, begun=kept.carried())
    proof = prove(services(), login, password, address)
    if isinstance(proof, Refused):
        return door.page(proof, login=login, begun=kept.carried())
    assert proof.person_id is not None
    return come_in(Entry(proof.person_id, must_change=proof.must_change), proof.wants_code, next_address())


@blueprint.post("/sign-out")
def sign_out() -> BaseResponse:
    """Ends the session on the server; the cookie is worth nothing afterwards."""
    deps, me = services(), identity.staff()
    with deps.database.write() as session:
        store.end_session(session, identity.current_session().token_sha256, me.actor.person_id)
        note(session, Who(me.actor.person_id, me.actor.name, deps.clock.now()), "session:sign_in:ended", "login", me.login[:32])
    response = requests.go_whole(url_for("entry.sign_in"))
    identity.end(response)
    return response


@blueprint.post("/language")
def language() -> BaseResponse:
    """Draws the pages in the chosen language from now on."""
    wanted = request.form.get("language", "")
    chosen = wanted if wanted in languages.NAMES else languages.DEFAULT
    if g.staff is not None:
        with services().database.write() as session:
            store.prefer(session, g.staff.actor.person_id, language=chosen)
    response = requests.go(next_address())
    speak(response, chosen)
    return response
