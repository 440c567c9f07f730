"""中止计时 and 恢复计时: what stopping and resuming the clock of a case mean, and doing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import NotPossibleNow, NotYours
from engine.moves.stopping import REASON_LIMIT
from records.sentences import ValueRefused
from records.values import parse_date
from web import flash, identity, requests
from web.cases.deadlines import deadlines_of
from web.languages import is_english
from web.moves.family import blueprint
from web.reasons import declined
from web.services import services

LONGEST_DAY = 20


@dataclass(frozen=True)
class Entered:
    """What stood in the form of a verb, and why it was not done."""

    verb: str = ""
    reason: str = ""
    until: str = ""
    error: str = ""
    until_error: str = ""
    sentence: str = ""
    status: int = 200


@blueprint.get("/cases/<instance_id>/clock")
def ask_about_clock(instance_id: str) -> BaseResponse:
    """Stopping, or resuming where the clock stands: what it does to each term, and the reason."""
    return _page(instance_id, Entered())


@blueprint.post("/cases/<instance_id>/clock/stop")
def stop_clock(instance_id: str) -> BaseResponse:
    """中止计时, with a reason and, if it is known, the day until which."""
    reason, until, key = _reason(), request.form.get("until", "").strip()[:LONGEST_DAY], requests.act_key("stop_clock")
    error = "" if reason else _("请填写中止计时的理由。")
    day, until_error = _day(until)
    if day is not None and day <= services().clock.today():  # a slip of the hand is not worth a line in the history of the case
        until_error = _("预计恢复的日期应晚于今天。")
    if error or until_error:
        return _page(instance_id, Entered("stop", reason, until, error, until_error, status=422))
    try:
        services().engine.moves.stop_clock(instance_id, reason, identity.staff().actor, key, day)
    except NotPossibleNow as refusal:
        return _page(instance_id, Entered("stop", reason, until, sentence=declined(refusal), status=409))
    return flash.saying(requests.go_whole(url_for("cases.show", instance_id=instance_id)), "clock_stopped")


@blueprint.post("/cases/<instance_id>/clock/resume")
def resume_clock(instance_id: str) -> BaseResponse:
    """恢复计时: what was left of each term begins to run again today."""
    reason, key = _reason(), requests.act_key("resume_clock")
    try:
        services().engine.moves.resume_clock(instance_id, reason, identity.staff().actor, key)
    except NotPossibleNow as refusal:
        return _page(instance_id, Entered("resume", reason, sentence=declined(refusal), status=409))
    return flash.saying(requests.go_whole(url_for("cases.show", instance_id=instance_id)), "clock_resumed")


def _page(instance_id: str, entered: Entered) -> BaseResponse:
    engine, actor = services().engine, identity.staff().actor
    case, offers = engine.header(instance_id, actor), engine.moves.offers(instance_id, actor)
    if not (offers.stop or offers.resume or entered.sentence):
        raise NotYours(instance=instance_id)
    offered = "resume" if offers.resume else "stop" if offers.stop else ""
    if entered.verb not in {"", offered}:  # what was wanted came too late: the form of the opposite would be one click away
        offered = ""
    state = "stopped" if offers.resume else "running"
    rows = [row for row in deadlines_of(instance_id) if row.state == state]
    stopped = next((row.stopped for row in rows if row.stopped), None)
    return requests.page(
        "moves/clock.html", status=entered.status, case=case, offered=offered, rows=rows, stopped=stopped, entered=entered, limit=REASON_LIMIT
    )


def _reason() -> str:
    return request.form.get("reason", "").strip()[:REASON_LIMIT]


def _day(text: str) -> tuple[date | None, str]:
    """A day as every list takes it, or why it is none."""
    try:
        return (parse_date(text) if text else None), ""
    except ValueRefused as refused:
        return None, refused.refusal.say("en" if is_english() else "zh")
