"""To the provider of identities and back. Whatever goes wrong there ends at the sign-in page with a sentence, and passwords go on working."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, g, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.offices.addresses import closed_until, note_address
from records.offices.outside import person_known_as
from records.offices.sign_in import SignIn, settle_outside
from web import identity, requests
from web.entry import door
from web.entry.coming_in import come_in, next_address
from web.entry.family import blueprint
from web.entry.outside import attempts
from web.entry.outside.attempts import Attempt
from web.entry.outside.claims import TokenRefused
from web.entry.outside.provider import Provider, ProviderAway
from web.entry.proving import Refused, locked, too_many
from web.services import services
from web.sessions.store import Entry

log = logging.getLogger(__name__)
PROVED_BY = "oidc"
_KEPT = "jinshui provider of identities"


def provider() -> Provider:
    """The one of this application; 404 where none is configured."""
    settings = services().settings.outside
    if settings is None:
        abort(404)
    found: Provider = current_app.extensions.setdefault(_KEPT, Provider(settings))
    return found


@blueprint.post("/sign-in/outside", endpoint="outside_leave")
def leave() -> BaseResponse:
    """Begins an attempt and sends the browser to the provider, by a page: the policy of ours lets no form end anywhere else."""
    there, deps = provider(), services()
    if g.staff is not None:
        return requests.go(next_address())
    try:
        there.known()
        with deps.database.write() as session:
            attempt = attempts.begin(session, identity.browser_secret(), next_address(), deps.clock.now())
        address = there.address(_way_back(), attempt.state, attempt.nonce, attempt.verifier)
    except ProviderAway as away:
        return _away(away, next_address())
    return requests.page("entry/leaving.html", address=address)


@blueprint.get("/sign-in/outside/back", endpoint="outside_back")
def back() -> BaseResponse:
    """Takes what the provider sends back: once, from the browser that left, from the provider that was asked."""
    there, deps, address = provider(), services(), request.remote_addr or ""
    if g.staff is not None:
        return requests.go(next_address())
    with deps.database.write() as session:
        until = closed_until(session, address, deps.clock.now(), deps.settings.attempts)
        attempt = attempts.bring_back(session, request.args.get("state", ""), identity.browser_secret(), deps.clock.now())
    if until is not None:
        return door.page(too_many(until))
    if attempt is None:
        return _refused("state", door.OUTDATED)
    try:
        value = _value(there, attempt)
    except ProviderAway as away:
        return _away(away, attempt.next)
    except TokenRefused as refused:
        return _refused(refused.reason, door.NOT_PROVED)
    return _come_in(there, value, attempt)


def _value(there: Provider, attempt: Attempt) -> str:
    """By what the provider knows whoever comes back. Raises ProviderAway, TokenRefused."""
    issuer, settings = request.args.get("iss"), there.settings
    if (issuer is not None or there.says_who_answers()) and issuer != settings.issuer:
        raise TokenRefused("mixed_up")  # another provider's answer to an attempt at this one (RFC 9207)
    if "error" in request.args or not request.args.get("code"):
        raise TokenRefused(f"answer: {request.args.get('error', 'no code')}"[:60])
    found = there.claims(request.args["code"], _way_back(), attempt.verifier, attempt.nonce, services().clock.now)
    return _claim(found, settings.claim)


def _claim(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if name == "email" and found.get("email_verified") is not True:
        raise TokenRefused("email_not_verified")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a number of staff
    if not isinstance(value, str) or not value:
        raise TokenRefused("claim_missing")
    return value


def _come_in(there: Provider, value: str, attempt: Attempt) -> BaseResponse:
    deps, address = services(), request.remote_addr or ""
    with deps.database.write() as session:
        person_id = person_known_as(session, there.settings.issuer, value)
        answer = settle_outside(session, person_id, address, deps.clock.now()) if person_id else SignIn(None)
    if answer.person_id is not None:
        return come_in(Entry(answer.person_id, PROVED_BY), answer.wants_code, attempt.next)
    if answer.locked_until is not None:
        return door.page(locked(answer.locked_until), next_page=attempt.next)
    return _refused("unknown_person", door.NOT_KNOWN, value)


def _refused(reason: str, sentence: Refused, login: str = "") -> BaseResponse:
    """Keeps in the trail from where it came and why it was refused; that counts against the address as a wrong password does."""
    deps, address = services(), request.remote_addr or ""
    log.warning("a sign-in through the provider of identities was refused: %s", reason)
    with deps.database.write() as session:
        note_address(session, Who("", "", deps.clock.now()), "session:outside:refused", address, login or f"({reason})")
    return door.page(sentence)


def _away(away: ProviderAway, next_page: str) -> BaseResponse:
    log.error("the provider of identities is away: %s", away)
    return door.page(door.PROVIDER_AWAY, status=503, next_page=next_page)


def _way_back() -> str:
    return url_for("entry.outside_back", _external=True)
