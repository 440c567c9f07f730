"""Cases: looking for one, and the page of one with everything that happened in it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import NotYours
from web import flash, headers, identity, requests
from web.cases import attachments, urgings
from web.cases.diagram import drawn
from web.cases.dossier import dossier, status_name
from web.cases.listing import Listing, listed
from web.cases.papers import paper_file
from web.cases.stations import waits_for
from web.cases.timeline import timeline
from web.cases.words import Words
from web.portal import of_case
from web.services import services
from web.worklist.workplace import process_names

blueprint = Blueprint("cases", __name__, url_prefix="/cases")
COMMENT_LIMIT = 2000
ANSWER_LIMIT = 500
KNOWN_LIMIT = 700


@blueprint.get("")
def index() -> BaseResponse:
    """Cases of the reader's offices, by words, state and process."""
    choice = Listing.of(request.args)
    rows, has_more = listed(choice)
    processes = {row.process_id: row.process for row in rows} if identity.staff().party else process_names()  # a party has no use for those of others
    statuses = [(state, status_name(state)) for state in ("active", "completed", "cancelled")]
    return requests.page(
        "cases/index.html",
        rows=rows,
        choice=choice,
        has_more=has_more,
        statuses=statuses,
        processes=list(processes.items()),
    )


@blueprint.get("/<instance_id>")
def show(instance_id: str) -> BaseResponse:
    """One case: the diagram with the way it went, timeline, papers, deadlines, files, remarks."""
    found = services().engine.case(instance_id, identity.staff().actor)
    if identity.staff().party:
        return requests.page("portal/case.html", **of_case.context(found))
    moves = services().engine.moves.offers(instance_id, identity.staff().actor)
    return headers.with_diagram(requests.page("cases/show.html", moves=moves, **dossier(found)))


@blueprint.get("/<instance_id>/history")
def history(instance_id: str) -> BaseResponse:
    """What happened before the latest events that the case page shows, a page at a time."""
    engine, actor = services().engine, identity.staff().actor
    case = engine.header(instance_id, actor)
    rows, has_earlier = engine.history(instance_id, actor, requests.whole(request.args.get("before", ""), 2**62))
    earlier = url_for("cases.history", instance_id=instance_id, before=rows[0].id) if has_earlier else ""
    return requests.page("cases/history.html", case=case, timeline=timeline(rows, Words.of(case)), earlier=earlier)


@blueprint.get("/<instance_id>/stations")
def counters(instance_id: str) -> Response:
    """What counters do in the case just now, for a page that shows it; `known`: the jobs that it shows. A party is told of its own counters alone."""
    case, known = services().engine.header(instance_id, identity.staff().actor), request.args.get("known", "")[:KNOWN_LIMIT]
    lines = waits_for(case, Words.of(case), [one for one in known.split(",") if one])
    return requests.page("cases/_stations.html", case=case, instance_id=instance_id, stations=lines)


@blueprint.get("/<instance_id>/diagram")
def diagram(instance_id: str) -> Response:
    """The process with the way that the case went, for the diagram on the page."""
    found = services().engine.diagram(instance_id, identity.staff().actor)
    return jsonify(xml=drawn(found.xml), done=found.done, flows=found.flows, current=found.current, incidents=found.incidents)


@blueprint.post("/<instance_id>/comments")
def comment(instance_id: str) -> BaseResponse:
    """Adds a remark that everyone who sees the case can read."""
    key, text = requests.act_key("comment"), request.form.get("text", "").strip()[:COMMENT_LIMIT]
    if not text:
        return flash.saying(_back(instance_id), "comment_empty")
    services().engine.comment(instance_id, text, identity.staff().actor, key)
    return flash.saying(_back(instance_id), "commented")


@blueprint.post("/<instance_id>/urgings/<urging_id>")
def answer_urging(instance_id: str, urging_id: str) -> BaseResponse:
    """Answers what a supervisor has asked about the case."""
    text = request.form.get("text", "").strip()[:ANSWER_LIMIT]
    if not text:
        return flash.saying(_back(instance_id), "answer_empty")
    urgings.answer(instance_id, urging_id, text)
    return flash.saying(_back(instance_id), "urging_answered")


@blueprint.post("/<instance_id>/attachments")
def attach(instance_id: str) -> BaseResponse:
    """Adds a file; its name and kind are checked, its content is never shown in our own pages. A refusal is said on the case."""
    key = requests.act_key("attach")
    try:
        upload = attachments.read(request.files.get("file"))
    except attachments.AttachmentRefused as refused:
        services().engine.header(instance_id, identity.staff().actor)  # raises NotFound for whoever may not see the case
        return flash.saying(_back(instance_id), refused.code)
    services().engine.attach(instance_id, upload.name, upload.content, upload.media_type, identity.staff().actor, key)
    return flash.saying(_back(instance_id), "attached")


@blueprint.get("/<instance_id>/attachments/<attachment_id>")
def attachment(instance_id: str, attachment_id: str) -> BaseResponse:
    """A file as it was added, for saving; the engine asks the reader's right on the case."""
    name, _media_type, content = services().engine.attachment(attachment_id, identity.staff().actor)
    return attachments.download(name, content)


@blueprint.get("/<instance_id>/papers/<paper_id>")
def paper(instance_id: str, paper_id: str) -> BaseResponse:
    """An issued paper, in exactly the bytes that were issued."""
    services().engine.header(instance_id, identity.staff().actor)  # raises NotFound for whoever may not see the case
    name, content, kind = paper_file(instance_id, paper_id)
    return attachments.pdf(name, content, kind, download="download" in request.args)


@blueprint.post("/<instance_id>/incidents/<incident_id>/retry")
def retry(instance_id: str, incident_id: str) -> BaseResponse:
    """Tries a failed step again; a task by whoever did it, anything else by everyone who sees the case."""
    try:
        is_done = services().engine.retry_incident(incident_id, identity.staff().actor, requests.act_key("retry"))
    except NotYours:
        return flash.saying(_back(instance_id), "not_yours_to_retry")
    return flash.saying(_back(instance_id), "retried" if is_done else "operator_retried")


def _back(instance_id: str) -> BaseResponse:
    return requests.go(requests.local_address(request.form.get("next"), url_for("cases.show", instance_id=instance_id)))
