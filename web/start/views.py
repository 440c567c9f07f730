"""Starting a procedure: what this person may start, and the start form of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import Declined, FormInvalid, NotYours, StepFailed
from engine.reads import StartView
from web import flash, identity, requests, terms
from web.cases.citation import cited
from web.languages import named
from web.portal import own
from web.portal.next_step import go_on
from web.reasons import against_rules, at_field, errors_of, told
from web.services import services
from web.start.beginning import OFFICE_FIELD, Beginning, beginning
from web.tasks.drawing import draw, with_rows_changed
from web.tasks.views import entered_values

blueprint = Blueprint("start", __name__, url_prefix="/start")


@dataclass(frozen=True)
class Card:
    """A process on the page of what may be started."""

    id: str
    name: str
    purpose: str
    basis: str


@blueprint.get("")
def index() -> BaseResponse:
    """The processes that this person may start, by procedure."""
    if identity.staff().party:
        return requests.go(url_for("portal.index", _anchor="apply"))
    groups: dict[str, list[Card]] = {}
    for view in services().engine.startable(identity.staff().actor):
        groups.setdefault(named(view.procedure.name, view.procedure.name_en), []).append(_card(view))
    return requests.page("start/index.html", groups=groups)


@blueprint.get("/<process_id>")
def form(process_id: str) -> BaseResponse:
    """The start form; `?about=` names the case on whose page the process is offered, `?again=` one of one's own that was withdrawn."""
    again = request.args.get("again", "")
    raw = services().engine.moves.entries_at_start(again, identity.staff().actor) if again else {}
    return _page(beginning(process_id), raw or None)


@blueprint.post("/<process_id>")
def begin(process_id: str) -> BaseResponse:
    """Starts a case; leads to its first task where this person may do it, else to the case."""
    found, raw, key = beginning(process_id), _entered(), requests.act_key("start")
    actor = identity.staff().actor
    try:
        case = services().engine.start(
            process_id, office_id=found.office_id, actor=actor, key=key, form=own.entered(found.form, raw), about=found.about_id
        )
    except FormInvalid as refusal:
        return _page(found, raw, errors_of(refusal), key=request.form[requests.KEY_FIELD], status=422)
    except NotYours:
        if not actor.party:
            raise
        sentence = _("按所填的内容，这件业务不属于贵单位，不能由贵单位发起。请核对所选的种类和所填的单位。")
        return _page(found, raw, sentence=sentence, status=422)
    except Declined as refusal:
        return _page(found, raw, at_field(refusal), sentence=against_rules(refusal), status=422)
    except StepFailed as failure:
        sentence = _("未发起成功，所做改动已全部还原：%(reason)s", reason=told(failure.reason, failure.incident_id))
        return _page(found, raw, sentence=sentence, status=409)
    if actor.party:
        return go_on(case.instance_id, key, "handed_in")
    return flash.saying(requests.go(_first_place(case.instance_id, found.about_id)), "started")


@blueprint.post("/<process_id>/form")
def redraw(process_id: str) -> BaseResponse:
    """Draws the start form for what was entered so far: which fields show, one row more, one row less."""
    raw = with_rows_changed(_entered(), request.form.get("add", ""), request.form.get("drop", ""))
    return _page(beginning(process_id), raw, key=request.form.get(requests.KEY_FIELD, ""))


def _entered() -> dict[str, Any]:
    raw = entered_values()
    raw.pop(OFFICE_FIELD, None)
    return raw


def _card(view: StartView) -> Card:
    about = view.model.properties
    purpose = named(about.get("purpose", ""), about.get("purpose_en"))
    return Card(view.model.process_id, named(view.model.name, view.name_en), purpose, cited(view.model.documentation))


def _is_of_use(found: Beginning) -> bool:
    """Whether the process is offered to the party that has opened its form; by an old address it may be none, and that is said before it is filled in."""
    engine, actor = services().engine, identity.staff().actor
    if not actor.party or found.about or request.method != "GET":
        return True
    return any(view.model.process_id == found.view.model.process_id for view in engine.of_use(actor))


def _first_place(instance_id: str, about_id: str) -> str:
    """The one open task of the new case that this person may take, else the case; from one that was over at once back to the case that it is about."""
    engine, actor = services().engine, identity.staff().actor
    found = engine.case(instance_id, actor)
    if about_id and found.header.status != "active":
        return url_for("cases.show", instance_id=about_id)
    tasks = [t for t in found.open_tasks if engine.task(t.id, actor).may_claim or t.assignee_id == actor.person_id]
    if len(tasks) == 1:
        return url_for("worklist.show", task_id=tasks[0].id, scope="mine", begun=1)
    return url_for("cases.show", instance_id=instance_id)


def _page(
    found: Beginning, raw: dict[str, Any] | None, errors: dict[str, str] | None = None, *, key: str = "", sentence: str = "", status: int = 200
) -> BaseResponse:  # fmt: skip
    fragment, drawn = requests.wanted() == "task-form", draw(own.own(found.form), own.values(found.form), raw, errors or {})
    return requests.page(
        "start/_fields.html" if fragment else "start/form.html", status=status, card=_card(found.view), about=found.about,
        about_term=terms.term_of(found.about.due_on) if found.about else terms.NO_TERM, about_id=found.about_id or None,
        drawn=drawn, is_of_use=_is_of_use(found), form_key=key or requests.new_key(), sentence="" if drawn.errors else sentence,
        offices=list(found.offices.items()), office=found.office_id, redrawn_at=partial(url_for, "start.redraw", process_id=found.view.model.process_id, about=found.about_id or None),
    )  # fmt: skip
