"""The agent at a counter: takes jobs from the door, has the cards put in, does the work, answers.

A job is answered as often as it must be and its cards are written once (`hardware.once`): if the answer is lost, or the agent dies
between card and answer, the next attempt finds the job on the card.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any, Protocol

from hardware.jobs import CARD_BROKEN, CARD_WRONG, JOBS
from hardware.ports import Card, CardError, CardMute, Clerk, MemoryFull, NotAuthorised, PinBlocked, Reader, Wanted, WrongPin
from hardware.work import ModelledError, Order, UnknownOrder, misfit, perform, wanted

LEASE_S = 120
PATIENCE_S = 180.0  # how long the cards are waited for before the job is given back
LOOK_S = 0.5
RETRY_S = 300
TELL_AGAIN_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
SPENT = {CARD_WRONG: "卡不对", CARD_BROKEN: "卡坏"}


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
    given twice. `paper`: the document that a job prints, as PDF; `progress`: a line for whoever looks at the case meanwhile.
    """

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]: ...
    def complete(self, job: Job, results: Mapping[str, Any]) -> None: ...
    def error(self, job: Job, code: str, message: str) -> None: ...
    def fail(self, job: Job, reason: str, retry_in_s: int) -> None: ...
    def prolong(self, job: Job) -> None: ...
    def paper(self, job: Job) -> bytes: ...
    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None: ...


class DoorShut(Exception):
    """The other side is away: try again later."""


class NotOurs(Exception):
    """The job is no longer ours: withdrawn, answered, or given to another."""


class NotTaken(Exception):
    """The door does not take this answer; the job is still ours. Its text is the door's sentence."""


class TurnedAway(Exception):
    """The door does not know us (any more), or wants no station like this one."""


@dataclass
class Station:
    """One counter. `say` gets a line of progress in Chinese and one in English."""

    door: Door
    reader: Reader
    clerk: Clerk
    now: Callable[[], datetime]
    pin: str
    say: Callable[[str, str], None] = lambda _zh, _en: None
    patience_s: float = PATIENCE_S
    ending: Event = field(default_factory=Event)
    ticks: Callable[[], float] = time.monotonic  # in seconds: by it cards are waited for and the lock is prolonged, however long a card takes

    def work_off(self, wait_s: float = 0.0) -> int:
        """Works the jobs that wait, or the first that comes within `wait_s`; returns how many. Raises DoorShut, TurnedAway."""
        count = 0
        while not self.ending.is_set():
            jobs = self.door.fetch(tuple(JOBS), 0.0 if count else wait_s)
            if not jobs:
                break
            for job in jobs:
                self._work(job)
                count += 1
        return count

    def _work(self, job: Job) -> None:
        name = JOBS[job.topic]
        self.say(f"{job.title}：{name.name}", f"{job.title}: {name.name_en}")
        try:
            self._answer(job)
        except NotOurs as lost:
            self.say(f"✗ {lost or '作业已被收回或另行办理'}", "the job was withdrawn or is done elsewhere")
        except NotTaken as refused:  # not even that it failed: it is offered again when its lock is over
            self.say(f"✗ {refused}", "the house does not take the answer")

    def _answer(self, job: Job) -> None:
        try:
            self._tell(self._worked(job))
            self.say("✓ 已答复", "✓ answered")
        except NotTaken as refused:
            self._tell(self._failed(job, str(refused), "the house does not take the answer"))

    def _worked(self, job: Job) -> Callable[[], None]:
        """Does the job; returns the answer that is to be given. The outer edge: one job that cannot be done keeps no other from being worked."""
        try:
            return partial(self.door.complete, job, self._do(job, Order(job.key, job.topic, job.given)))
        except ModelledError as error:
            self.say(f"✗ {SPENT.get(error.code, error.code)}：{error}", f"✗ {error.code}: {error.en}")
            return partial(self.door.error, job, error.code, str(error))
        except (CardError, UnknownOrder) as error:
            return self._failed(job, str(error), getattr(error, "en", "unknown job"))
        except (DoorShut, NotOurs, NotTaken, TurnedAway):
            raise
        except Exception as error:  # noqa: BLE001 -- it is told to the house and to whoever stands at the counter
            return self._failed(job, f"工作站办理时出错：{type(error).__name__}: {error}", f"the station failed: {type(error).__name__}: {error}")

    def _failed(self, job: Job, reason: str, en: str) -> Callable[[], None]:
        self.say(f"✗ {reason}", f"✗ {en}")
        return partial(self.door.fail, job, reason, RETRY_S)

    def _tell(self, answer: Callable[[], None]) -> None:
        """Gives the answer, again while the house is away and the job may still be ours; later the card knows it (`hardware.once`)."""
        for pause in TELL_AGAIN_S:
            try:
                return answer()
            except DoorShut:
                self.ending.wait(pause)
        return answer()

    def _do(self, job: Job, order: Order) -> Mapping[str, Any]:
        """Waits for the cards and does the work, again where a card was drawn or fell silent."""
        self.clerk.please_insert(wanted(order))
        began = prolonged = self.ticks()
        while True:
            trouble: CardError | ModelledError
            try:
                cards = self._cards(order)
                return perform(order, cards, self.pin, self.now())
            except (WrongPin, PinBlocked, NotAuthorised, MemoryFull) as error:  # another try changes nothing, or costs one
                code = CARD_WRONG if isinstance(error, WrongPin) else CARD_BROKEN
                raise ModelledError(code, str(error), error.en) from error
            except CardError as error:
                trouble = error
            except ModelledError as error:
                if error.code == CARD_BROKEN:
                    raise
                trouble = error
            is_over = self.ticks() - began >= self.patience_s
            if not is_over and self.ending.wait(LOOK_S):
                raise CardError("工作站已停止，作业留待下次办理", "the station was stopped; the job waits for the next start") from trouble
            if is_over:
                if isinstance(trouble, CardMute):
                    raise ModelledError(CARD_BROKEN, str(trouble), trouble.en) from trouble
                raise trouble
            if self.ticks() - prolonged >= LEASE_S / 4:
                self.door.prolong(job)
                prolonged = self.ticks()

    def _cards(self, order: Order) -> dict[str, Card]:
        cards = self.reader.cards()
        if (wrong := misfit(cards, order)) is not None:
            raise wrong
        found = {}
        for want in wanted(order):
            card = next((card for card in cards if (card.kind, card.serial) == (want.kind, want.serial)), None)
            if card is None:
                raise CardError(f"读卡器里没有 {want.name}", f"{want.serial} is not in the reader")
            found[want.kind] = card
        return found
