"""The front door for processes elsewhere that do external work; `engine.external` holds what happens to the rows.

`posts` are the posts of whoever runs the worker, given by the page that has signed it in; `worker` is its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from db.sight import EVERYTHING, seeing
from engine import external
from engine.external import AtPost, Fetched, Waiting
from engine.failures import Failures
from engine.link import Link
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
            for job in spent:
                self._failures.give_up_spent(job)
            if found or not spent:
                return found

    def is_waiting(self, topics: Sequence[str], posts: Sequence[str]) -> bool:
        """Whether there is something to fetch for these posts; costs a look. A worker is nobody whose sight could be asked: his posts are."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return external.is_waiting(Link(session), self.kernel.clock.now(), topics, posts)

    def of_case(self, instance_id: str) -> list[Waiting]:
        """The jobs for which a case waits; asked for whoever sees the case."""
        with self.kernel.database.read() as session:
            return external.of_case(Link(session), self.kernel.clock.now(), instance_id)

    def at_posts(self, posts: Sequence[str]) -> dict[str, AtPost]:
        """What lies at posts and what failed there, for whoever looks after their counters: no case is named."""
        with seeing(EVERYTHING), self.kernel.database.read() as session:
            return external.at_posts(Link(session), posts)

    def prolong(self, job_id: str, worker: str, lease: timedelta = LEASE) -> datetime:
        """Keeps a job for longer; raises JobNotYours when somebody else has it."""
        with self.kernel.database.write() as session:
            return external.prolong(Link(session), self.kernel.clock.now(), job_id, worker, lease)

    def complete(self, job_id: str, worker: str, results: Mapping[str, Any], key: str, asked: Asked = _anything) -> None:
        """The work is done; its case goes on as a step of its own. A failure of that step leaves an incident and the job."""
        self._steps.step(
            "external", SYSTEM, key, {"id": job_id, "worker": worker, "results": dict(results)},
            lambda s, link: external.complete(self.kernel, s, link, job_id, worker, results, asked),
        )  # fmt: skip

    def raise_error(self, job_id: str, worker: str, code: str, message: str, key: str, asked: Asked = _anything) -> None:
        """The work ended in an error that the model knows."""
        self._steps.step(
            "external", SYSTEM, key, {"id": job_id, "worker": worker, "code": code, "message": message},
            lambda s, link: external.raise_error(self.kernel, s, link, job_id, worker, code, message, asked),
        )  # fmt: skip

    def fail(self, job_id: str, worker: str, reason: str, key: str, retry_in: timedelta | None = None) -> None:
        """The work did not succeed; it is offered again, and after the last attempt an incident waits for a person."""

        def act(session: Any, link: Link) -> bool:
            now, limit = self.kernel.clock.now(), self.kernel.settings.max_attempts
            job, over = external.fail(link, now, job_id, worker, reason, limit, retry_in)
            if over:
                self._failures.give_up(link, job, reason)
            return over

        self._steps.once("external", SYSTEM, key, {"id": job_id, "worker": worker, "reason": reason}, act)
