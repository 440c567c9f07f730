"""The worklist: the first page of the day, with the task that is open beside it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import NotFound, NotYours, PreparedByYou, TaskAlreadyClaimed, TaskNotOpen
from engine.people import Actor
from web import flash, headers, identity, navigation, requests
from web.services import services
from web.tasks.among import is_barred
from web.tasks.detail import Entered, open_detail
from web.tasks.views import entered_values, over
from web.worklist.workplace import list_context

blueprint = Blueprint("worklist", __name__)
BATCH_LIMIT = 100


blueprint.register_error_handler(TaskNotOpen, over)


@blueprint.get("/")
def home() -> BaseResponse:
    """The front page: the worklist, or what an administrator administers."""
    return requests.go(navigation.front())


@blueprint.get("/tasks")
def index() -> BaseResponse:
    """The list; the whole page, the list alone, or only the further rows."""
    if identity.staff().party:
        return requests.go(url_for("portal.index"))
    context = list_context(request.args)
    if request.args.get("part") == "rows" and requests.is_htmx():
        return requests.page("worklist/_rows.html", **context)
    if requests.wanted() == "list":
        return requests.page("worklist/_list_and_filters.html", **context)
    return headers.with_diagram(requests.page("worklist/index.html", detail="", **context))


@blueprint.get("/tasks/<task_id>")
def show(task_id: str) -> BaseResponse:
    """One task: the pane alone, or the page with the list beside it."""
    return open_detail(task_id)


@blueprint.post("/tasks/<task_id>/claim")
def claim(task_id: str) -> BaseResponse:
    """Takes a task; whoever was faster keeps it. What came along was filled in before the task was given back, and is in the form again."""
    services().engine.claim(task_id, identity.staff().actor, requests.act_key("claim"))
    if raw := entered_values():
        return open_detail(task_id, Entered(raw, {}, requests.new_key()))
    opened = requests.go(url_for("worklist.show", task_id=task_id))
    return opened if identity.staff().party else flash.saying(opened, "claimed", task_id)  # a party knows no claiming: it goes on with its task


@blueprint.post("/tasks/<task_id>/release")
def release(task_id: str) -> BaseResponse:
    """Gives a task back to everyone who holds the post."""
    engine, actor = services().engine, identity.staff().actor
    engine.release(task_id, actor, requests.act_key("release"))
    try:
        engine.task(task_id, actor)
    except (NotFound, TaskNotOpen):  # whoever has lost the post sees the task no more
        return flash.saying(requests.go_whole(url_for("worklist.index")), "released")
    return flash.saying(requests.go(url_for("worklist.show", task_id=task_id)), "released", task_id)


@blueprint.post("/tasks/claim")
def claim_batch() -> BaseResponse:
    """Takes all chosen tasks that are still free and may be done by this person; each is a step of its own."""
    actor, key, results = identity.staff().actor, requests.act_key("batch"), Counter[str]()
    for task_id in request.form.getlist("task")[:BATCH_LIMIT]:
        results[_claimed(task_id, actor, f"{key}:{task_id}")] += 1
    address = requests.local_address(request.form.get("next"), url_for("worklist.index", scope="claimable"))
    if set(results) <= {"claimed"}:
        return flash.saying(requests.go(address), "batch_claimed")
    return flash.saying(requests.go(address), "batch_partly", numbers=[results[result] for result in ("claimed", "taken", "prepared", "barred")])


def _claimed(task_id: str, actor: Actor, key: str) -> str:
    """What became of one task of many; whatever it is, the others go on."""
    try:
        services().engine.claim(task_id, actor, key)
    except (TaskAlreadyClaimed, TaskNotOpen, NotYours, NotFound) as refusal:
        if not is_barred(refusal, task_id):
            return "taken"
        return "prepared" if isinstance(refusal, PreparedByYou) else "barred"
    return "claimed"
