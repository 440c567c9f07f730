"""One's own password and devices."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from records.audit import note
from records.offices.credentials import change_password, held_password, refuse_present
from records.offices.password_rules import MOST, Choice, faults
from records.offices.passwords import hash_password, matches
from records.offices.second_factor import RECOVERY_CODES, factor_of
from records.offices.store import person
from web import flash, identity, keys, requests
from web.entry.proving import locked
from web.security import acts
from web.security.devices import device, way_in
from web.security.family import blueprint
from web.security.people import may_administer
from web.security.sentences import password_faults, password_rules
from web.services import services
from web.sessions import store

LONGEST = 256


@blueprint.get("")
def index() -> BaseResponse:
    """Password, second factor and open sessions of the person who asks."""
    me, deps, rules = identity.staff(), services(), identity.rules()
    with deps.database.read() as session:
        held = held_password(session, me.actor.person_id)
        factor = factor_of(session, me.actor.person_id)
        sessions = store.sessions_of(session, me.actor.person_id, deps.clock.now() - rules.idle)
    return requests.page(
        "security/index.html", me=me, held=held, factor=factor, codes=RECOVERY_CODES, sessions=sessions, device=device, way_in=way_in,
        this_one=identity.current_session().token_sha256, is_demanded=rules.demands_second_factor(me.actor.roles),
        administers=may_administer(),
    )  # fmt: skip


@blueprint.get("/password")
def password() -> BaseResponse:
    """The form for a new password."""
    return _page()


@blueprint.post("/password")
def change() -> BaseResponse:
    """Changes it, and signs the person out everywhere else. Nothing is counted or said of a form that was posted before."""
    deps, me, rules = services(), identity.staff(), identity.rules()
    present, new, again = (request.form.get(name, "")[:LONGEST] for name in ("present_password", "new_password", "password_again"))
    requests.act_key("password")
    with deps.database.read() as session:
        found = person(session, me.actor.person_id)
    assert found is not None
    is_first = identity.current_session().must_change
    if not is_first and not matches(found.password_hash, present):
        return _refused_present(present)
    broken = faults(Choice(new, (found.login, found.name, found.name_en)), rules)
    if matches(found.password_hash, new):
        broken.append("same")
    if new != again:
        broken.append("differs")
    if broken:
        return _page(password_faults(broken, rules), 422)
    new_hash = hash_password(new)
    with deps.database.write() as session:
        if keys.is_new(session, "password"):
            if not change_password(session, acts.who(), new_hash, before=found.password_hash):
                return _page([_("密码刚刚在别处改过，请重新登录。")], 409)
            this_one = identity.current_session().token_sha256
            store.end_others(session, this_one, me.actor.person_id)
            store.own_password_chosen(session, this_one)
    return flash.saying(requests.go(url_for("worklist.home" if is_first else "security.index")), "password_changed")


def _refused_present(present: str) -> BaseResponse:
    """A wrong present password counts as one at the door: an unwatched screen is no place to guess at."""
    if not present:
        return _page([_("请填写现在的密码。")], 422)
    deps, me = services(), identity.staff()
    with deps.database.write() as session:
        if not keys.is_new(session, "password"):
            return requests.go(url_for("security.index"))
        until = refuse_present(session, me.actor.person_id, identity.rules().lock_out, deps.clock.now())
    return _page([locked(until).sentence if until else _("现在的密码不正确。")], 422)


@blueprint.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> BaseResponse:
    """Ends one of one's own sessions; one that is somebody else's is not there."""
    me = identity.staff()
    with services().database.write() as session:
        acts.demand(session_id != identity.current_session().token_sha256)
        if keys.is_new(session, "end-session"):
            acts.demand(store.end_session(session, session_id, me.actor.person_id))
            note(session, acts.who(), "session:device:ended", "login", me.login[:32])
    return flash.saying(requests.go(url_for("security.index")), "session_ended")


@blueprint.post("/sessions/end-others")
def end_others() -> BaseResponse:
    """Signs this person out everywhere but here; asked twice, nobody who came in meanwhile is put out."""
    me = identity.staff()
    with services().database.write() as session:
        is_new = keys.is_new(session, "end-others")
        if is_new and (count := store.end_others(session, identity.current_session().token_sha256, me.actor.person_id)):
            note(session, acts.who(), "session:devices:ended", "login", me.login[:32], new={"sessions": count})
    return flash.saying(requests.go(url_for("security.index")), "others_ended")


def _page(broken: list[object] | None = None, status: int = 200) -> BaseResponse:
    session, rules = identity.current_session(), identity.rules()
    return requests.page(
        "security/password.html", status=status, faults=broken or [], rules=password_rules(rules), is_first=session.must_change, most=MOST,
        me=identity.staff(),
    )  # fmt: skip
