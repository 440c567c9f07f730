"""The agent at a counter: takes jobs from the door, has cards and disks put in, does the work, answers.

A job is answered as often as it must be and its cards are written once (`hardware.once`): if the answer is lost, or the agent dies
between card and answer, the next attempt finds the job on the card, on the disk, or at the printer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Thread
from typing import Any

from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.door import LEASE_S, Door, DoorShut, Job, Lease, NotOurs, NotTaken, TurnedAway
from hardware.jobs import (
    CARD_BROKEN,
    CARD_WRONG,
    DISK_BAD,
    JOBS,
    KEY_REFUSED,
    PRINT_FAILED,
    PRINT_UNKNOWN,
    STOCK_DIFFERS,
    topics_for,
)
from hardware.lines import Lines
from hardware.ports import Card, CardError, CardMute, DeviceError, MemoryFull, NotAuthorised, PinBlocked, WrongPin
from hardware.work import Bench, ModelledError, Order, UnknownOrder, Withdrawn, awaited, misfit, perform, wanted

PATIENCE_S = 180.0  # how long the cards are waited for before the job is given back
LOOK_S = 0.5
RETRY_S = 300
TELL_AGAIN_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
WRONG_PIN = (  # seldom the card is to blame: all cards of a house have one PIN, and it stands in a file of the counter
    "；请技术人员核对这个柜台的口令文件（--pin），改正后重新启动工作站，再办这项作业：在此之前不要再试，每试一次都少一次",
    "; a technician looks at the PIN file of this counter (--pin), mends it and starts the station anew before the job is tried again: each try costs one",
)
ANSWERED, REPORTED = ("✓ 已答复", "✓ answered"), ("没有办成，原因已告诉系统", "not done; the house has been told why")
SPENT = {
    CARD_WRONG: "卡不对", CARD_BROKEN: "卡坏", DISK_BAD: "磁盘不能用", STOCK_DIFFERS: "发票与卡内不符", KEY_REFUSED: "密钥不被接受",
    PRINT_FAILED: "没有打印出来", PRINT_UNKNOWN: "打印结果不明，请查看",
}  # fmt: skip


@dataclass
class Station:
    """One counter. `say` gets a line of progress in Chinese and one in English."""

    door: Door
    desk: Desk
    now: Callable[[], datetime]
    say: Callable[[str, str], None] = lambda _zh, _en: None
    patience_s: float = PATIENCE_S
    ending: Event = field(default_factory=Event)
    ticks: Callable[[], float] = time.monotonic  # in seconds: by it cards are waited for and the lock is prolonged, however long a card takes

    def work_off(self, wait_s: float = 0.0) -> int:
        """Works the jobs that wait, or the first that comes within `wait_s`; returns how many. Raises DoorShut, TurnedAway."""
        count = 0
        while not self.ending.is_set():
            jobs = self.door.fetch(topics_for(self.desk.devices), 0.0 if count else wait_s)
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
        except Withdrawn as lost:
            self.say(f"✗ {lost or '作业已被收回或另行办理'}", "the job was withdrawn or is done elsewhere")
        except NotTaken as refused:  # not even that it failed: it is offered again when its lock is over
            self.say(f"✗ {refused}", f"✗ {refused.en or 'the house does not take the answer'}")

    def _answer(self, job: Job) -> None:
        try:
            answer = self._worked(job)
            self._tell(answer)
            self.say(*(ANSWERED if answer.func == self.door.complete else REPORTED))
        except NotTaken as refused:
            self._tell(self._failed(job, str(refused), refused.en or "the house does not take the answer"))

    def _worked(self, job: Job) -> partial[None]:
        """Does the job; returns the answer that is to be given. The outer edge: one job that cannot be done keeps no other from being worked."""
        try:
            return partial(self.door.complete, job, self._do(job, Order(job.key, job.topic, job.given)))
        except ModelledError as error:
            headline = "口令不符" if isinstance(error.__cause__, WrongPin) else SPENT.get(error.code, error.code)
            self.say(f"✗ {headline}：{error}", f"✗ {error.code}: {error.en}")
            return partial(self.door.error, job, error.code, str(error), error.en)
        except (DeviceError, UnknownOrder) as error:
            return self._failed(job, str(error), getattr(error, "en", "unknown job"))
        except (DoorShut, Withdrawn, NotTaken, TurnedAway):
            raise
        except Exception as error:  # noqa: BLE001 -- it is told to the house and to whoever stands at the counter
            return self._failed(job, f"工作站办理时出错：{type(error).__name__}: {error}", f"the station failed: {type(error).__name__}: {error}")

    def _failed(self, job: Job, reason: str, en: str) -> partial[None]:
        self.say(f"✗ {reason}", f"✗ {en}")
        return partial(self.door.fail, job, reason, RETRY_S, en)

    def _tell(self, answer: Callable[[], None]) -> None:
        """Gives the answer, again while the house is away and the job may still be ours; later the card knows it (`hardware.once`)."""
        for pause in TELL_AGAIN_S:
            try:
                return answer()
            except DoorShut:
                self.ending.wait(pause)
        return answer()

    def _do(self, job: Job, order: Order) -> Mapping[str, Any]:
        """Waits for what is to be put in and does the work, again where a card was drawn, a device fell silent, or something wrong lies there."""
        began = self.ticks()
        waits, lease, lines = awaited(order), Lease(self.ticks, began), Lines()
        self._ask_for(job, lease, waits)
        while True:
            trouble: DeviceError | ModelledError
            try:
                bench = self._bench(job, order, lease, lines)
                self._prolong(job, lease, LOOK_S)  # it may have been withdrawn while the cards were looked for
                with self._kept(job, lease):
                    return perform(bench)
            except (WrongPin, PinBlocked, NotAuthorised, MemoryFull) as error:  # another try changes nothing, or costs one
                code = CARD_WRONG if isinstance(error, WrongPin) else CARD_BROKEN
                zh, en = WRONG_PIN if isinstance(error, WrongPin) else ("", "")
                raise ModelledError(code, f"{error}{zh}", f"{error.en}{en}") from error
            except DeviceError as error:
                trouble = error
            except ModelledError as error:
                if not error.may_pass:
                    raise
                trouble = error
            is_over = self.ticks() - began >= self.patience_s
            if not is_over and lines.is_another(str(trouble)):
                self.say(str(trouble), trouble.en)
                if not self._progress(job, lease, str(trouble), trouble.en, waits):
                    lines.hindrance = ""  # told again until it was heard
            if not is_over and self.ending.wait(LOOK_S):
                raise CardError("工作站已停止，作业留待下次办理", "the station was stopped; the job waits for the next start") from trouble
            if is_over:
                if isinstance(trouble, CardMute):
                    raise ModelledError(CARD_BROKEN, str(trouble), trouble.en) from trouble
                raise trouble
            self._prolong(job, lease, LEASE_S / 4)

    def _ask_for(self, job: Job, lease: Lease, waits: Sequence[Wanted]) -> None:
        if waits and self.desk.clerk is not None:
            self.desk.clerk.please_insert(waits)
            self._progress(job, lease, f"请放入 {'、'.join(one.name for one in waits)}", f"please put in: {', '.join(one.name_en for one in waits)}", waits)

    def _bench(self, job: Job, order: Order, lease: Lease, lines: Lines) -> Bench:
        def tell(zh: str, en: str) -> None:
            if not lines.is_new(zh):
                return
            self.say(zh, en)
            self._progress(job, lease, zh, en)

        return Bench(order, self.desk, self._cards(order), self.now(), lambda: self.door.paper(job), tell, lease.require, self.ending.is_set)

    def _progress(self, job: Job, lease: Lease, zh: str, en: str, waits: Sequence[Wanted] = ()) -> bool:
        """A line for the case; whether it was heard. One that is lost harms no job: the answer is what counts; that it is no longer ours is remembered."""
        try:
            self.door.progress(job, zh, en, waits)
        except NotOurs as lost:
            lease.lost = lost
        except (DoorShut, NotTaken):
            return False
        return True

    def _prolong(self, job: Job, lease: Lease, after_s: float) -> None:
        """Asks for more time if the last was given so long ago. Raises NotOurs; while the house is away the job is ours for the time that it has given."""
        if self.ticks() - lease.kept_at < after_s:
            return
        try:
            self.door.prolong(job)
        except DoorShut:
            lease.require()
        else:
            lease.kept()

    @contextmanager
    def _kept(self, job: Job, lease: Lease) -> Iterator[None]:
        """The lock is prolonged as long as this lasts: a disk or a printer may take longer than it."""
        done = Event()

        def prolong() -> None:
            while not done.wait(LEASE_S / 4):
                try:
                    self._prolong(job, lease, 0)
                except NotOurs as lost:
                    lease.lost = lost
                    return
                except (NotTaken, TurnedAway):  # the answer will be refused with the reason
                    continue

        keeper = Thread(target=prolong, daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()

    def _cards(self, order: Order) -> dict[str, Card]:
        named = wanted(order)
        cards = self.desk.reader.cards() if named and self.desk.reader is not None else ()
        if (wrong := misfit(cards, order)) is not None:
            raise wrong
        found = {}
        for want in named:
            card = next((card for card in cards if (card.kind, card.serial) == (want.kind, want.serial)), None)
            if card is None:
                there = [Wanted(one.kind, one.serial) for one in cards]
                zh, en = "、".join(one.name for one in there), ", ".join(one.name_en for one in there)
                raise CardError(f"读卡器里没有 {want.name}" + (f"，只有 {zh}" if there else ""), f"the {want.name_en} is not in the reader" + (f", only: {en}" if there else ""))
            found[want.kind] = card
        return found
