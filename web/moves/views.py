"""Returning a task, sending it straight back, taking a step back, withdrawing and terminating a case."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, jsonify, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import CaseMoved, Declined, FormInvalid, NotYours, NoWayBack, PreparedByYou, StepFailed, TaskNotOpen
from web import flash, headers, identity, requests
from web.cases.diagram import drawn
from web.moves import clock, words
from web.moves.family import blueprint
from web.reasons import against_rules, declined, errors_of, undone
from web.services import services
from web.tasks.detail import Entered, open_detail, unheeded
from web.tasks.views import entered_values, over

__all__ = ["blueprint", "clock"]  # whose routes belong to this family
blueprint.register_error_handler(TaskNotOpen, over)
REASON_LIMIT = 1000
MOST = 2**62


@dataclass(frozen=True)
class Refused:
    """Why a form of this page was not done, and what stood in it."""

    sentence: str = ""
    reason: str = ""
    error: str = ""
    status: int = 200


@blueprint.get("/tasks/<task_id>/return")
def choose(task_id: str) -> BaseResponse:
    """The passed steps; for the chosen one, what a return to it would cancel and keep."""
    return _return_page(task_id, requests.whole(request.args.get("to", ""), MOST), Refused())


@blueprint.post("/tasks/<task_id>/return")
def return_task(task_id: str) -> BaseResponse:
    """驳回, with a reason; only as it was shown."""
    node, version = (requests.whole(request.form.get(name, ""), MOST) for name in ("to", "version"))
    reason, key = _reason(), requests.act_key("return")
    if not reason:
        return _return_page(task_id, node, Refused(error=_("请填写退回的理由，对方凭它改正。"), status=422))
    engine, actor = services().engine, identity.staff().actor
    try:
        done = engine.moves.return_task(task_id, node, version, reason, actor, key)
    except CaseMoved as moved:
        return _return_page(task_id, node, Refused(str(moved), reason, status=409))
    except NoWayBack as refusal:
        return _return_page(task_id, 0, Refused(declined(refusal), reason, status=422))
    except StepFailed as failure:
        return _return_page(task_id, node, Refused(undone(failure), reason, status=409))
    return flash.saying(requests.go_whole(url_for("cases.show", instance_id=done["instance_id"])), "returned")


@blueprint.get("/tasks/<task_id>/return/diagram")
def diagram(task_id: str) -> Response:
    """The process with what a return would leave and take: kept and target as current, cancelled as interrupted."""
    engine, actor = services().engine, identity.staff().actor
    found = engine.moves.preview(task_id, requests.whole(request.args.get("to", ""), MOST), actor)
    case = engine.diagram(engine.task(task_id, actor).task.instance_id, actor)
    cancelled = sorted({fate.element.id for fate in found.cancelled} - {fate.element.id for fate in found.kept})
    current = [found.step.target.id, *sorted({fate.element.id for fate in found.kept})]
    gone = {done.element for done in found.undone}
    return jsonify(xml=drawn(case.xml), done=[id_ for id_ in case.done if id_ not in gone], flows=[], current=current, incidents=cancelled)


@blueprint.post("/tasks/<task_id>/direct")
def direct(task_id: str) -> BaseResponse:
    """直达: submits a returned task straight to whoever returned it; what stands against that is said on the task."""
    raw = entered_values()
    if sentence := unheeded():
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), sentence, status=422))
    try:
        services().engine.moves.resubmit(task_id, raw, identity.staff().actor, requests.act_key("resubmit"))
    except FormInvalid as refusal:
        return open_detail(task_id, Entered(raw, errors_of(refusal), request.form[requests.KEY_FIELD], status=422))
    except PreparedByYou:
        raise
    except NotYours:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), status=403))
    except NoWayBack as refusal:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), declined(refusal), status=422))
    except Declined as refusal:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), against_rules(refusal), status=422))
    except StepFailed as failure:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), undone(failure), status=409))
    return requests.go(url_for("worklist.show", task_id=task_id, sent=1))


@blueprint.post("/tasks/<task_id>/take-back")
def take_back(task_id: str) -> BaseResponse:
    """拿回: the step comes back to who did it last."""
    found = services().engine.moves.take_back(task_id, identity.staff().actor, requests.act_key("take_back"))
    return flash.saying(requests.go_whole(url_for("worklist.show", task_id=found["tasks"][0], scope="mine")), "taken_back")


@blueprint.get("/cases/<instance_id>/withdraw")
def ask_to_withdraw(instance_id: str) -> BaseResponse:
    """What withdrawing means, and the reason."""
    return _ending_page(instance_id, "withdraw", Refused())


@blueprint.post("/cases/<instance_id>/withdraw")
def withdraw(instance_id: str) -> BaseResponse:
    """撤回: the case comes back to its starter, with what he had entered."""
    reason, key, engine, actor = _reason(), requests.act_key("withdraw"), services().engine, identity.staff().actor
    try:
        found = engine.moves.withdraw(instance_id, reason, actor, key)
    except NoWayBack as refusal:
        return _ending_page(instance_id, "withdraw", Refused(declined(refusal), reason, status=409))
    if found["tasks"]:
        return flash.saying(requests.go_whole(url_for("worklist.show", task_id=found["tasks"][0], scope="mine")), "withdrawn")
    process_id = engine.header(instance_id, actor).process_id
    if any(view.model.process_id == process_id for view in engine.startable(actor)):
        return flash.saying(requests.go_whole(url_for("start.form", process_id=process_id, again=instance_id)), "withdrawn")
    return flash.saying(requests.go_whole(url_for("cases.show", instance_id=instance_id)), "withdrawn")


@blueprint.get("/cases/<instance_id>/terminate")
def ask_to_terminate(instance_id: str) -> BaseResponse:
    """What terminating means, and the reason."""
    return _ending_page(instance_id, "terminate", Refused())


@blueprint.post("/cases/<instance_id>/terminate")
def terminate(instance_id: str) -> BaseResponse:
    """终止: ends a case with all that waits in it, with a reason and a second look."""
    reason, key = _reason(), requests.act_key("cancel")
    if not reason or request.form.get("sure") != "yes":
        error = _("请填写终止的理由。") if not reason else ""
        sentence = "" if not reason else _("请先确认：终止后不能恢复。")
        return _ending_page(instance_id, "terminate", Refused(sentence, reason, error, 422))
    services().engine.cancel_case(instance_id, reason, identity.staff().actor, key)
    return flash.saying(requests.go_whole(url_for("cases.show", instance_id=instance_id)), "terminated")


def _reason() -> str:
    return request.form.get("reason", "").strip()[:REASON_LIMIT]


def _return_page(task_id: str, node: int, refused: Refused) -> BaseResponse:
    engine, actor = services().engine, identity.staff().actor
    view, steps = engine.task(task_id, actor), engine.moves.options(task_id, actor)
    chosen = next((step for step in steps if step.done.node == node and step.bar is None), None)
    preview = engine.moves.preview(task_id, node, actor) if chosen is not None else None
    page = requests.page(
        "moves/return.html", status=refused.status, task=view.task, task_name=words.name_of(view.element, view.task.name),
        choices=words.choices(steps, node), preview=preview, refused=refused, limit=REASON_LIMIT,
        target=words.name_of(preview.step.target, preview.step.done.name) if preview else "",
        cancelled=words.fates(preview.cancelled) if preview else [], kept=words.fates(preview.kept) if preview else [],
        undone=words.undone(preview) if preview else [], valid=words.valid(preview) if preview else [], beyond=words.beyond_recall(preview.deeds) if preview else [],
    )  # fmt: skip
    return headers.with_diagram(page)


def _ending_page(instance_id: str, act: str, refused: Refused) -> BaseResponse:
    engine, actor = services().engine, identity.staff().actor
    case = engine.header(instance_id, actor)
    offers = engine.moves.offers(instance_id, actor)
    if not (offers.withdraw or refused.sentence if act == "withdraw" else offers.cancel):
        raise NotYours(instance=instance_id)
    tasks = engine.case(instance_id, actor).open_tasks
    return requests.page(f"moves/{act}.html", status=refused.status, case=case, refused=refused, open_tasks=tasks, limit=REASON_LIMIT)
