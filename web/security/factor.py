"""One's own second factor: setting it up with a QR code, recovery codes, taking it away."""

from __future__ import annotations

import segno
from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.offices import second_factor as factors
from records.offices.second_factor import CodeProof, prove_code
from web import flash, identity, keys, requests
from web.entry.proving import locked
from web.security import acts
from web.security.family import blueprint
from web.services import services
from web.sessions import store

LONGEST = 40
MADE = 201  # a page that shows a secret once; as no other page it is kept nowhere (web/returned)


@blueprint.get("/second-factor")
def second_factor() -> BaseResponse:
    """Where a second factor is set up, or what one can do with it."""
    return _page()


@blueprint.post("/second-factor/begin")
def begin() -> BaseResponse:
    """A new secret for a device."""
    with services().database.write() as session:
        if keys.is_new(session, "second-factor"):
            factors.begin(session, identity.staff().actor.person_id, services().seal, services().clock.now())
    return requests.go(url_for("security.second_factor"))


@blueprint.post("/second-factor/confirm")
def confirm() -> BaseResponse:
    """The first code of the device: from now on one is asked for. Shows the recovery codes, and signs the person out everywhere else."""
    this_one = identity.current_session().token_sha256
    codes: list[str] | None = []
    with services().database.write() as session:
        is_new = keys.is_new(session, "confirm")
        if is_new:
            codes = factors.confirm(session, acts.who(), _given(), services().seal)
        if codes:
            store.second_factor_shown(session, this_one)
            store.end_others(session, this_one, identity.staff().actor.person_id)
    if not codes:
        back = requests.go(url_for("security.second_factor"))
        return flash.saying(back, "code_wrong") if is_new else back
    identity.current_session().second_factor = True
    return _codes(codes)


@blueprint.post("/second-factor/codes")
def new_codes() -> BaseResponse:
    """New recovery codes in the place of the old ones, for a code."""
    codes: list[str] = []
    with services().database.write() as session:
        acts.demand_new(session, "recovery-codes")
        proof = _prove(session)
        if proof.way:
            codes = factors.make_recovery_codes(session, acts.who(), services().seal)
    return _codes(codes) if proof.way else _refused(proof)


@blueprint.post("/second-factor/remove")
def remove() -> BaseResponse:
    """Takes it away, for a code; not from somebody whose role needs one."""
    if identity.rules().demands_second_factor(identity.staff().actor.roles):
        return _page(_("您的岗位必须使用第二验证，不能停用；更换手机时请安全管理员重置。"), 422)
    with services().database.write() as session:
        acts.demand_new(session, "remove-second-factor")
        proof = _prove(session)
        if proof.way:
            factors.remove(session, identity.staff().actor.person_id, acts.who())
    return flash.saying(requests.go(url_for("security.index")), "factor_removed") if proof.way else _refused(proof)


def _given() -> str:
    return request.form.get("one_time_password", "").strip()[:LONGEST]


def _prove(session: Session) -> CodeProof:
    deps, lock_out = services(), identity.rules().lock_out
    return prove_code(session, identity.staff().actor.person_id, _given(), deps.seal, request.remote_addr or "", deps.clock.now(), lock_out)


def _refused(proof: CodeProof) -> BaseResponse:
    if proof.locked_until is not None:
        return _page(locked(proof.locked_until).sentence, 422)
    return _page(_("验证码不正确，或者已经用过。"), 422)


def _codes(codes: list[str]) -> BaseResponse:
    return requests.page("security/codes.html", status=MADE, codes=codes, me=identity.staff(), now=services().clock.now())


def _page(error: object = "", status: int = 200) -> BaseResponse:
    deps, me = services(), identity.staff()
    with deps.database.read() as session:
        factor = factors.factor_of(session, me.actor.person_id)
        secret = factors.pending_secret(session, me.actor.person_id, deps.seal)
    return requests.page(
        "security/second_factor.html", status=status, me=me, factor=factor, error=error, codes=factors.RECOVERY_CODES, secret=_grouped(secret),
        picture=_picture(factors.enrolment_address(secret, me.login)) if secret else "",
        is_demanded=identity.rules().demands_second_factor(me.actor.roles),
    )  # fmt: skip


def _picture(text: str) -> str:
    """The QR code as SVG with nothing but paths; it is drawn here, so that the secret goes nowhere else."""
    return str(segno.make(text, error="m", micro=False).svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=True))


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
