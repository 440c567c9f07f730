"""The page of one task: with the list beside it, or alone when htmx fills the pane."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine import drafts
from engine.errors import NotFound, TaskNotOpen
from engine.moves.policy import may_return
from engine.parties.rules import COPY
from engine.reads import CaseView, TaskView
from web import headers, identity, requests, terms
from web.cases.citation import cited
from web.cases.dossier import dossier, dossier_of_task
from web.cases.stations import shown
from web.cases.timeline import signed
from web.cases.words import Words
from web.languages import named
from web.names import person_name
from web.parties import rounds
from web.parties.words import lines, verb_name, waits_for
from web.portal import own
from web.services import services
from web.tasks import coming_back, confirming
from web.tasks.drawing import Item, draw, draw_to_read
from web.worklist.workplace import list_context

TYPED = frozenset(("textfield", "textarea", "number", "datetime"))
AGAINST, DESPITE = "seat-against", "seat-despite"  # the page said that signers refused; its reader goes on all the same
MARK = "draft-mark"  # which draft the page was drawn from
SHORT_FORM = 4  # a form with so few fields judges what others wrote, which is then shown unfolded


@dataclass(frozen=True)
class Entered:
    """What was filled in and refused, or is being redrawn: raw values, errors by field, the form's key, a sentence."""

    raw: dict[str, Any]
    errors: Mapping[str, str]
    key: str
    sentence: str = ""
    status: int = 200
    opinion: str = ""
    question: str = ""  # what has to be confirmed before it is sent


@dataclass(frozen=True)
class Ended:
    """How a task came to its end: who did the step, and when."""

    step: str
    who: str
    at: datetime


@dataclass(frozen=True)
class SentBack:
    """By whom and from which step a task was returned; whether it may go straight back there, and whether that passes over steps."""

    who: str
    step: str
    reason: str
    is_direct: bool
    has_between: bool


def open_detail(task_id: str, entered: Entered | None = None, *, status: int = 200) -> BaseResponse:
    """The task if it is open; when it is over, what became of it. `status`: of the answer where it is over."""
    deps, actor = services(), identity.staff().actor
    try:
        view = deps.engine.task(task_id, actor)
    except TaskNotOpen as closed:
        if actor.party:
            return requests.go_whole(url_for("cases.show", instance_id=closed.values["instance"]))
        return whole_or_pane("tasks/_over.html", _over(str(closed.values["instance"]), task_id), task_id, status)
    if actor.party:
        template = "portal/_task.html" if requests.wanted() == "detail" else "portal/task.html"
        counters = shown(deps.engine.header(view.task.instance_id, actor))
        context = {**counters, **task_context(view, entered), "term": terms.term_of(view.task.due_on), "redrawn_at": partial(url_for, "tasks.redraw", task_id=task_id)}
        return requests.page(template, status=entered.status if entered else 200, **context)
    context = {**dossier_of_task(view, deps.engine.case(view.task.instance_id, actor)), **task_context(view, entered)}
    scope = "mine" if context["is_mine"] or context["my_seats"] else "claimable" if view.may_claim else "office"  # the list in which the task stands
    return whole_or_pane("tasks/_detail.html", context, task_id, entered.status if entered else 200, scope)


def task_context(view: TaskView, entered: Entered | None) -> dict[str, Any]:
    """What the templates of a task need beyond the case."""
    me = identity.staff().actor.person_id
    is_mine = view.task.assignee_id == me
    seats = view.seats
    raw = entered.raw if entered else view.draft
    may_complete = is_mine and view.may_complete
    form = own.own(view.form)
    drawn = draw(form, {**form.begun(view.values), **own.values(form), **coming_back.in_english(view)} if form else {}, raw, entered.errors if entered else {})
    is_unsent = entered is not None and not may_complete
    return {
        "task": view.task,
        "task_name": named(view.task.name, view.task.name_en),
        "basis": cited(view.element.documentation),
        "is_mine": is_mine,
        "came_back": view.task.returned or (view.task.done_before and view.element.goes_back),
        "returned": _returned(view),
        "may_return": is_mine and view.may_return and may_return(view.element) and _has_passed_others(view),
        "may_claim": view.may_claim and not view.refused_because,
        "may_complete": may_complete,
        "unsent": posted(raw or {}) if is_unsent else [],
        "typed": list(typed(drawn.items)) if is_unsent else [],
        "verbs": [(verb, verb_name(verb)) for verb in seats.verbs],
        "seat_lines": lines([party for party in seats.parties if party.kind != COPY], seats.gone, seats.removable),
        "earlier_lines": lines(seats.earlier),
        "rounds": rounds.told(seats.parties),
        "rules": rounds.rules_by_round(seats.parties),
        "against": rounds.against(seats.parties),
        "despite": DESPITE in request.form,
        "my_seats": seats.mine,
        "stands_in": {seat.id: seat.person_name if seat.person_id not in (None, me) else "" for seat in seats.mine},
        "my_opinion": entered.opinion if entered else "",
        "is_delegate": seats.delegate is not None,
        "waits_for": waits_for(seats.parties) if is_mine else "",
        "is_handed_in": is_mine and seats.is_handed_in,
        "refused_because": view.refused_because,
        "has_lost_post": view.has_lost_post,
        "acts_for": view.acts_for,
        "reviews": not view.form or len(view.form.fields) <= SHORT_FORM,
        "mark": drafts.mark(view.draft),
        "has_draft": view.draft is not None,
        "drawn": drawn,
        "filled": draw_to_read(view.form, view.values, view.draft) if _reads_draft(view, is_mine=is_mine) else None,
        "form_key": entered.key if entered else requests.new_key(),
        "sentence": entered.sentence if entered and not (entered.errors and drawn.errors) else "",  # what stands at its field is said once
        "question": entered.question if entered else "",
        "asks_first": confirming.may_ask(view.form),
        "detail_title": view.task.title,
        "begun": request.args.get("begun") == "1",
    }


