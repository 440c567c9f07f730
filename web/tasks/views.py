"""What is done with the form of a task: submit, keep as a draft, redraw, print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from db.clock import SHANGHAI
from engine import drafts
from engine.errors import (
    Declined,
    DraftChanged,
    FormInvalid,
    NotFound,
    NotYours,
    PreparedByYou,
    StepFailed,
    TaskAlreadyClaimed,
    TaskNotOpen,
    WaitsForOthers,
)
from web import csrf, flash, identity, requests
from web.cases.dossier import dossier_of_task
from web.errors import answered
from web.languages import is_english
from web.portal import own
from web.portal.next_step import go_on
from web.reasons import against_rules, at_field, errors_of, reason_of, undone
from web.services import services
from web.tasks import coming_back, confirming
from web.tasks.detail import AGAINST, DESPITE, MARK, Entered, open_detail, task_context, unheeded
from web.tasks.drawing import drafted, raw_values, with_rows_changed

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")
NOT_VALUES = {csrf.FIELD, requests.KEY_FIELD, "add", "drop", AGAINST, DESPITE, MARK, confirming.ASKS, confirming.CONFIRMED}
LONG = 200  # characters


@blueprint.errorhandler(TaskNotOpen)
def over(closed: TaskNotOpen) -> BaseResponse:
    """Somebody was faster, or the task went with its branch: what became of it, with the case; to whoever does not see that, it is not there."""
    try:
        return open_detail(str(closed.values["task"]), status=409)
    except NotFound as unseen:
        return answered(unseen)


def entered_values() -> dict[str, Any]:
    """What the form of the task itself holds, without what the page added."""
    return raw_values({name: found for name, found in request.form.lists() if name not in NOT_VALUES})


@blueprint.post("/<task_id>")
def complete(task_id: str) -> BaseResponse:
    """Submits the form; wrong entries come back with their sentences and nothing is lost."""
    raw = entered_values()
    if sentence := unheeded():
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), sentence, status=422))
    if asked := confirming.question(task_id, raw):
        return open_detail(task_id, Entered(raw, {}, request.form[requests.KEY_FIELD], question=asked, status=422))
    try:
        done = services().engine.complete(task_id, _with_own(task_id, raw), identity.staff().actor, requests.act_key("complete"))
    except FormInvalid as refusal:
        return open_detail(task_id, Entered(raw, errors_of(refusal), request.form[requests.KEY_FIELD], status=422))
    except PreparedByYou:
        raise
    except NotYours:  # the post was lost while the form was open: the page says so; whoever does not see the task gets no page of it
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), status=403))
    except WaitsForOthers as refusal:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), reason_of(refusal), status=409))
    except TaskAlreadyClaimed:  # somebody took it meanwhile: what was typed is shown, to be handed on
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), status=409))
    except Declined as refusal:
        return open_detail(task_id, Entered(raw, at_field(refusal), requests.new_key(), against_rules(refusal), status=422))
    except StepFailed as failure:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), undone(failure), status=409))
    if back := coming_back.straight_back(str(done["instance_id"]), requests.act_key("back")):
        return open_detail(back.task_id, Entered(raw, {}, requests.new_key(), back.because))
    if identity.staff().party:
        return go_on(str(done["instance_id"]), requests.act_key("complete"), "handed_in")
    return requests.go(url_for("worklist.show", task_id=task_id, sent=1))


def _with_own(task_id: str, raw: dict[str, Any]) -> dict[str, Any]:
    """What was posted, with what the form is told of the party that sends it."""
    if identity.staff().party is None:
        return raw
    return own.entered(services().engine.task(task_id, identity.staff().actor).form, raw)


@blueprint.post("/<task_id>/draft")
def draft(task_id: str) -> BaseResponse:
    """Keeps what is half filled in; asked by a button, or by the page itself every few seconds."""
    deps, raw, seen = services(), entered_values(), request.form.getlist(MARK)
    try:
        deps.engine.save_draft(task_id, raw, identity.staff().actor, seen=seen[-1] if seen else None)
    except DraftChanged:
        return _kept_elsewhere(task_id, raw)
    if requests.is_htmx():
        now = deps.clock.now().astimezone(SHANGHAI)
        return requests.page("tasks/_saved.html", at=now, mark=drafts.mark(raw), too_long=_too_long(task_id, raw))
    return flash.saying(requests.go(url_for("worklist.show", task_id=task_id)), "draft_saved")


def _kept_elsewhere(task_id: str, raw: dict[str, Any]) -> BaseResponse:
    """Another window has kept something else: nothing is written over it unless whoever has read so asks again. The page that saves by itself
    (it names no place for the answer) is given no mark to do so.
    """
    if not requests.is_htmx():
        sentence = _("另一个窗口刚暂存过别的内容，这里的没有保存。仍要以这里的为准，请再点一次“暂存”。")
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), sentence, status=409))
    view = services().engine.task(task_id, identity.staff().actor)
    return requests.page("tasks/_kept_elsewhere.html", status=412, task=view.task, mark=drafts.mark(view.draft), is_asked=bool(requests.wanted()), old=request.form.getlist(MARK)[-1])


def _too_long(task_id: str, raw: dict[str, Any]) -> list[str]:
    """The labels of fields that hold more than they may; looked up only where something long was written."""
    if not any(isinstance(value, str) and len(value) > LONG for value in raw.values()):
        return []
    form = services().engine.task(task_id, identity.staff().actor).form
    language = "en" if is_english() else "zh"
    return [f.title(language) for f in form.fields if f.max_length and len(str(raw.get(f.key, ""))) > f.max_length] if form else []


@blueprint.post("/<task_id>/form")
def redraw(task_id: str) -> BaseResponse:
    """Draws the form for what was entered so far: which fields show, one row more, one row less."""
    raw = with_rows_changed(entered_values(), request.form.get("add", ""), request.form.get("drop", ""))
    entered = Entered(raw, {}, request.form.get(requests.KEY_FIELD) or requests.new_key())
    if requests.wanted() != "task-form":
        return open_detail(task_id, entered)
    view = services().engine.task(task_id, identity.staff().actor)
    return requests.page("tasks/_fields.html", **task_context(view, entered))


@blueprint.get("/<task_id>/sheet")
def sheet(task_id: str) -> BaseResponse:
    """The handling sheet of a task, for paper: the case, what the form holds, what was done before."""
    deps, actor = services(), identity.staff().actor
    view = deps.engine.task(task_id, actor)
    language = "en" if is_english() else "zh"
    held = drafted(view.form, view.values, view.draft) if view.form else {}
    rows, compared = (view.form.rows(held, language), view.form.comparisons(held, language)) if view.form else ([], [])
    return requests.page("tasks/sheet.html", view=view, rows=rows, compared=compared, **dossier_of_task(view, deps.engine.case(view.task.instance_id, actor)))
