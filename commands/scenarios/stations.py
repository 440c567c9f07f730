"""A station of a scenario: the real agent with simulated cards, at the engine's front door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from commands.scenarios.files import blank_pdf
from commands.scenarios.model import Work
from commands.scenarios.play import Refused
from db.sight import EVERYTHING, seeing
from engine.errors import JobNotYours
from hardware.clerk import Wanted
from hardware.door import LEASE_S, Door, Job, NotOurs, NotTaken
from hardware.simulator import Counter, Shelf
from hardware.station import Station
from records.audit import Who
from records.offices import stations

if TYPE_CHECKING:
    from app import Application


def station(application: Application, act: Work, shelf: Shelf, door: Door) -> Station:
    """A station with all devices that waits for nobody: cards that are not there now never will be."""
    counter = Counter(shelf, application.clock.today, insert=act.insert, broken=act.broken, fault=act.fault)
    return Station(door, counter.desk(), application.clock.now, patience_s=0)


def simulated(application: Application, post: str, shelf: Shelf) -> Station:
    """The same without a scenario: exactly the cards that the jobs name lie there."""
    return station(application, Work("", post), shelf, EngineDoor(application, post))


def printable(content: bytes, name: str) -> bytes:
    """What a printer takes: most walks leave papers unrendered, or for later, and then it is a blank sheet."""
    return content if content.startswith(b"%PDF") else blank_pdf(name)


def credential_for(application: Application, act: Work) -> str:
    """A credential as the page of stations makes one."""
    with application.database.write() as session:
        office = stations.office_of_post(session, act.station)
        if office is None:
            raise Refused(f"没有岗位 {act.station}")
        _row, token = stations.make(session, Who("", "情景", application.clock.now()), act.station, office, [act.station], is_simulated=True)
        return token


class EngineDoor:
    """Jobs of one post, without a page in between."""

    def __init__(self, application: Application, post: str) -> None:
        self._application, self._workers, self._post, self._name = application, application.engine.workers, post, f"scenario {post}"

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]:
        found = self._workers.fetch(self._name, topics, posts=[self._post], lease=timedelta(seconds=LEASE_S))
        return [Job(one.id, one.key, one.topic, one.payload, one.title, one.attempt) for one in found]

    def complete(self, job: Job, results: Mapping[str, Any]) -> None:
        try:
            self._workers.complete(job.id, self._name, results, _key(job))
        except JobNotYours as error:
            raise NotOurs from error

    def error(self, job: Job, code: str, message: str, en: str = "") -> None:
        try:
            self._workers.raise_error(job.id, self._name, code, message, _key(job), en=en)
        except JobNotYours as error:
            raise NotOurs from error

    def fail(self, job: Job, reason: str, retry_in_s: int, en: str = "") -> None:
        try:
            self._workers.fail(job.id, self._name, reason, _key(job), timedelta(seconds=retry_in_s), en)
        except JobNotYours as error:
            raise NotOurs from error

    def prolong(self, job: Job) -> None:
        try:
            self._workers.prolong(job.id, self._name, timedelta(seconds=LEASE_S))
        except JobNotYours as error:
            raise NotOurs from error

    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None:
        """Who would look? The walk has only one pair of hands."""

    def paper(self, job: Job) -> bytes:
        try:
            case, given = self._workers.held(job.id, self._name)
        except JobNotYours as error:
            raise NotOurs from error
        with seeing(EVERYTHING), self._application.database.read() as session:  # the job is its own, as at the door of stations
            named = next((one for one in self._application.papers.for_subject(session, case or "") if one.id == given.get("paper")), None)
            content = self._application.papers.bytes(session, named.id) if named else None
        if named is None:
            raise NotTaken("作业没有写明本案的文书")
        return printable(content or b"", named.id)


def _key(job: Job) -> str:
    return f"{job.key}:{job.attempt}"
