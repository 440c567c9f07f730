"""The security administrator's pages: how people sign in, and what is done where one has forgotten, lost or left something."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import note
from records.offices import credentials, outside, second_factor
from records.offices.model import Person
from records.offices.passwords import hash_password, readable_secret
from records.offices.reach import Reach, people_within, person_within
from web import flash, identity, keys, requests
from web.security import acts
from web.security.devices import device, way_in
from web.security.family import blueprint
from web.security.standing import lines_of, roles_of
from web.services import services
from web.sessions import store
from web.staff import role_name

ROLE = "security_administrator"
SIZE = 50
LAST_OFFSET = 1_000_000
MADE = 201  # as in web/security/factor.py: the page that shows a one-time password is kept nowhere


def may_administer() -> bool:
    """Whether the person who is signed in has these pages."""
    return ROLE in identity.staff().actor.roles


@blueprint.get("/people")
def people() -> BaseResponse:
    """Who can sign in, of the administrator's offices, and how."""
    words, offset = request.args.get("q", "").strip()[:100], requests.whole(request.args.get("offset", ""), LAST_OFFSET)
    with services().database.read() as session:
        found = people_within(session, _reach(), words, limit=SIZE + 1, offset=offset)
        lines = lines_of(session, found[:SIZE])
    return requests.page("security/people.html", lines=lines, words=words, offset=offset, size=SIZE, has_more=len(found) > SIZE)


@blueprint.get("/people/<person_id>")
def person(person_id: str) -> BaseResponse:
    """One person: password, second factor, sessions."""
    return _page(person_id)


@blueprint.post("/people/<person_id>/reset")
def reset(person_id: str) -> BaseResponse:
    """A one-time password, shown this once to be handed over; the person is out everywhere."""
    password = readable_secret()
    password_hash = hash_password(password)  # before the transaction: it takes longer than many
    with services().database.write() as session:
        found = _other(session, person_id)
        acts.demand_new(session, "reset")
        credentials.reset_password(session, found.id, password_hash, acts.who(), identity.rules())
        _end_all(session, found)
        until = credentials.held_password(session, found.id).initial_until
    return requests.page("security/one_time_password.html", status=MADE, found=found, password=password, until=until)


@blueprint.post("/people/<person_id>/unlock")
def unlock(person_id: str) -> BaseResponse:
    """Opens a locked login at once."""
    with services().database.write() as session:
        found = _other(session, person_id)
        if keys.is_new(session, "unlock"):
            credentials.lift_lock(session, found.id, acts.who())
    return _back(person_id, "unlocked")


@blueprint.post("/people/<person_id>/remove-factor")
def remove_factor(person_id: str) -> BaseResponse:
    """For a lost device: the second factor is set up anew; the person is out everywhere."""
    with services().database.write() as session:
        found = _other(session, person_id)
        if keys.is_new(session, "remove-factor") and second_factor.remove(session, found.id, acts.who()):
            _end_all(session, found)
    return _back(person_id, "factor_removed")


@blueprint.post("/people/<person_id>/end-sessions")
def end_all(person_id: str) -> BaseResponse:
    """Has a person out everywhere."""
    with services().database.write() as session:
        found = _other(session, person_id)
        if keys.is_new(session, "end-sessions"):
            _end_all(session, found)
    return _back(person_id, "sessions_ended")


@blueprint.post("/people/<person_id>/sessions/<session_id>/end")
def end_one(person_id: str, session_id: str) -> BaseResponse:
    """Has a person out of one device."""
    with services().database.write() as session:
        found = _other(session, person_id)
        if keys.is_new(session, "end-session"):
            acts.demand(store.end_session(session, session_id, found.id))
            note(session, acts.who(), "session:device:ended", "login", found.login[:32], new={"by": "administrator"})
    return _back(person_id, "session_ended")


@blueprint.post("/people/<person_id>/outside")
def link(person_id: str) -> BaseResponse:
    """Writes down by what the provider of identities knows a person; empty for by nothing."""
    settings, value = services().settings.outside, request.form.get("value", "").strip()[:200]
    acts.demand(settings)
    assert settings is not None
    try:
        with services().database.write() as session:
            found = _other(session, person_id)
            if keys.is_new(session, "link") and outside.link(session, found.id, settings.issuer, value, acts.who()):
                _end_all(session, found)  # who was somebody else at the provider until now is not in any more
    except outside.IdentityTaken:
        return _page(person_id, _("这个值已经对应另一位用户，不能重复。"), 422)
    return _back(person_id, "outside_linked")


def _reach() -> Reach:
    return Reach(identity.staff().scopes_of(ROLE), services().clock.today())


def _found(session: Session, person_id: str) -> Person:
    found = person_within(session, _reach(), person_id)
    acts.demand(found)
    assert found is not None
    return found


def _other(session: Session, person_id: str) -> Person:
    """The person an act is about: never the administrator, who has pages of their own for that and proves there who they are."""
    found = _found(session, person_id)
    acts.demand(found.id != identity.staff().actor.person_id)
    return found


def _end_all(session: Session, found: Person) -> None:
    if count := store.end_all(session, found.id):
        note(session, acts.who(), "session:devices:ended", "login", found.login[:32], new={"sessions": count, "by": "administrator"})


def _back(person_id: str, said: str) -> BaseResponse:
    return flash.saying(requests.go(url_for("security.person", person_id=person_id)), said)


def _page(person_id: str, error: object = "", status: int = 200) -> BaseResponse:
    deps, settings = services(), services().settings.outside
    with deps.database.read() as session:
        found = _found(session, person_id)
        (line,) = lines_of(session, [found])
        factor = second_factor.factor_of(session, found.id)
        sessions = store.sessions_of(session, found.id, deps.clock.now() - identity.rules().idle)
        value = outside.known_as(session, found.id, settings.issuer) if settings else ""
        roles = roles_of(session, found.id)
    return requests.page(
        "security/person.html", status=status, found=found, line=line, factor=factor, codes=second_factor.RECOVERY_CODES, sessions=sessions,
        device=device, way_in=way_in, outside=settings, value=value, error=error, roles=roles, role_name=role_name,
        is_demanded=identity.rules().demands_second_factor([post.role for post in roles]), is_oneself=found.id == identity.staff().actor.person_id,
    )  # fmt: skip
