"""Calls for workers on PostgreSQL, kept by procrastinate: its tables are part of our migrations, it is imported here alone.

A call carries the id of a row and nothing else. It is made in the transaction that writes the row, through procrastinate's own
SQL function on our own connection. A call in the hand of a worker that died is taken from it (`lost`) and made anew by whoever
knows whether the work is still wanted. No call has a lock name: a dead worker would block all later ones of that name. Each lane of
effects is a queue of its own with workers of its own.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.schema import SchemaManager
from psycopg_pool import PoolTimeout
from sqlalchemy import URL, Connection

from db import connections
from db.timeouts import Timeouts

QUEUE, TASK = "effects", "effects.do"
HEARTBEAT_SECONDS = 2.0
STALE_SECONDS = 10.0  # a worker that has not been heard of for so long is dead
POLL_SECONDS = 1.0  # for what is scheduled; what is due at once is notified
RESTART_SECONDS = 1.0
# Of the worker's own bookkeeping only: a call taken or ended that a crash forgets is answered once more, and finds nothing to do.
UNSYNCED = "-c synchronous_commit=off"
log = logging.getLogger("jinshui.queue")

_DEFER = (
    f"SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(?::text, '{TASK}', 0, NULL, NULL, jsonb_build_object('id', ?::text),"
    " ?::timestamptz)::procrastinate_job_to_defer_v1])"
)
_LOST = (
    f"DELETE FROM procrastinate_jobs WHERE status = 'doing' AND task_name = '{TASK}' AND (worker_id IS NULL OR worker_id IN"
    " (SELECT id FROM procrastinate_workers WHERE last_heartbeat <= now() - make_interval(secs => ?))) RETURNING args ->> 'id'"
)
_CALLED = f"SELECT DISTINCT args ->> 'id' FROM procrastinate_jobs WHERE status = 'todo' AND task_name = '{TASK}'"


FORGET = ("DELETE FROM procrastinate_jobs", "DELETE FROM procrastinate_workers")  # calls of a system that is no more


def schema() -> str:
    """The SQL that makes procrastinate's tables, as the pinned version ships it."""
    return SchemaManager.get_schema()


def install(connection: Connection) -> None:
    """Makes the tables of the queue in the transaction of the caller."""
    cursor: Any = connection.connection.cursor()  # the driver's own: the text holds % that stand for themselves
    cursor.execute(schema())
    cursor.close()


def is_ours(name: str) -> bool:
    """Whether a table is declared in this house; those of the queue are not."""
    return not name.startswith("procrastinate_")


def queue_of(lane: str) -> str:
    """The queue that carries the calls of a lane; without a name it is the common one."""
    return f"{QUEUE}.{lane}" if lane else QUEUE


class Rows(Protocol):
    """A connection as `engine.link.Link` offers it: statements with `?`."""

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...
    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]: ...


class TaskQueue:
    """Makes and takes back calls, in the transaction of whoever asks."""

    def __init__(self, stale_seconds: float = STALE_SECONDS) -> None:
        self.stale_seconds = stale_seconds

    def defer(self, link: Rows, calls: Sequence[tuple[str, str, datetime | None]]) -> None:
        """For each (id, lane, moment) calls a worker of the lane (None: at once)."""
        link.many(_DEFER, [(queue_of(lane), id_, at) for id_, lane, at in calls])

    def lost(self, link: Rows) -> list[str]:
        """Ids in the hands of workers that have died; their calls are taken away."""
        return [row[0] for row in link.all(_LOST, self.stale_seconds)]

    def uncalled(self, link: Rows, ids: Sequence[str]) -> list[str]:
        """Those ids for which no call waits."""
        called = {row[0] for row in link.all(_CALLED)} if ids else set()
        return [id_ for id_ in ids if id_ not in called]


class QueueWorker:
    """Answers the calls of a lane until it is stopped: `act(id)` is run in a thread, as many at once as `concurrency`.

    `act` must see to its own failures; one that raises loses its call. The database may go away and come back.
    """

    def __init__(
        self, url: URL, act: Callable[[str], object], *, lane: str = "", concurrency: int = 2, heartbeat: float = HEARTBEAT_SECONDS,
        timeouts: Timeouts | None = None,
    ) -> None:  # fmt: skip
        self.queue = queue_of(lane)
        self._timeouts = timeouts or Timeouts()
        self._url, self._act, self._concurrency, self._heartbeat = url, act, concurrency, heartbeat
        self._ended = threading.Event()
        self._door = threading.Lock()  # before the two that follow: whoever stops and whoever begins see each other
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name=self.queue, daemon=True)
        self._thread.start()

    def run(self, *, wait: bool = True) -> None:
        """Answers calls in this thread; without `wait` only until none is due."""
        while not self._ended.is_set():
            try:
                asyncio.run(self._answer(wait))
            except (ConnectorException, PoolTimeout, OSError) as error:
                log.warning("the queue is away, trying again: %s", error)
            except (Exception, asyncio.CancelledError):  # a thread that ends leaves every call unanswered, and nobody would see it
                if not wait:
                    raise
                log.exception("the worker of the queue failed, beginning anew")
            else:
                if not wait:
                    return
                continue
            self._ended.wait(RESTART_SECONDS)

    def stop(self, timeout: float = 30) -> None:
        """Lets what is in hand be finished, takes nothing more."""
        with self._door:
            self._ended.set()
            if self._loop is not None and self._running is not None:
                self._loop.call_soon_threadsafe(self._running.cancel)
        if self._thread is not None:
            self._thread.join(timeout)

    async def _answer(self, wait: bool) -> None:
        with self._door:
            if self._ended.is_set():  # stopped between the question of `run` and now: nobody would cancel this one any more
                return
            self._loop, self._running = asyncio.get_running_loop(), asyncio.current_task()
        try:
            app = App(connector=PsycopgConnector(**self._pool()))
            app.task(name=TASK, queue=self.queue)(self._take)
            async with app.open_async():
                await app.run_worker_async(
                    queues=[self.queue], concurrency=self._concurrency, wait=wait, fetch_job_polling_interval=POLL_SECONDS,
                    delete_jobs=DeleteJobCondition.ALWAYS, install_signal_handlers=False,
                    update_heartbeat_interval=self._heartbeat, stalled_worker_timeout=3600,
                )  # fmt: skip
        except asyncio.CancelledError:
            if not self._ended.is_set():
                raise
        finally:
            with self._door:
                self._loop = self._running = None

    def _pool(self) -> dict[str, Any]:
        """Connections that a cut network does not keep for ever. Whoever listens for calls sits in no transaction and no statement."""
        address, keywords = connections.reached_by(self._url, self._timeouts, UNSYNCED)
        del keywords["prepare_threshold"]  # nobody else prepares anything on these
        return {
            "conninfo": address.set(drivername="postgresql").render_as_string(hide_password=False), "kwargs": keywords,
            "min_size": 1, "max_size": self._concurrency + 2, "timeout": self._timeouts.pool_wait_s,
        }  # fmt: skip

    def _take(self, id: str) -> None:  # noqa: A002 -- the name of the argument in the call
        self._act(id)
