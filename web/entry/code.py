"""The second half of a sign-in: a code of the device, or a recovery code instead."""

from __future__ import annotations

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from records.offices.addresses import closed_until
from records.offices.second_factor import prove_code
from records.offices.sign_in_rules import rules_of
from web import identity, kept, requests
from web.entry import door
from web.entry.coming_in import HALFWAY, inside, next_address, opening
from web.entry.family import blueprint
from web.entry.proving import Refused, too_many, wrong_code
from web.services import services
from web.sessions import halfway
from web.sessions.store import Entry

MISSING = Refused(_l("请填写验证码。"), locked=False)
LONGEST = 40  # characters that anybody types as a code


@blueprint.get("/sign-in/code")
def code() -> BaseResponse:
    """Asks for the code, of somebody whose first half was right a moment ago."""
    deps = services()
    if g.staff is not None:
        return requests.go(next_address())
    with deps.database.read() as session:
        entry = halfway.find(session, identity.cookie(HALFWAY), deps.clock.now())
    return _page() if entry is not None else requests.go(url_for("entry.sign_in", next=next_address()))


@blueprint.post("/sign-in/code", endpoint="prove_code")
def prove() -> BaseResponse:
    """Takes the code, and with it the first half: of two that send it at once, one comes in."""
    deps, token, address = services(), identity.cookie(HALFWAY), request.remote_addr or ""
    given = request.form.get("one_time_password", "").strip()[:LONGEST]
    if not given:
        return _page(MISSING, 422)
    now = deps.clock.now()
    with deps.database.write() as session:
        rules = rules_of(session)
        until = closed_until(session, address, now, deps.settings.attempts)
        entry = halfway.find(session, token, now, to_finish=True)
        proof = prove_code(session, entry.person_id, given, deps.seal, address, now, rules.lock_out) if entry and not until else None
        if proof is not None and (proof.way or proof.locked_until or proof.is_void):
            halfway.end(session, token)
        opened = opening(session, _entry(entry, proof.way)) if entry and proof and proof.way else None
    if opened is not None:
        return inside(opened, next_address())
    if until is not None:
        return _page(too_many(until), 429)
    if proof is None or proof.is_void:
        return _over()
    refused = wrong_code(proof, rules)
    return door.page(refused, begun=kept.carried()) if refused.locked else _page(refused, refused.status)


def _entry(entry: Entry, way: str) -> Entry:
    return Entry(entry.person_id, f"{entry.proved_by}+{'code' if way == 'code' else 'recovery'}", second_factor=True, must_change=entry.must_change)


def _over() -> BaseResponse:
    """The first half is used up: by a twin of this form, which has come in already, or by the clock."""
    if g.staff is not None:
        return requests.go(next_address())
    response = door.page(door.OUTDATED, begun=kept.carried())
    identity.forget(response, HALFWAY)
    return response


def _page(refused: Refused | None = None, status: int = 200) -> BaseResponse:
    return requests.page("entry/code.html", status=status, refused=refused, next=next_address(), kept=kept.carried())
