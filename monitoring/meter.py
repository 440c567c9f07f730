"""The figures of a process in the text that Prometheus reads. The only file that knows its library.

Where several processes serve one office, each keeps its figures in a file of a common folder (PROMETHEUS_MULTIPROC_DIR, set by the
supervisor), and whichever is asked adds all of them up: a scrape of the shared port says the same on every node.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import event

from db.outages import is_outage
from db.session import Database

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STEP_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATE_S = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
Figure = tuple[str, str, str, int | Mapping[str, int]]  # name, help, label of a value by key, value
log = logging.getLogger(__name__)

# What is counted in the database at each scrape: field of the vitals → name, help, label of a count by key.
_COUNTED: Mapping[str, tuple[str, str, str]] = {
    "jobs_pending": ("jinshui_jobs_pending", "Effects and external jobs to be done", "topic"),
    "jobs_failed": ("jinshui_jobs_failed", "Jobs given up, waiting for a person", "topic"),
    "jobs_held": ("jinshui_jobs_held", "Jobs held back after a restore, waiting for a person's word", "topic"),
    "incidents_open": ("jinshui_incidents_open", "Failed steps not yet resolved", ""),
    "timers_due": ("jinshui_timers_due", "Timers whose moment has passed and that have not fired", ""),
    "timers_stuck": ("jinshui_timers_stuck", "Timers that failed too often and wait for a person", ""),
    "messages_pending": ("jinshui_messages_pending", "Messages to be delivered", ""),
    "messages_parked": ("jinshui_messages_parked", "Messages that nobody waits for yet", ""),
}


class Meter:
    """An observer of the engine, the pool and the requests; `vitals` counts what stands in the database."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = os.environ.get(FOLDER) if folder is None else folder
        self.vitals: Callable[[], Any] | None = None
        self.told: list[Callable[[], Iterable[Figure]]] = []  # what others count in the database
        self._own = CollectorRegistry()
        given: dict[str, Any] = {"registry": None if self.folder else self._own}
        self._steps = Histogram(
            "jinshui_step_seconds", "Time of a step, its commit included", ("operation", "outcome"), buckets=_STEP_S, **given
        )
        self._late = Histogram("jinshui_timer_late_seconds", "From a timer's moment to its firing", buckets=_LATE_S, **given)
        self._requests = Histogram("jinshui_request_seconds", "Time of a request", ("method", "status"), buckets=_STEP_S, **given)
        self._in_use = Gauge("jinshui_pool_in_use", "Connections handed out", multiprocess_mode="livesum", **given)
        self._size = Gauge("jinshui_pool_size", "Connections that may be handed out", multiprocess_mode="livesum", **given)

    # --- what is told ------------------------------------------------------------------------------------------------------

    def stepped(self, operation: str, outcome: str, seconds: float) -> None:
        """A step of the engine came to its end."""
        self._steps.labels(operation, outcome).observe(seconds)

    def fired(self, late_s: float) -> None:
        """A timer fired."""
        self._late.observe(late_s)

    def answered(self, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, str(status)).observe(seconds)

    def watch(self, database: Database) -> None:
        """Follows the pool of connections."""
        pool: Any = database.engine.pool
        self._size.inc(pool.size() + pool._max_overflow)

        def look(returning: int = 0) -> None:
            """Asks the pool: in an outage it takes connections back that it never told of as handed out."""
            pool: Any = database.engine.pool  # another one after dispose()
            self._in_use.set(pool.checkedout() - returning)

        event.listen(database.engine, "checkout", lambda *_: look())
        event.listen(database.engine, "checkin", lambda *_: look(returning=1))  # told while it still counts as handed out

    # --- what is said ------------------------------------------------------------------------------------------------------

    def text(self) -> bytes:
        """Everything, as Prometheus reads it; without what the database would say while that is away."""
        registry = CollectorRegistry()
        if self.folder:
            MultiProcessCollector(registry, self.folder)  # type: ignore[no-untyped-call]
        else:
            registry.register(_Own(self._own))
        if self.vitals is not None:
            registry.register(_Counted(self.vitals))
        for told in self.told:
            registry.register(_Told(told))
        return generate_latest(registry)


class _Own(Collector):
    """The figures of this process alone."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def collect(self) -> Iterable[Metric]:
        return self.registry.collect()

    def describe(self) -> Iterable[Metric]:
        return ()


class _Counted(Collector):
    """The figures of the database, counted when they are asked for."""

    def __init__(self, vitals: Callable[[], Any]) -> None:
        self.vitals = vitals

    def collect(self) -> Iterable[Metric]:
        try:
            found = self.vitals()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("metrics without the counts of the database: %s", error)
            return
        for field, (name, text, label) in _COUNTED.items():
            yield _family(name, text, label, getattr(found, field))

    def describe(self) -> Iterable[Metric]:
        return ()


class _Told(Collector):
    """Figures that another room counts when they are asked for."""

    def __init__(self, told: Callable[[], Iterable[Figure]]) -> None:
        self.told = told

    def collect(self) -> Iterable[Metric]:
        try:
            found = list(self.told())
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("metrics without the counts of the database: %s", error)
            return
        yield from (_family(*figure) for figure in found)

    def describe(self) -> Iterable[Metric]:
        return ()


def _family(name: str, text: str, label: str, value: int | Mapping[str, int]) -> Metric:
    if isinstance(value, int):
        return GaugeMetricFamily(name, text, value=value)
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, count in value.items():
        family.add_metric([key], count)
    return family


def forget_process(pid: int, folder: str) -> None:
    """Takes what a dead process had in use out of the sums; what it did stays counted."""
    mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]
