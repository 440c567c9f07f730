"""The way in and out: signing in, signing out, choosing the language."""

from __future__ import annotations

from flask import Blueprint, g, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who, note
from web import csrf, identity, kept, languages, requests
from web.access import public
from web.services import services
from web.sessions import store
from web.staff import Refused, prove

blueprint = Blueprint("entry", __name__)
INCOMPLETE = Refused(_l("请填写用户名和密码。"), locked=False)
YEAR_S = 365 * 24 * 3600


@blueprint.get("/sign-in")
@public
def sign_in() -> BaseResponse:
    """The sign-in page; people who are signed in already go on."""
    if g.staff is not None:
        return requests.go(_next())
    return requests.page("entry/sign_in.html", login="", refused=None, next=_next(), kept=None)


@blueprint.post("/sign-in")
@public
def enter() -> BaseResponse:
    """Checks login and password; a refusal never says which of the two was wrong."""
    deps = services()
    login = request.form.get("login", "").strip()[:64]
    password, address = request.form.get("password", "")[:256], request.remote_addr or ""
    if not login or not password:  # nothing was tried, nothing is counted
        return requests.page("entry/sign_in.html", status=422, login=login, refused=INCOMPLETE, next=_next(), kept=kept.carried())
    proof = prove(deps.database, login, password, address, deps.clock.now(), deps.settings.attempts)
    if isinstance(proof, Refused):
        return requests.page(
            "entry/sign_in.html", status=401 if not proof.locked else 429, login=login, refused=proof, next=_next(),
            kept=kept.carried(),
        )
    with deps.database.write() as session:
        agent = request.user_agent.string
        token = store.open_session(session, proof, deps.clock.now(), agent=agent, address=address)
        language = store.preference(session, proof).language
    response: BaseResponse = requests.go(_next())
    if begun := kept.carried():
        response = requests.page("entry/go_on.html", begun=begun, who=login, token=csrf.issue(token))
    identity.begin(response, token)
    if language:
        _speak(response, language)
    return response


@blueprint.post("/sign-out")
def sign_out() -> BaseResponse:
    """Ends the session on the server; the cookie is worth nothing afterwards."""
    deps, me = services(), identity.staff()
    with deps.database.write() as session:
        store.end_session(session, store.digest(request.cookies[identity.COOKIE]), me.actor.person_id)
        note(session, Who(me.actor.person_id, me.actor.name, deps.clock.now()), "session:sign_in:ended", "login", me.login[:32])
    response = requests.go_whole(url_for("entry.sign_in"))
    identity.end(response)
    return response


@blueprint.post("/language")
@public
def language() -> BaseResponse:
    """Draws the pages in the chosen language from now on."""
    wanted = request.form.get("language", "")
    chosen = wanted if wanted in languages.NAMES else languages.DEFAULT
    if g.staff is not None:
        with services().database.write() as session:
            store.prefer(session, g.staff.actor.person_id, language=chosen)
    response = requests.go(_next())
    _speak(response, chosen)
    return response


def _speak(response: BaseResponse, language: str) -> None:
    response.set_cookie(languages.COOKIE, language, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure, path="/")


def _next() -> str:
    return requests.local_address(request.values.get("next"), url_for("worklist.index"))
