"""The door for stations: fetch and lock, complete, error, failure, prolong; and the description of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, cast

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema

from db.wire import from_wire, to_wire
from records.offices import stations
from web import door
from web.api import credentials, described, errors, schemas
from web.api import results as answers
from web.services import StationJob, services

blueprint = Blueprint("api", __name__, url_prefix="/api")
errors.install(blueprint)

LOOK_S = 0.5
BUSY_S = 3  # after which a station asks again that found no room to wait
ROOM = BoundedSemaphore(2)  # each that waits holds one of the few threads of the process


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
    now = deps.clock.now()
    if stations.is_stale(asking, now):
        with deps.database.write() as session:
            stations.seen(session, asking.id, now)
    topics = [topic for topic in asked["topics"] or known if topic in known]
    has_waited = _wait(topics, posts, min(asked["wait"], schemas.MAX_WAIT_S))
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
    return _answer(schemas.Jobs(), {"jobs": rows, "ask_again_in": 0 if has_waited else BUSY_S})


@blueprint.post("/stations/jobs/<job_id>/complete")
def complete(job_id: str) -> Response:
    """The work is done."""
    asked, asking = _sent(schemas.Complete()), credentials.station()
    results = from_wire(_plain(asked["results"]))

    def all_its_own(topic: str) -> None:
        if fault := answers.fault(_kind(topic), results):
            raise errors.NotDeclared(fault)

    services().engine.workers.complete(job_id, asking.id, results, f"station.complete:{asked['key']}", all_its_own)
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/error")
def error(job_id: str) -> Response:
    """The work ended in an error that the procedure knows."""
    asked, asking = _sent(schemas.Error()), credentials.station()

    def only_its_own(topic: str) -> None:
        if asked["code"] not in _kind(topic).errors:
            raise errors.NotDeclared(f"作业没有错误 {asked['code']}")

    services().engine.workers.raise_error(job_id, asking.id, asked["code"], door.plain(asked["message"]), f"station.error:{asked['key']}", only_its_own)
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/failure")
def failure(job_id: str) -> Response:
    """The work did not succeed."""
    asked, asking = _sent(schemas.Failure()), credentials.station()
    wait = timedelta(seconds=asked["retry_in"])
    services().engine.workers.fail(job_id, asking.id, door.plain(asked["reason"]), f"station.failure:{asked['key']}", wait)
    return _answer(schemas.Done(), {"done": True})


@blueprint.post("/stations/jobs/<job_id>/prolong")
def prolong(job_id: str) -> Response:
    """The work takes longer."""
    asked, asking = _sent(schemas.Prolong()), credentials.station()
    until = services().engine.workers.prolong(job_id, asking.id, timedelta(seconds=asked["lease"]))
    return _answer(schemas.Until(), {"until": until})


# --- in and out ------------------------------------------------------------------------------------------------------------


def _sent(schema: Schema) -> dict[str, Any]:
    return cast(dict[str, Any], schema.load(request.get_json(force=True)))


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


def _wait(topics: list[str], posts: list[str], seconds: float) -> bool:
    """Waits for something to fetch; False where there is no room to wait."""
    workers, until = services().engine.workers, time.monotonic() + seconds
    if seconds <= 0 or workers.is_waiting(topics, posts):
        return True
    if not ROOM.acquire(blocking=False):
        return False
    try:
        while time.monotonic() < until and not workers.is_waiting(topics, posts):
            time.sleep(LOOK_S)
    finally:
        ROOM.release()
    return True
