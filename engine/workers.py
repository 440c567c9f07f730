"""The front door for processes elsewhere that do external work; `engine.external` holds what happens to the rows.

`posts` are the posts of whoever runs the worker, given by the page that has signed it in; `worker` is its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.sight import EVERYTHING, seeing
from engine import external, progress
from engine.external import AtPost, Fetched, Waiting
from engine.failures import Failures
from engine.link import Link
from engine.outbox import Job
from engine.people import SYSTEM
from engine.steps import Steps

LEASE = timedelta(minutes=2)
Asked = Callable[[str], None]  # of the topic in hand, in the step itself; raises a Refusal


def _anything(_topic: str) -> None:
    """No question."""


class Workers:
    """Fetch and lock, prolong, complete, fail, raise a modelled error."""

    def __init__(self, steps: Steps, failures: Failures) -> None:
        self._steps = steps
        self._failures = failures
        self.kernel = steps.kernel

    def fetch(
        self, worker: str, topics: Sequence[str], *, posts: Sequence[str] = (), lease: timedelta = LEASE, limit: int = 1,
        unaddressed: bool = True,
    ) -> list[Fetched]:  # fmt: skip
        """Jobs for this worker, oldest first, locked to it for `lease`. One whose workers never came back waits for a person instead.

        Without `unaddressed` only those for its posts.
        """
        attempts = self.kernel.settings.max_attempts
        while True:
            with self.kernel.database.write() as session:
                now = self.kernel.clock.now()
                found, spent = external.fetch(Link(session), now, worker, topics, posts, lease, limit, attempts=attempts, unaddressed=unaddressed)
                for case in {one.instance_id for one in found}:
                    self.kernel.on_outside(session, case, [])
            for job in spent:
                self._failures.give_up_spent(job)
            if found or not spent:
                return found

    def is_waiting(self, topics: Sequence[str], posts: Sequence[str]) -> bool:
        """Whether there is something to fetch for these posts; costs a look. A worker is nobody whose sight could be asked: his posts are."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return external.is_waiting(Link(session), self.kernel.clock.now(), topics, posts)

    def free(self) -> list[tuple[str, str]]:
        """(topic, post) of all that may be fetched just now."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return external.free(Link(session), self.kernel.clock.now())

    def of_case(self, instance_id: str, known: Sequence[str] = ()) -> list[Waiting]:
        """The jobs for which a case waits, and those of the `known` ones that are over; asked for whoever sees the case."""
        with self.kernel.database.read() as session:
            return external.of_case(Link(session), self.kernel.clock.now(), instance_id, known)

    def of_post(self, post: str, cases: Sequence[str]) -> dict[str, datetime]:
        """Which of these cases wait for the workers of a post, since when; asked for whoever sees the cases."""
        with self.kernel.database.read() as session:
            return external.of_post(Link(session), post, cases)

    def at_posts(self, posts: Sequence[str]) -> dict[str, AtPost]:
        """What lies at posts and what failed there, for whoever looks after their counters: no case is named."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return external.at_posts(Link(session), self.kernel.clock.now(), posts)

    def in_hand(self, workers: Sequence[str]) -> dict[str, list[tuple[str, datetime]]]:
        """(topic, since when it waits) of what each of the workers has in hand, for whoever looks after them: no case is named."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            found = external.in_hand(Link(session), self.kernel.clock.now(), workers)
        return {worker: [(topic, since) for whose, topic, since in found if whose == worker] for worker in dict.fromkeys(row[0] for row in found)}

    def held(self, job_id: str, worker: str) -> tuple[str | None, Mapping[str, Any]]:
        """Whose case the job is that a worker has in hand, and what it was given; raises JobNotYours."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            job = external.held(Link(session), job_id, worker)
            return job.instance_id, job.payload

    def say(self, job_id: str, worker: str, zh: str, en: str, waits: Sequence[Mapping[str, str]] = ()) -> None:
        """Keeps a line of progress with the job, and what is waited for; raises JobNotYours."""
        with self.kernel.database.write() as session:
            case = progress.say(Link(session), self.kernel.clock.now(), job_id, worker, zh, en, waits)
            self.kernel.on_outside(session, case, [])

    def prolong(self, job_id: str, worker: str, lease: timedelta = LEASE) -> datetime:
        """Keeps a job for longer; raises JobNotYours when somebody else has it."""
        with self.kernel.database.write() as session:
            return external.prolong(Link(session), self.kernel.clock.now(), job_id, worker, lease)

    def complete(self, job_id: str, worker: str, results: Mapping[str, Any], key: str, asked: Asked = _anything) -> str:
        """The work is done; its case goes on as a step of its own. A failure of that step leaves an incident and the job. Which topic it was."""

        def act(session: Session, link: Link) -> str:
            return self._told(session, external.complete(self.kernel, session, link, job_id, worker, results, asked))

        return str(self._steps.step("external", SYSTEM, key, {"id": job_id, "worker": worker, "results": dict(results)}, act) or "")

    def raise_error(self, job_id: str, worker: str, code: str, message: str, key: str, asked: Asked = _anything, en: str = "") -> str:
        """The work ended in an error that the model knows. Which topic it was."""

        def act(session: Session, link: Link) -> str:
            return self._told(session, external.raise_error(self.kernel, session, link, job_id, worker, code, message, asked, en))

        return str(self._steps.step("external", SYSTEM, key, {"id": job_id, "worker": worker, "code": code, "message": message}, act) or "")

    def fail(self, job_id: str, worker: str, reason: str, key: str, retry_in: timedelta | None = None, en: str = "") -> str:
        """The work did not succeed; it is offered again, and after the last attempt an incident waits for a person. Which topic it was."""

        def act(session: Session, link: Link) -> str:
            now, limit = self.kernel.clock.now(), self.kernel.settings.max_attempts
            job, over = external.fail(link, now, job_id, worker, reason, limit, retry_in, en)
            if over:
                self._failures.give_up(link, job, reason)
            return self._told(session, job)

        answer = self._steps.once("external", SYSTEM, key, {"id": job_id, "worker": worker, "reason": reason}, act)
        return answer if isinstance(answer, str) else ""  # an answer that an older house has kept says another thing

    def _told(self, session: Session, job: Job) -> str:
        """Whoever looks at the case is told."""
        self.kernel.on_outside(session, job.instance_id, [])
        return job.topic
