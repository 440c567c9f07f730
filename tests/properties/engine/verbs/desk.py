"""A second opinion on every verb of a case, written from ADR 13 and 14: what is refused, in which order, and what it does.

What was asked at a task is in `seats`, the way in `way`, who may in `rights`.
"""

from __future__ import annotations

from tests.properties.engine.verbs.diagram import AT_ONCE, ENTERS, MAY_DO, after
from tests.properties.engine.verbs.people import CHIEF, CLERKS, STRANGER, No
from tests.properties.engine.verbs.rights import Rights
from tests.properties.engine.verbs.seats import SIGNING, Seat
from tests.properties.engine.verbs.way import Task, Values


class Desk(Rights):
    """The verbs of one case."""

    # --- one task ------------------------------------------------------------------------------------------------------------

    def claim(self, who: str, task: Task) -> None:
        self.must_be_open(task)
        if who not in MAY_DO[task.step]:
            raise No("NotYours")
        if task.holder not in {"", who} and task.holder not in self.left:
            raise No("TaskAlreadyClaimed")
        if task.holder != who:
            self.must_be_unbarred(who, task.step)
            self.must_not_sign(who, task)
            task.holder, task.is_claimed = who, True

    def release(self, who: str, task: Task) -> None:
        self.must_be_held(who, task)
        self.must_be_movable(task)
        task.holder, task.is_claimed = "", False

    def save(self, who: str, task: Task, draft: Values) -> None:
        self.must_be_mine(who, task)
        self.must_be_movable(task)
        task.draft = draft

    def transfer(self, who: str, task: Task, to: str, reason: str) -> None:
        self.must_be_open(task)
        if who not in {task.holder, CHIEF}:
            raise No("NotYours")
        self.must_be_movable(task)
        if not reason or to in self.left or to not in MAY_DO[task.step] or to == task.holder or self.barred(to, task.step):
            raise No("NotEligible")
        self.must_not_sign(to, task)
        task.holder, task.is_claimed = to, True

    def complete(self, who: str, task: Task, entered: Values | None, way: str = "") -> None:
        """`entered` None: what the model enters in a batch."""
        self.must_be_mine(who, task)
        self.must_be_unbarred(who, task.step)
        self.must_not_sign(who, task)
        if task.seats.hold_up():
            raise No("WaitsForOthers")
        if entered is None and task.step not in AT_ONCE:
            raise No("NotPossibleNow")
        entered = AT_ONCE[task.step] if entered is None else entered
        field = ENTERS.get(task.step)
        if field and not entered.get(field):
            raise No("FormInvalid")
        if not task.seats.to_sign_later():
            self.way.finish(task, who, {field: entered[field]} if field else {}, way)
            return
        if not task.holder:
            task.holder, task.is_claimed = who, True
        task.draft, task.way = entered, way
        task.seats.hand_in(who)

    # --- those beside the holder ---------------------------------------------------------------------------------------------

    def ask(self, who: str, task: Task, kind: str, people: list[str], rule: str, waits: bool) -> None:
        self.must_be_held(who, task)
        if kind != "ask":
            self.must_be_movable(task)
        people = list(dict.fromkeys(people))
        wrong = not people or who in people or (kind == "delegate" and len(people) > 1) or set(people) & (task.seats.busy() | self.left)
        if wrong or (kind != "ask" and any(self.barred(one, task.step) for one in people)):
            raise No("NotEligible")
        task.seats.add(kind, people, rule, waits=waits)

    def answer(self, who: str, task: Task, seat: Seat, agrees: bool, values: Values | None) -> None:
        if not seat.is_of(who):
            raise No("NotYours")
        if task.state != "open" or seat.state != "open":
            raise No("NoLongerAsked")
        if seat.kind in SIGNING and task.holder == who:
            raise No("NotEligible")
        if seat.kind != "ask":
            self.must_be_unbarred(who, task.step)
        if seat.kind == "delegate" and values is not None:
            task.draft = values
        self._signed(task, task.seats.acted(seat, who, agrees=agrees))

    def remove(self, who: str, task: Task, seat: Seat) -> None:
        self.must_be_held(who, task)
        if not seat.is_open:
            raise No("NoLongerAsked")
        if seat.of_model:  # those of this diagram never leave
            raise No("NotPossibleNow")
        self._signed(task, task.seats.take_off([seat]))

    def _signed(self, task: Task, name: str) -> None:
        """The last who signs after it has agreed: the task goes on in the name of whoever handed it in, or is his again."""
        if not name:
            return
        field = ENTERS.get(task.step)
        try:
            self.way.finish(task, name, {field: (task.draft or {})[field]} if field else {}, task.way)
        except No:
            task.seats.back_to_holder()

    def copy(self, who: str, task: Task, people: list[str]) -> None:
        self.must_be_held(who, task)
        if not people or who in people or set(people) & (self.left | task.seats.busy()):
            raise No("NotEligible")
        for person in people:
            self.copies.setdefault(person, "unread")

    def read(self, who: str) -> None:
        self.copies[who] = "read"

    # --- moves ---------------------------------------------------------------------------------------------------------------

    def may_return(self, who: str, task: Task) -> None:
        """Raises No where he may not."""
        self.must_be_mine(who, task)
        self.must_be_movable(task)
        self.must_be_unbarred(who, task.step)

    def send_back(self, who: str, task: Task, to: str, *, as_shown: bool) -> None:
        self.may_return(who, task)
        if not as_shown:
            raise No("CaseMoved")
        if to not in self.way.done:
            raise No("NoWayBack")
        self.way.send_back(task, to, who)

    def may_take_back(self, who: str, task: Task) -> None:
        """Raises No where a step is not his to take back, or where it is too late."""
        if task.doer != who:
            raise No("NotFound")
        self.must_be_active()
        if self.way.done.get(task.step) is not task:
            raise No("NoWayBack")
        if after(task.step) & self.way.done.keys():
            raise No("TooLate")
        self._nobody_began(who, task.step)

    def take_back(self, who: str, task: Task) -> None:
        self.may_take_back(who, task)
        self.way.take_back(task.step, who)

    def _nobody_began(self, who: str, since: str) -> None:
        for step, task in self.way.open.items():
            if (step in after(since) or not since) and ((task.is_begun() and task.holder != who) or task.seats.answered()):
                raise No("TooLate")

    def may_withdraw(self, who: str) -> None:
        """Raises No."""
        if not who == self.starter:
            raise No("NotYours")
        if any(task.doer != who for task in self.way.done.values()):
            raise No("TooLate")
        self._nobody_began(who, "fill" if self.way.done else "")

    def withdraw(self, who: str) -> None:
        if who == STRANGER:
            raise No("NotFound")
        if who not in CLERKS:
            raise No("NotYours")
        self.must_be_active()
        self.may_withdraw(who)
        if self.way.done:
            self.way.take_back("fill", who)
        else:
            self.way.cancel()

    def cancel(self, who: str) -> None:
        if who != CHIEF:
            raise No("NotFound" if who == STRANGER else "NotYours")
        self.must_be_active()
        self.way.cancel()

    # --- the house, and whoever watches over the terms --------------------------------------------------------------------------

    def give_up(self) -> None:
        """Nobody waits for those who have left."""
        for task in list(self.way.open.values()):
            if off := [seat for seat in task.seats if seat.is_open and seat.person in self.left]:
                self._signed(task, task.seats.take_off(off))

    def fall_back(self, who: str) -> None:
        """What somebody had in hand is his posts' again."""
        for task in self.way.open.values():
            if task.holder == who:
                task.holder, task.is_claimed = "", False

    def urge(self, who: str) -> None:
        """Once a day, and a game takes no day."""
        if self.urged:
            raise No("UrgedToday")
        self.urged.append([who, ""])

    def answer_urging(self, who: str) -> None:
        if not self.urged or self.urged[0][1]:
            raise No("NotAllowed")
        self.urged[0][1] = who
