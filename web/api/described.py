"""The OpenAPI document of these addresses, made of the schemas that check what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from web.api import schemas
from web.services import StationJob


@dataclass(frozen=True)
class Operation:
    """One address: what it is for, what is sent and what comes back."""

    path: str
    name: str
    summary: str
    sent: type[Schema]
    answer: type[Schema]


JOB = "/api/stations/jobs/{job_id}"
OPERATIONS = (
    Operation("/api/stations/jobs/fetch", "fetch", "Fetch and lock jobs of the posts of this station", schemas.Fetch, schemas.Jobs),
    Operation(f"{JOB}/complete", "complete", "The work is done: the case goes on with the results", schemas.Complete, schemas.Done),
    Operation(f"{JOB}/error", "error", "The work ended in an error that the procedure knows: the case takes that way", schemas.Error, schemas.Done),
    Operation(f"{JOB}/failure", "failure", "The work did not succeed: it is offered again, and after the last attempt a person is asked", schemas.Failure, schemas.Done),
    Operation(f"{JOB}/prolong", "prolong", "The work takes longer: the job stays locked", schemas.Prolong, schemas.Until),
    Operation(f"{JOB}/progress", "progress", "What is being done, for those who look at the case, and what has to be put in", schemas.Progress, schemas.Done),
)
_JOB_ID = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}
REFUSALS = {
    "401": "no credential, or one that opens nothing", "403": "a post that is not this station's, or simulated cards in a house with real data", "409": "the job is not (or no longer) this station's",
    "422": "what was sent is incomplete", "429": "too many wrong credentials from this address", "503": "the database does not answer",
}  # fmt: skip


def document(jobs: Mapping[str, StationJob]) -> dict[str, Any]:
    """The whole document; the topics stand in it with their inputs, results and errors."""
    spec = APISpec("Jinshui stations", "1", "3.0.3", plugins=[MarshmallowPlugin()], info={"description": _topics(jobs)})
    spec.components.security_scheme("credential", {"type": "http", "scheme": "bearer", "description": "made on the page of stations, shown once"})
    spec.components.schema("Problem", schema=schemas.Problem)
    for one in OPERATIONS:
        spec.path(path=one.path, operations={"post": _operation(one)})
    spec.path(path=f"{JOB}/paper", operations={"get": _paper()})
    return spec.to_dict()


def _paper() -> dict[str, Any]:
    return {
        "operationId": "paper", "summary": "The paper that the job in hand names", "security": [{"credential": []}], "parameters": [_JOB_ID],
        "responses": {
            "200": {"description": "as it is archived", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
            **_refusals(REFUSALS | {"404": "the job names no paper of its case, or one that could not be made", "425": "the paper is still being made: ask again", "413": "the paper is too large for a station"}),
        },
    }  # fmt: skip


def _refusals(named: Mapping[str, str]) -> dict[str, Any]:
    return {code: {"description": text, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}} for code, text in named.items()}


def _operation(one: Operation) -> dict[str, Any]:
    parts = [_JOB_ID] if "{job_id}" in one.path else []
    refusals = _refusals(REFUSALS)
    return {
        "operationId": one.name, "summary": one.summary, "security": [{"credential": []}], "parameters": parts,
        "requestBody": {"required": True, "content": {"application/json": {"schema": one.sent}}},
        "responses": {"200": {"description": "done", "content": {"application/json": {"schema": one.answer}}}, **refusals},
    }  # fmt: skip


def _topics(jobs: Mapping[str, StationJob]) -> str:
    lines = [f"- `{topic}` ({job.name_en}): {', '.join(job.needs)} → {', '.join(job.gives)}; errors {', '.join(job.errors)}" for topic, job in jobs.items()]
    return "\n".join(["Jobs of the stations at the counters. Topics, with their inputs and results:", "", *lines])
