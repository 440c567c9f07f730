"""Work that a process elsewhere does (a card reader at a counter): fetched and locked for a while, then answered.

The answer is a step of the case. A worker that dies loses its lock, and the next one gets the same job with the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine import outbox, progress
from engine.errors import JobNotYours
from engine.kernel import Kernel
from engine.link import Link
from engine.outbox import COLUMNS, Job, as_job, is_spent
from engine.progress import Progress
from engine.tokens.errors import BpmnError

MAX_JOBS = 50
MAX_LEASE = timedelta(hours=1)


@dataclass(frozen=True)
class Fetched:
    """A job as its worker gets it; it must be answered or prolonged before `until`."""

    id: str
    key: str
    topic: str
    payload: dict[str, Any]
    business_key: str
    title: str
    attempt: int
    until: datetime
    instance_id: str | None = None


def fetch(
    link: Link, now: datetime, worker: str, topics: Sequence[str], posts: Sequence[str], lease: timedelta, limit: int, *, attempts: int,
    unaddressed: bool = True,
) -> tuple[list[Fetched], list[Job]]:  # fmt: skip
    """The oldest jobs of these topics that are free and addressed to one of the posts, or to nobody unless he is to have none such,
    locked to the worker; and those among them that are spent after so many `attempts`, which nobody gets.
    """
    if not worker:
        raise JobNotYours
    posts = [*posts, ""] if unaddressed else [post for post in posts if post]
    if not topics or not posts:
        return [], []
    rows = link.all(
        f"SELECT {COLUMNS}, worker FROM outbox WHERE state = 'pending' AND external = 1 AND due_at <= ?"
        f" AND topic IN ({link.places(topics)}) AND post IN ({link.places(posts)}) ORDER BY due_at, id LIMIT ?{link.skip_locked()}",
        link.moment(now), *topics, *posts, min(limit, MAX_JOBS),
    )  # fmt: skip
    spent = [replace(as_job(row, row[8]), is_spent=True) for row in rows if is_spent(row, attempts)]
    rows = [row for row in rows if not is_spent(row, attempts)]
    until = now + min(lease, MAX_LEASE)
    link.many(
        "UPDATE outbox SET worker = ?, attempts = attempts + 1, due_at = ? WHERE id = ?",
        [(worker, link.moment(until), row[0]) for row in rows],
    )
    return [_fetched(link, as_job(row, row[8] + 1), until) for row in rows], spent


def is_waiting(link: Link, now: datetime, topics: Sequence[str], posts: Sequence[str]) -> bool:
    """Whether a job of these topics and posts is free."""
    if not topics or not posts:
        return False
    row = link.one(
        f"SELECT 1 FROM outbox WHERE state = 'pending' AND external = 1 AND due_at <= ? AND topic IN ({link.places(topics)})"
        f" AND post IN ({link.places(posts)}) LIMIT 1",
        link.moment(now), *topics, *posts,
    )  # fmt: skip
    return row is not None


@dataclass(frozen=True)
class Waiting:
    """A job for which a case waits, or waited lately. `worker`: who has it in hand until `due_at`; else it is due then, or was long ago."""

    id: str
    topic: str
    element: str
    post: str
    since: datetime
    worker: str
    due_at: datetime
    reason: str
    progress: Progress
    is_over: bool = False  # answered, or withdrawn

    @property
    def reason_en(self) -> str:
        """The reason in English, in Chinese where whoever gave it had no English."""
        return self.progress.in_english(self.reason)


_WAITING = "SELECT id, topic, element, post, created_at, worker, due_at, last_error, progress, state FROM outbox WHERE instance_id = ? AND external = 1"


def of_case(link: Link, now: datetime, instance_id: str, known: Sequence[str] = ()) -> list[Waiting]:
    """The jobs of a case that are not done, and those of the `known` ones that are; one that was given up is an incident and none of these."""
    rows = link.all(f"{_WAITING} AND state = 'pending' ORDER BY id", instance_id)
    if asked := sorted(set(known) - {row[0] for row in rows})[:MAX_JOBS]:
        rows = [*link.all(f"{_WAITING} AND state IN ('done', 'skipped') AND id IN ({link.places(asked)}) ORDER BY id", instance_id, *asked), *rows]
    return [_waiting(row, now) for row in rows]


def _waiting(row: tuple[Any, ...], now: datetime) -> Waiting:
    id_, topic, element, post, since, worker, due, reason, said, state = row
    until = _moment(due)
    holder = worker if until > now else ""
    return Waiting(id_, topic, element, post, _moment(since), holder, until, reason, progress.read(said, holder), state != "pending")


@dataclass(frozen=True)
class AtPost:
    """What lies at a post for its workers: how many jobs, since when the first; why the last that did not succeed did not."""

    waiting: int
    since: datetime | None
    reason: str
    reason_en: str = ""


def at_posts(link: Link, now: datetime, posts: Sequence[str]) -> dict[str, AtPost]:
    """By post, of those where something lies: jobs that wait and that nobody has in hand, and the last failure among them and those that were given up."""
    if not posts:
        return {}
    of_posts = f"external = 1 AND post IN ({link.places(posts)})"
    waiting = link.all(f"SELECT post, COUNT(*), MIN(created_at) FROM outbox WHERE state = 'pending' AND (worker = '' OR due_at <= ?) AND {of_posts} GROUP BY post", link.moment(now), *posts)
    failed = [
        row
        for states in ("= 'pending'", "IN ('failed', 'held')")
        for row in link.all(
            f"SELECT post, last_error, id, progress FROM outbox WHERE id IN (SELECT MAX(id) FROM outbox WHERE state {states} AND {of_posts} AND last_error <> '' GROUP BY post)", *posts
        )
    ]  # fmt: skip
    reasons = {post: (reason, progress.read(said).in_english(reason)) for post, reason, _id, said in sorted(failed, key=lambda row: row[2])}
    counts = {post: (int(count), Link.as_moment(since)) for post, count, since in waiting}
    return {post: AtPost(*counts.get(post, (0, None)), *reasons.get(post, ("", ""))) for post in posts if post in counts or post in reasons}


def _moment(value: Any) -> datetime:
    found = Link.as_moment(value)
    assert found is not None
    return found


def _fetched(link: Link, job: Job, until: datetime) -> Fetched:
    row = link.one("SELECT business_key, title FROM instance WHERE id = ?", job.instance_id) or ("", "")
    return Fetched(job.id, job.key, job.topic, job.payload, row[0], row[1], job.attempts, until, job.instance_id)


def held(link: Link, job_id: str, worker: str) -> Job:
    """The job that a worker has in hand. Raises JobNotYours once somebody else has the job, it was answered, or its token was withdrawn.

    A worker without a name has none: so stands a job that nobody has fetched.
    """
    row = link.one(
        f"SELECT {COLUMNS} FROM outbox WHERE id = ? AND worker = ? AND worker <> '' AND state = 'pending' AND external = 1",
        job_id, worker,
    )  # fmt: skip
    if row is None:
        raise JobNotYours(job=job_id)
    return as_job(row, row[8])


def prolong(link: Link, now: datetime, job_id: str, worker: str, lease: timedelta) -> datetime:
    """Keeps the lock for longer; returns until when."""
    until = now + min(lease, MAX_LEASE)
    done = link.run(
        "UPDATE outbox SET due_at = ? WHERE id = ? AND worker = ? AND worker <> '' AND state = 'pending' AND external = 1",
        link.moment(until), job_id, worker,
    )  # fmt: skip
    if done != 1:
        raise JobNotYours(job=job_id)
    return until


def in_hand(link: Link, now: datetime, workers: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """(worker, topic, since when it waits for one) of every job that one of the workers has in hand."""
    rows = link.all(
        f"SELECT worker, topic, created_at FROM outbox WHERE state = 'pending' AND external = 1 AND due_at > ? AND worker IN ({link.places(workers)}) ORDER BY id",
        link.moment(now), *workers,
    ) if workers else []  # fmt: skip
    return [(worker, topic, _moment(since)) for worker, topic, since in rows]


def of_post(link: Link, post: str, cases: Sequence[str]) -> dict[str, datetime]:
    """Which of these cases wait for the workers of a post, since when."""
    rows = link.all(
        "SELECT instance_id, MIN(created_at) FROM outbox WHERE state = 'pending' AND external = 1 AND post = ?"
        f" AND instance_id IN ({link.places(cases)}) GROUP BY instance_id", post, *cases,
    ) if cases else []  # fmt: skip
    return {case: _moment(since) for case, since in rows}


def free(link: Link, now: datetime) -> list[tuple[str, str]]:
    """(topic, post) of the jobs that may be taken just now."""
    rows = link.all("SELECT DISTINCT topic, post FROM outbox WHERE state = 'pending' AND external = 1 AND due_at <= ? AND post <> ''", link.moment(now))
    return [(topic, post) for topic, post in rows]


def complete(
    kernel: Kernel, session: Session, link: Link, job_id: str, worker: str, results: Mapping[str, Any], asked: Callable[[str], None]
) -> Job:  # fmt: skip
    """The case goes on with the results, once its topic was `asked` about them; which job it was."""
    job = held(link, job_id, worker)
    asked(job.topic)
    if not outbox.answer(kernel, session, link, job, results):
        raise JobNotYours(job=job_id)
    return job


def fail(
    link: Link, now: datetime, job_id: str, worker: str, reason: str, limit: int, retry_in: timedelta | None, en: str = ""
) -> tuple[Job, bool]:
    """Gives the job back to be tried again later; (job, whether it was the last attempt). The reason in English stands with what was said of the job."""
    job = held(link, job_id, worker)
    if en:
        progress.say(link, now, job_id, worker, reason, en, ())
    came_to = outbox.postpone(link, now, job, reason, limit, retry_in)
    if came_to == outbox.GONE:
        raise JobNotYours(job=job_id)
    return job, came_to == outbox.OVER


def raise_error(
    kernel: Kernel, session: Session, link: Link, job_id: str, worker: str, code: str, message: str, asked: Callable[[str], None], en: str = "",
) -> Job:  # fmt: skip
    """The case takes the way of a modelled error, once its topic was `asked` about it; which job it was."""
    job = held(link, job_id, worker)
    asked(job.topic)
    if en:
        progress.say(link, kernel.clock.now(), job_id, worker, message, en, ())
    if not outbox.answer_error(kernel, session, link, job, BpmnError(code, message, en)):
        raise JobNotYours(job=job_id)
    return job
