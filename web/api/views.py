"""The door for stations: fetch and lock, complete, error, failure, prolong, progress, paper; and the description of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema

from db.sight import EVERYTHING, seeing
from db.wire import from_wire, to_wire
from records.offices import stations
from web import door
from web.api import credentials, described, errors, schemas, waiting
from web.api import results as answers
from web.services import StationJob, services

blueprint = Blueprint("api", __name__, url_prefix="/api")
errors.install(blueprint)

MAX_PAPER_BYTES = 20 << 20


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of these addresses."""
    return jsonify(described.document(services().jobs))


@blueprint.post("/stations/jobs/fetch")
def fetch() -> Response:
    """Jobs of the posts of this station, locked to it."""
    asked, asking, deps = _sent(schemas.Fetch()), credentials.station(), services()
    posts, known = asked["posts"] or list(asking.posts), deps.jobs
    for post in posts:
        if post not in asking.posts:
            raise credentials.Elsewhere(post[:60])
    credentials.require_real(asked["driver"])
    if asking.is_simulated:
        with deps.database.read() as session:
            posts = stations.left_to_simulated(session, posts)
    now = deps.clock.now()
    if stations.is_stale(asking, now, asked["driver"], asked["devices"]):
        with deps.database.write() as session:
            stations.seen(session, asking.id, now, door.plain(asked["driver"]), [door.plain(one) for one in asked["devices"]])
    topics = [topic for topic in asked["topics"] or known if topic in known]
    try:
        has_waited = waiting.wait(topics, posts, min(asked["wait"], schemas.MAX_WAIT_S))
    except waiting.PutAside:
        return Response(b"")
    found = deps.engine.workers.fetch(
        asking.id, topics, posts=posts, lease=timedelta(seconds=asked["lease"]), limit=asked["limit"], unaddressed=False
    )
    rows = [
        {
            "id": one.id, "key": one.key, "topic": one.topic, "inputs": to_wire(one.payload), "title": one.title, "business_key": one.business_key,
            "attempt": one.attempt, "until": one.until,
        }
        for one in found
    ]  # fmt: skip
    return _answer(schemas.Jobs(), {"jobs": rows, "ask_again_in": 0 if has_waited else waiting.BUSY_S})


@blueprint.post("/stations/jobs/<job_id>/complete")
def complete(job_id: str) -> Response:
    """The work is done."""
    asked, asking = _sent(schemas.Complete()), credentials.station()
    results = from_wire(_plain(asked["results"]))

    def all_its_own(topic: str) -> None:
        if fault := answers.fault(_kind(topic), results):
            raise errors.NotDeclared(fault)

    topic = services().engine.workers.complete(job_id, asking.id, results, f"station.complete:{asked['key']}", all_its_own)
    _answered(topic, stations.DONE)
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/error")
def error(job_id: str) -> Response:
    """The work ended in an error that the procedure knows."""
    asked, asking = _sent(schemas.Error()), credentials.station()

    def only_its_own(topic: str) -> None:
        if asked["code"] not in _kind(topic).errors:
            raise errors.NotDeclared(f"作业没有错误 {asked['code']}")

    said = door.plain(asked["message"])
    topic = services().engine.workers.raise_error(job_id, asking.id, asked["code"], said, f"station.error:{asked['key']}", only_its_own, door.plain(asked["message_en"]))
    _answered(topic, stations.ERROR, said or asked["code"])
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/failure")
def failure(job_id: str) -> Response:
    """The work did not succeed."""
    asked, asking = _sent(schemas.Failure()), credentials.station()
    wait, reason = timedelta(seconds=asked["retry_in"]), door.plain(asked["reason"])
    topic = services().engine.workers.fail(job_id, asking.id, reason, f"station.failure:{asked['key']}", wait, door.plain(asked["reason_en"]))
    _answered(topic, stations.FAILED, reason)
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/prolong")
def prolong(job_id: str) -> Response:
    """The work takes longer."""
    asked, asking = _sent(schemas.Prolong()), credentials.station()
    until = services().engine.workers.prolong(job_id, asking.id, timedelta(seconds=asked["lease"]))
    return _answer(schemas.Until(), {"until": until})


@blueprint.post("/stations/jobs/<job_id>/progress")
def progress(job_id: str) -> Response:
    """What is being done just now."""
    asked = _plain(_sent(schemas.Progress()))
    services().engine.workers.say(job_id, credentials.station().id, asked["said"], asked["said_en"] or asked["said"], asked["waits"])
    return _answer(schemas.Done(), {"done": True})


@blueprint.get("/stations/jobs/<job_id>/paper")
def paper(job_id: str) -> Response:
    """The paper of its case that a job in hand names, in exactly the bytes that were issued."""
    deps = services()
    case, given = deps.engine.workers.held(job_id, credentials.station().id)
    with seeing(EVERYTHING), deps.database.read() as session:  # a station is nobody whose sight could be asked: the job is its own
        named = next((one for one in deps.papers.for_subject(session, case or "") if one.id == given.get("paper")), None)
        content = deps.papers.bytes(session, named.id) if named else None
        why_not = named.error if named else ""
    if named is not None and content is None and not why_not:
        return errors.answer(425, "paper-being-made", "文书正在制作，请稍后再取")  # it is rendered after the step that issued it: the station asks again
    if content is None:
        return errors.answer(404, "no-such-paper", f"文书没有制成：{why_not}" if why_not else "作业没有写明本案的文书")
    if len(content) > MAX_PAPER_BYTES:
        return errors.answer(413, "paper-too-large", f"文书超过 {MAX_PAPER_BYTES >> 20} MB，工作站不能打印", f"the paper is larger than {MAX_PAPER_BYTES >> 20} MB")
    return Response(content, mimetype="application/pdf", headers={"Cache-Control": "no-store"})


# --- in and out ------------------------------------------------------------------------------------------------------------


def _sent(schema: Schema) -> dict[str, Any]:
    return cast(dict[str, Any], schema.load(request.get_json(force=True)))


def _answered(topic: str, how: str, because: str = "") -> None:
    """Kept for the page of stations; a repetition changes nothing there but the time."""
    with services().database.write() as session:
        stations.answered(session, credentials.station().id, services().clock.now(), topic, how, because)


def _answer(schema: Schema, content: Mapping[str, Any]) -> Response:
    response = jsonify(schema.dump(content))
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> Any:
    """Without control characters, which no table takes."""
    if isinstance(value, str):
        return door.plain(value)
    if isinstance(value, dict):
        return {door.plain(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _kind(topic: str) -> StationJob:
    """What a station may answer; raises NotDeclared for a topic that stations do not work."""
    if (found := services().jobs.get(topic)) is None:
        raise errors.NotDeclared(f"工作站不办理 {topic[:60]}")
    return found
