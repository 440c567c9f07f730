"""What is done with a task together with others: choosing them, answering, taking back. Each verb is one small form in the pane of the task."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import Explained, NotFound, StepFailed, TaskNotOpen
from engine.parties.reading import TRANSFER, VERBS
from engine.parties.rules import ASK, COPY, SIGNS
from web import flash, identity, requests
from web.cases.dossier import dossier
from web.languages import named
from web.parties import nobody, rounds, words
from web.parties.people import MANY, grouped
from web.reasons import reason_of, undone
from web.services import services
from web.tasks.detail import Entered, open_detail, whole_or_pane
from web.tasks.views import entered_values, over

blueprint = Blueprint("parties", __name__)
blueprint.register_error_handler(TaskNotOpen, over)
TEXT_LIMIT = 2000
OURS, TASK = "seat-", "seat-task"  # no field of a form is called so: its key has no hyphen


@blueprint.get("/tasks/<task_id>/with/<verb>")
def choose(task_id: str, verb: str) -> BaseResponse:
    """The form of a verb: whom, and what is said to them."""
    return _dialog(task_id, verb)


@blueprint.post("/tasks/<task_id>/with/<verb>")
def act(task_id: str, verb: str) -> BaseResponse:
    """Does it; what is not possible comes back with its sentence, and what was chosen is still there."""
    if verb not in VERBS:
        abort(404)
    deps, actor, key = services().engine.parties, identity.staff().actor, requests.act_key(verb)
    people, text = _in_order(request.form.getlist("person")), request.form.get("text", "").strip()[:TEXT_LIMIT]
    try:
        if verb == TRANSFER:
            deps.transfer(task_id, people[0] if people else "", text, actor, key)
        elif verb == COPY:
            deps.copy(task_id, people, actor, key, text=text)
        else:
            deps.ask(task_id, verb, people, actor, key, text=text, rule=_rule(), waits="waits" in request.form)
    except Explained as refusal:
        return _dialog(task_id, verb, refusal)
    return flash.saying(_back(task_id), f"party_{verb}")


def _in_order(people: list[str]) -> list[str]:
    """As they are to sign: by the numbers that were written beside them, the others behind in the order of the list."""
    found = dict.fromkeys(person for person in people if person)
    return sorted(found, key=lambda person: requests.whole(request.form.get(f"number-{person}", ""), 999) or 1000)


def _rule() -> str:
    rule = request.form.get("rule", "all")
    return request.form.get("share", "") if rule == "share" else rule


def _dialog(task_id: str, verb: str, refusal: Explained | None = None) -> BaseResponse:
    if verb not in VERBS:
        abort(404)
    deps, actor = services().engine, identity.staff().actor
    try:
        people = deps.parties.choices(task_id, verb, actor)
    except Explained as not_now:  # the menu that was clicked is older than what was done since
        return open_detail(task_id, Entered({}, {}, requests.new_key(), reason_of(refusal or not_now), status=409))
    view = deps.task(task_id, actor)
    context = {
        **dossier(deps.case(view.task.instance_id, actor)),
        "task": view.task, "task_name": named(view.task.name, view.task.name_en), "detail_title": view.task.title, "verb": verb,
        "verb_name": words.verb_name(verb), "verb_hint": words.verb_hint(verb), "groups": grouped(people), "has_many": len(people) > MANY,
        "is_one": verb in {TRANSFER, "delegate"}, "is_signed": verb in SIGNS, "is_question": verb == ASK, "rules": rounds.rule_names(), "shares": rounds.shares(),
        "chosen_rule": request.form.get("rule", "all"), "chosen_share": request.form.get("share", ""),
        "nobody": "" if people else nobody.why(task_id, verb), "sentence": reason_of(refusal) if refusal else "", "chosen": request.form.getlist("person"), "said": request.form.get("text", ""),
        "wants_text": verb in {TRANSFER, ASK}, "form_key": requests.new_key(),
    }  # fmt: skip
    return whole_or_pane("parties/_dialog.html", context, task_id, 422 if refusal else 200)


@blueprint.post("/parties/<party_id>/answer")
def answer(party_id: str) -> BaseResponse:
    """A signer agrees or refuses, a question is answered, a delegate gives back what he filled in, or keeps it until he has done so."""
    deps, actor, key, is_delegate = services().engine.parties, identity.staff().actor, requests.act_key("answer"), "seat-values" in request.form
    task_id, opinion = request.form.get(TASK, ""), request.form.get("seat-opinion", "")[:TEXT_LIMIT]
    raw: dict[str, Any] = {name: value for name, value in entered_values().items() if not name.startswith(OURS)}
    agreed = {"agree": True, "refuse": False}.get(request.form.get("seat-result", ""))
    try:
        if "seat-save" in request.form:
            deps.save(party_id, raw, actor)
            return flash.saying(_back(task_id), "draft_saved")
        done = deps.answer(party_id, actor, key, agreed=agreed, opinion=opinion, values=raw if is_delegate else None)
    except Explained as refusal:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), reason_of(refusal), status=422, opinion=opinion))
    except StepFailed as failure:
        return open_detail(task_id, Entered(raw, {}, requests.new_key(), undone(failure), status=409, opinion=opinion))
    return flash.saying(_back(str(done["task_id"])), "party_given_back" if is_delegate else "party_answered")


@blueprint.post("/parties/<party_id>/remove")
def remove(party_id: str) -> BaseResponse:
    """Takes back what nobody has answered yet."""
    deps, actor, task_id = services().engine.parties, identity.staff().actor, request.form.get(TASK, "")
    try:
        deps.remove(party_id, request.form.get("reason", "")[:TEXT_LIMIT], actor, requests.act_key("remove"))
    except Explained as refusal:
        return open_detail(task_id, Entered({}, {}, requests.new_key(), reason_of(refusal), status=422))
    return flash.saying(_back(task_id), "party_removed")


def _back(task_id: str) -> BaseResponse:
    """To the task, if it is still in sight: whoever gave it away may see it no more."""
    try:
        services().engine.task(task_id, identity.staff().actor)
    except NotFound:
        return requests.go_whole(url_for("worklist.index"))
    except TaskNotOpen:
        pass
    return requests.go(url_for("worklist.show", task_id=task_id))
