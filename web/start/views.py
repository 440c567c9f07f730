"""Starting a procedure: what this person may start, and the start form of one."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import FormInvalid, NoSuchProcess, StepFailed
from engine.reads import StartView
from web import flash, identity, requests
from web.cases.citation import cited
from web.languages import named
from web.reasons import told
from web.services import services
from web.tasks.drawing import draw
from web.tasks.views import entered_values

blueprint = Blueprint("start", __name__, url_prefix="/start")
OFFICE_FIELD = "case_office"  # no field of a form has this name: keys of forms are the variables of the case


@blueprint.get("")
def index() -> BaseResponse:
    """The processes that this person may start, by procedure."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for view in services().engine.startable(identity.staff().actor):
        procedure = named(view.procedure.name, view.procedure.name_en)
        groups.setdefault(procedure, []).append(
            (view.model.process_id, named(view.model.name, view.name_en), cited(view.model.documentation))
        )
    return requests.page("start/index.html", groups=groups)


@blueprint.get("/<process_id>")
def form(process_id: str) -> BaseResponse:
    """The start form."""
    return _page(_startable(process_id), None, {})


@blueprint.post("/<process_id>")
def begin(process_id: str) -> BaseResponse:
    """Starts a case; leads to its first task where this person may do it, else to the case."""
    deps, me, view = services(), identity.staff(), _startable(process_id)
    raw, key = entered_values(), requests.act_key("start")
    office_id = str(raw.pop(OFFICE_FIELD, ""))
    office = office_id if office_id in me.offices else me.actor.office_id
    try:
        case = deps.engine.start(process_id, office_id=office, actor=me.actor, key=key, form=raw)
    except FormInvalid as refusal:
        return _page(view, raw, refusal.errors, key=request.form[requests.KEY_FIELD], status=422)
    except StepFailed as failure:
        return _page(
            view,
            raw,
            {},
            sentence=_("没有发起成功，已全部撤回：%(reason)s", reason=told(failure.reason, failure.incident_id)),
            status=409,
        )
    return flash.saying(requests.go(_first_place(case.instance_id)), "started")


@blueprint.post("/<process_id>/form")
def redraw(process_id: str) -> BaseResponse:
    """Draws the start form for what was entered so far."""
    raw = entered_values()
    raw.pop(OFFICE_FIELD, None)
    return _page(_startable(process_id), raw, {}, key=request.form.get(requests.KEY_FIELD, ""))


def _startable(process_id: str) -> StartView:
    found = (view for view in services().engine.startable(identity.staff().actor) if view.model.process_id == process_id)
    view = next(found, None)
    if view is None:
        raise NoSuchProcess(process=process_id)
    return view


def _first_place(instance_id: str) -> str:
    """The one open task of the new case that this person may take, else the case."""
    engine, actor = services().engine, identity.staff().actor
    tasks = [
        t
        for t in engine.case(instance_id, actor).open_tasks
        if engine.task(t.id, actor).may_claim or t.assignee_id == actor.person_id
    ]
    if len(tasks) == 1:
        return url_for("worklist.show", task_id=tasks[0].id)
    return url_for("cases.show", instance_id=instance_id)


def _page(
    view: StartView,
    raw: dict[str, object] | None,
    errors: dict[str, str],
    *,
    key: str = "",
    sentence: str = "",
    status: int = 200,
) -> BaseResponse:
    me = identity.staff()
    fragment = requests.wanted() == "task-form"
    return requests.page(
        "start/_fields.html" if fragment else "start/form.html", status=status,
        process_id=view.model.process_id, name=named(view.model.name, view.name_en), basis=cited(view.model.documentation),
        drawn=draw(view.form, {}, raw, errors), form_key=key or requests.new_key(), sentence=sentence,
        offices=list(me.offices.items()), office=me.actor.office_id,
    )  # fmt: skip
