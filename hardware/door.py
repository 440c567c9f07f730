"""Where a station gets its jobs and gives its answers: what any door of the house does, and what it says no with.

A job is ours for a while (`Lease`); the house may withdraw it, or give it to another once that is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hardware.clerk import Wanted
from hardware.work import Withdrawn

LEASE_S = 120


@dataclass(frozen=True)
class Job:
    """A job as the door hands it out, ours for LEASE_S seconds."""

    id: str
    key: str
    topic: str
    given: Mapping[str, Any]
    title: str
    attempt: int


class Door(Protocol):
    """Where jobs come from and answers go. A method raises DoorShut while nobody answers, NotTaken, NotOurs, TurnedAway; the same answer may be
    given twice. `paper`: the document that a job prints, as PDF (PaperNotMade while the house makes it); `progress`: a line for whoever looks at the case meanwhile.
    """

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]: ...
    def complete(self, job: Job, results: Mapping[str, Any]) -> None: ...
    def error(self, job: Job, code: str, message: str, en: str = "") -> None: ...
    def fail(self, job: Job, reason: str, retry_in_s: int, en: str = "") -> None: ...
    def prolong(self, job: Job) -> None: ...
    def paper(self, job: Job) -> bytes: ...
    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None: ...


class Told(Exception):
    """Its text is Chinese, `en` English where the door has it in English."""

    en = ""


class DoorShut(Told):
    """The other side is away: try again later."""


class NotOurs(Withdrawn, Told):
    """The house says that the job is no longer ours: withdrawn, answered, or given to another."""


class NotTaken(Told):
    """The door does not take this answer; the job is still ours. Its text is the door's sentence."""


class TurnedAway(Told):
    """The door does not know us (any more), or wants no station like this one."""


@dataclass
class Lease:
    """Until when a job is ours, by `ticks`. Once lost it stays lost, so that nothing more is done for it, whatever was begun meanwhile."""

    ticks: Callable[[], float]
    kept_at: float
    lost: NotOurs | None = None

    def kept(self) -> None:
        """The house has just said that it is ours."""
        self.kept_at = self.ticks()

    def require(self) -> None:
        """Raises NotOurs: the house said so, or it has been away for so long that it may have given the job to another."""
        if self.lost is not None:
            raise self.lost
        if self.ticks() - self.kept_at >= LEASE_S:
            raise NotOurs("与系统断开太久，作业可能已另行办理")
