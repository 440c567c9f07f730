"""The operators' page: what stands still, why, and the three things that may be done about it. Every act is in the trail."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import Declined, EngineError
from engine.troubles import HELD, Trouble
from records.audit import Who, note
from web import flash, identity, requests
from web.operations.listing import AGES, KINDS, STATES, Choice, procedure_names, rows, why_not
from web.services import services

blueprint = Blueprint("operations", __name__, url_prefix="/operations")
LIMIT = 100
REASON_LIMIT = 500
ACTS = {"retry", "skip"}


@blueprint.get("")
def index() -> BaseResponse:
    """Everything that stands still, the oldest first."""
    return _page(Choice.of(request.args))


@blueprint.post("/<kind>/<row_id>/<act>")
def one(kind: str, row_id: str, act: str) -> BaseResponse:
    """Has one thing tried again, or passes over it with a reason."""
    key, reason = requests.act_key(f"operations-{act}"), _reason()
    if act not in ACTS:
        abort(404)
    try:
        with services().database.write() as session:
            _do(session, act, kind, row_id, reason, key)
    except Declined as refused:
        return _page(_choice_before(), why_not(refused), 422)
    return flash.saying(_back(), "operator_retried" if act == "retry" else "operator_skipped")


@blueprint.post("/all/<act>")
def every(act: str) -> BaseResponse:
    """The same for all that the filters show: each in a transaction of its own, so that one that fails holds up no other."""
    key, reason, choice = requests.act_key(f"operations-all-{act}"), _reason(), _choice_before()
    if act not in ACTS:
        abort(404)
    found = services().engine.operations.bulk(identity.staff().actor, choice.query)
    if act == "skip" and (choice.state != HELD or not reason):
        return _page(choice, _("请先筛选“恢复后待确认”，并写明理由。"), 422)
    failed = [trouble for trouble in found if not _done(trouble, act, reason, key)]
    return flash.saying(_back(), "operator_partly" if failed else "operator_all")


def _done(trouble: Trouble, act: str, reason: str, key: str) -> bool:
    try:
        with services().database.write() as session:
            _do(session, act, trouble.kind, trouble.id, reason, f"{key}:{trouble.id}")
    except EngineError:
        return False
    return True


def _do(session: Session, act: str, kind: str, row_id: str, reason: str, key: str) -> None:
    operations, actor = services().engine.operations, identity.staff().actor
    if act == "retry":
        is_new = operations.retry(session, kind, row_id, actor, key)
    else:
        is_new = operations.skip(session, kind, row_id, reason, actor, key)
    if not is_new:  # a double click is answered twice, and done and noted once
        return
    who = Who(actor.person_id, actor.name, services().clock.now())
    note(session, who, f"operations:{kind}:{act}", kind, row_id, new={"reason": reason} if reason else None)


def _reason() -> str:
    return request.form.get("reason", "").strip()[:REASON_LIMIT]


def _choice_before() -> Choice:
    return Choice.of({name: request.form.get(f"filter_{name}", "") for name in ("state", "kind", "procedure", "age")})


def _back() -> BaseResponse:
    return requests.go(_choice_before().address)


def _page(choice: Choice, error: str = "", status: int = 200) -> BaseResponse:
    found, has_more = services().engine.operations.listed(identity.staff().actor, choice.query, LIMIT)
    return requests.page(
        "operations/index.html", status=status, choice=choice, rows=rows(found), has_more=has_more, error=error, limit=LIMIT,
        states=list(STATES.items()), kinds=list(KINDS.items()), procedures=list(procedure_names().items()),
        ages=[(name, text) for name, (text, _age) in AGES.items()], act=lambda act: url_for("operations.every", act=act),
        is_held=choice.state == HELD, mail=services().settings.mail,
    )  # fmt: skip