def _reads_draft(view: TaskView, *, is_mine: bool) -> bool:
    """Whether this person reads the form and changes nothing: its holder while it is with others, and whoever is asked about it."""
    if view.form is None or view.seats.delegate is not None:
        return False
    return (is_mine and view.seats.waits) or bool(view.seats.mine)


def _has_passed_others(view: TaskView) -> bool:
    """Whether the case has passed another step of people than this one."""
    done_by = view.values.get("done_by")
    return isinstance(done_by, dict) and any(step != view.element.id for step in done_by)


def _returned(view: TaskView) -> SentBack | None:
    """Who returned the task and why; None for one that was not returned."""
    found = services().engine.moves.returned(view)
    if found is None:
        return None
    case = services().engine.header(view.task.instance_id, identity.staff().actor)
    step = Words.of(case).step(found.from_element, found.from_name)
    return SentBack(person_name(found.person_id, found.person_name), step, found.reason, "direct" in found.ways, found.has_between)


def unheeded() -> str:
    """What is said to whoever sends a form on past a refusal that its page shows, and did not say that he has read it; else empty."""
    return str(_("会签人不同意。仍要提交的，请先在上面勾选“已知悉，仍要提交”。")) if AGAINST in request.form and DESPITE not in request.form else ""


def posted(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Entries as a form posts them, for a page that carries them along."""
    return [(name, text) for name, value in raw.items() for text in (value if isinstance(value, list) else [value])]


def typed(items: Iterable[Item]) -> Iterator[tuple[str, str]]:
    """Label and text of what was typed in words or figures, to be read and copied where the form itself is not drawn."""
    for item in items:
        yield from typed(item.children)
        for row in item.rows:
            yield from typed(row)
        if item.field.kind in TYPED and not item.field.readonly and item.value:
            yield item.label, item.value


def _over(instance_id: str, task_id: str) -> dict[str, Any]:
    """The case after a task is done, and the next task of this person, if there is one."""
    deps, actor = services(), identity.staff().actor
    try:
        case = deps.engine.case(instance_id, actor)
        found = {**dossier(case), "ended": _ended(case, task_id), "detail_title": case.header.title}
    except NotFound:  # done by this person, but now with an office that this person does not see
        found = {"case": None, "instance_id": "", "open_tasks": [], "term": None, "ended": None, "detail_title": _("待办工作台")}
    mine = list_context({}, task_id)
    return {**found, "next_row": mine["rows"][0] if mine["rows"] else None, "sent": request.args.get("sent") == "1", "take_back": _may_take_back(instance_id, task_id), "taken_id": task_id}


def _may_take_back(instance_id: str, task_id: str) -> bool:
    """Whether this person may take the step back that he has just sent on."""
    try:
        offers = services().engine.moves.offers(instance_id, identity.staff().actor)
    except NotFound:
        return False
    return any(step.task_id == task_id for step in offers.steps)


def _ended(case: CaseView, task_id: str) -> Ended | None:
    """Who completed the task; None where it was taken back with its branch."""
    row = services().engine.completed(case.header.instance_id, task_id, identity.staff().actor)
    if row is None:
        return None
    return Ended(Words.of(case.header).step(row.element, row.name), signed(row), row.at)


def whole_or_pane(
    template: str, context: dict[str, Any], task_id: str, status: int = 200, scope: str = ""
) -> Response:
    """The pane alone, or the page with the list beside it."""
    if requests.wanted() == "detail":
        return _at_its_address(headers.with_diagram(requests.page(template, status=status, **context)), task_id)
    args = {"scope": scope, **request.args} if scope else request.args
    page = {**context, **list_context(args, task_id), "detail": template}
    return headers.with_diagram(requests.page("worklist/index.html", status=status, **page))


def _at_its_address(pane: Response, task_id: str) -> Response:
    """Has the browser show the address of the task again where the pane held a verb of it, so that reloading does not open the verb anew."""
    address = url_for("worklist.show", task_id=task_id)
    if request.path == address and urlsplit(request.headers.get("HX-Current-URL", "")).path.startswith(f"{address}/"):
        pane.headers["HX-Replace-Url"] = address
    return pane
