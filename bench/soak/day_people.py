"""The people of the day: who does which task with which entries, who puts cards in and draws them, as the pages tell them; one enterprise at a counter at a time.

Source: Xicheng, 二, 三.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bench.soak.day_faults import Fault
from bench.soak.day_hall import CARDS, ISSUANCE, PATIENCE_S, RECEPTION, UNIT, Counter
from bench.soak.day_office import Enterprise, Hall
from commands.demo_office.crew import Crew
from commands.scenarios.choosing import chosen
from commands.scenarios.play import work_off
from db.ids import new_id
from engine.external import Waiting
from engine.link import Link
from hardware.door import LEASE_S
from hardware.ports import DISK

LOOK_S = 0.05
SEEN_S = 1.2  # in which a card that was put in is seen by the service and by the agent; each time that it was not, it is left in for twice as long
STILL_S = 15.0  # after which everybody has sat down to wait
MOST_TIMES = 4  # that a clerk does a task before he asks what is wrong
BACK = (RECEPTION, ISSUANCE)  # where the volumes of an enterprise that leaves are taken or put back
Form = dict[str, Any]
CLERK, RECEPTIONIST, TECHNICIAN, ISSUER, CARD_ISSUER = "bai.lu", "he.xi", "hangxin", "yu.qing", "song.jia"
PREPARED: Mapping[str, tuple[str, Form]] = {
    "note_training": (TECHNICIAN, {
        "session_on": "2026-03-01", "training_place": "航信培训室", "trainer_unit": "杭欣", "trainer_office": "白露", "training_result": "trained",
        "attended_by": "开票员", "certificate_brought": "on", "photo_brought": "on",
    }),
    "prepare_self": (CLERK, {"special_reconciled": "on", "reports_printed": "on", "reported_first": "on", "programs_removed": "on", "disks_ready": "on", "prepared_by": "开票员"}),
    "record_stock": (CLERK, {"period_state": "reported", "remaining_special": "38"}),
    "decide_limit": ("qin.gang", {"ordinary_per_invoice": "100000", "ordinary_quantity": "50", "limit_basis": "按企业申请核定"}),
    "add_authorisation": ("fang.yuan", {"authorised_quantity": "50"}),
    "check_network": ("fu.qiang", {"network_checked": "on", "data_backed_up": "on", "materials_ready": "on"}),
    "build_site": ("fu.qiang", {"site_place": "雁塔分局办税大厅", "site_it": "on", "site_cancellation": "on", "site_issuance": "on", "site_cards": "on", "site_unit": "on"}),
}  # fmt: skip
SPECIAL = {
    **{f"{paper}_{figure}": value for paper in ("summary", "detail", "issued") for figure, value in {"count": "3", "amount": "6000.00", "tax": "1020.00"}.items()},
    "unused_report_count": "38", "unused_count": "38", "period_state": "reported", "summary_confirmed": "on",
}  # fmt: skip
AT_SIGN_IN = {"label": "label_printed_at", "sheets": "printed_at", "problem_sheet": "problem_printed_at"}  # of the form receive_machine → when it came out
HALL: Mapping[str, tuple[str, tuple[str, ...], Form]] = {  # task → who, at which counters its cards are worked, what is entered
    "receive_machine": (RECEPTIONIST, (RECEPTION,), {
        "print_next": "done", "machine_described": "联想开天", "label_stuck": "on", "sheets_given": "on", "problem_sheet_given": "on", "bag_given": "on",
    }),
    "check_special": (CLERK, (), SPECIAL),
    "correct_special": (CLERK, (), {"correction": "汇总表重新打印", "corrected_by": "开票员"}),
    "check_ordinary": (CLERK, (), {}),
    "seal_cancellation": (CLERK, (), {"cancellation_filled": "on", "company_sealed": "on"}),
    "receive_bag": (TECHNICIAN, (), {"bag_sheets": "on", "bag_reports": "on", "bag_stock_report": "on", "bag_ic_card": "on", "bag_disks": "on"}),
    "test_machine": (TECHNICIAN, (), {"computer_state": "sound", "software_state": "sound", "card_state": "sound"}),
    "repair_machine": (TECHNICIAN, (), {"solution": "换电源线后正常"}),
    "check_month": (TECHNICIAN, (UNIT,), {}),
    "reprint_month": (TECHNICIAN, (), {"month_cause": "漏打一张作废票", "month_reprinted": "on", "papers_returned": "on"}),
    "prepare_backup": (TECHNICIAN, (UNIT,), {}),
    "check_unused": (TECHNICIAN, (UNIT,), {}),
    "reprint_unused": (TECHNICIAN, (), {"unused_cause": "月报表漏计一份", "unused_reprinted": "on", "papers_returned": "on"}),
    "prepare_refund": (ISSUER, (ISSUANCE,), {"refund_recorded_count": "38", "ic_card_lies_there": "on"}),
    "recheck_give_back": (TECHNICIAN, (), {"refund_cause": "交接单上的份数写错，已更正"}),
    "confirm_refund": (ISSUER, (ISSUANCE,), {"refund_noted": "on"}),
    "prepare_load": (TECHNICIAN, (UNIT,), {"outside_period": "7"}),
    "prepare_upgrade": (CARD_ISSUER, (CARDS,), {"standard_checked": "on", "cards_lie_there": "on"}),
    "install_system": (TECHNICIAN, (), {"install_result": "success", "software_version": "V6.10"}),
    "solve_installation": (TECHNICIAN, (), {"solution": "清理硬盘后重装"}),
    "carry_back": (TECHNICIAN, (), {"machine_carried": "on", "bag_carried": "on"}),
    "check_blanks": (ISSUER, (ISSUANCE,), {}),
    "find_blanks_cause": (ISSUER, (), {"blanks_cause": "发票放在车上，已取来"}),
    "prepare_read_in": (RECEPTIONIST, (RECEPTION,), {"cards_lie_there": "on"}),
    "hand_back": (RECEPTIONIST, (), {
        "accept_result": "accepted", "enterprise_signer": "开票员", "sheets_collected": "2", "machine_taken": "on", "reports_in_envelope": "on", "stock_report_in_envelope": "on",
        "disks_in_envelope": "on",
    }),
    "solve_refusal": (TECHNICIAN, (), {"solution": "重新校准打印机"}),
    "choose_way": (RECEPTIONIST, BACK, {"volumes_next": "read_in"}),
    "return_machine": (RECEPTIONIST, (), {"machine_returned": "on", "papers_back": "on", "enterprise_signer": "开票员", "sheets_collected": "2"}),
}  # fmt: skip


class People:
    """Plays the day. `faults`: what befalls which enterprise, by its number."""

    def __init__(self, hall: Hall, enterprises: Sequence[Enterprise], faults: Mapping[int, Fault]) -> None:
        self.hall, self.enterprises, self.faults = hall, enterprises, faults
        self.engine, self.database = hall.application.engine, hall.application.database
        self.crew = Crew(self.engine, self.database, hall.clock)
        self.at: dict[str, Enterprise] = {}  # who stands at which counter

    def prepare(self) -> None:
        """Every enterprise is made ready, through its preparation."""
        office = self.crew.office("yt1")
        for one in self.enterprises:
            form = {"taxpayer_number": one.number, "limit_applied_for": "100000", "quantity_applied_for": "50"}
            case = self.engine.start("upgrade_preparation", office_id=office, actor=self.crew.actor(CLERK), key=new_id(), form=form).instance_id
            lists = {"prepare_self": {"ordinary_listed": one.ordinary()}, "record_stock": {"ordinary_stock": one.ordinary()}}
            while tasks := self.open_tasks(case):
                for task, element in tasks:
                    login, entries = PREPARED[element]
                    self.hand_in(task, login, {**entries, **lists.get(element, {})})
        work_off(self.hall.application)

    def play(self, enterprises: Sequence[Enterprise]) -> None:
        """Until every one of these enterprises has left the hall. Raises TimeoutError where nothing goes on.

        A job whose way to its station was cut is locked to it: while all wait for that, the clock of the house moves on.
        """
        moved = waited = time.monotonic()
        while left := [one for one in enterprises if not one.is_over]:
            if sum([self._turn(one) for one in left]) + self.engine.tick().total:
                moved = waited = time.monotonic()
            elif time.monotonic() - waited > STILL_S:
                waited, self.hall.clock.offset = time.monotonic(), self.hall.clock.offset + timedelta(seconds=LEASE_S + 1)
            elif time.monotonic() - moved > PATIENCE_S:
                raise TimeoutError(f"nothing goes on: {[(one.n, self.open_tasks(one.case), self.engine.workers.of_case(one.case)) for one in left if one.case]}, {self.hall.said[-20:]}")
            else:
                time.sleep(LOOK_S)

    def open_tasks(self, case: str) -> list[tuple[str, str]]:
        """(id, element) of what waits for somebody."""
        with self.database.read() as session:
            return [(id_, element) for id_, element in Link(session).all("SELECT id, element FROM task WHERE state = 'open' AND instance_id = ? ORDER BY id", case)]

    def hand_in(self, task: str, login: str, form: Form) -> None:
        """Claims and completes."""
        actor = self.crew.actor(login)
        self.engine.claim(task, actor, new_id())
        self.engine.complete(task, chosen(self.engine.task(task, actor).form, form), actor, new_id())

    # --- one enterprise ----------------------------------------------------------------------------------------------------

    def _turn(self, one: Enterprise) -> bool:
        """What can be done for it just now; whether it came any further."""
        if not one.case:
            return self._begin(one)
        jobs = self.engine.workers.of_case(one.case)
        for job in jobs:
            self._serve(one, job)
        there = self.open_tasks(one.case)
        one.is_over = not jobs and not there
        tasks = [(task, element) for task, element in there if not self._fault(one).steps_aside(self.hall, one, element)]
        back = BACK if jobs and "choose_way" in one.times else ()
        self._leave(one, {*back, *(job.post for job in jobs), *(post for _task, element in tasks for post in HALL[element][1])})
        done = [self._do(one, task, element) for task, element in tasks]
        before, one.jobs = one.jobs, [job.id for job in jobs]
        return any(done) or one.is_over or one.jobs != before

    def _begin(self, one: Enterprise) -> bool:
        if not self._take(one, (RECEPTION,)):
            return False
        self._fault(one).before(self.hall, one, "sign_in")
        form = {"taxpayer_number": one.number, "person_name": "开票员"}
        one.case = self.engine.start("upgrade_handover", office_id=self.crew.office("yt"), actor=self.crew.actor(RECEPTIONIST), key=new_id(), form=form).instance_id
        return True

    def _do(self, one: Enterprise, task: str, element: str) -> bool:
        login, posts, entries = HALL[element]
        if not self._take(one, posts):
            return False
        fault = self._fault(one)
        if fault.breaks_off(one, element):
            form = {"break_off_because": "企业有急事，改日再来"}
            self.engine.start("upgrade_break_off", office_id="", actor=self.crew.actor(RECEPTIONIST), key=new_id(), form=form, about=one.case)
            work_off(self.hall.application)
            return True
        if one.times.get(element, 0) > MOST_TIMES:
            declined = self.engine.case(one.case, self.crew.actor(RECEPTIONIST)).variables.get("declined_because")
            raise AssertionError(f"{one.n}: {element} comes again and again: {declined}, {self.hall.said[-20:]}")
        fault.before(self.hall, one, element)
        self.hand_in(task, login, {**entries, **self._lists(one, element), **fault.entries(one, element)})
        one.times[element] = one.times.get(element, 0) + 1
        return True

    def _lists(self, one: Enterprise, element: str) -> Form:
        return {
            "receive_machine": self._printed_next(one) if element == "receive_machine" else {},
            "check_ordinary": {"nothing_brought": "on"} if one.times.get("seal_cancellation") else {"ordinary_brought": one.ordinary()},
            "check_month": {"disk_label": f"SJ{one.n:03d}"}, "prepare_backup": {"backup_name": f"BF{one.n:03d}{one.times.get('receive_bag', 0)}"},
            "check_unused": {"unused_rows": one.unused()}, "check_blanks": {"blanks_brought": one.unused()},
        }.get(element, {})  # fmt: skip

    def _printed_next(self, one: Enterprise) -> Form:
        """What no station printed in its time is printed now, before anything is handed out."""
        variables = self.engine.case(one.case, self.crew.actor(RECEPTIONIST)).variables
        return next(({"print_next": what} for what, at in AT_SIGN_IN.items() if variables.get(at) is None), {})

    def _serve(self, one: Enterprise, job: Waiting) -> None:
        """Puts in what the job waits for, and again what was drawn."""
        counter, fault = self.hall.counters[job.post], self._fault(one)
        if job.reason:
            raise AssertionError(f"{one.n}: {job.topic} was put off: {job.reason}")
        fault.working(self.hall, one, counter, job)
        last = job.progress.said[-1].zh if job.progress.said else ""
        for wait in job.progress.waits:
            if wait["kind"] == DISK:
                counter.put_disk(one.disk)
                continue
            card = one.cards()[wait["serial"]]
            if card in counter.cards and last.startswith(f"读卡器里没有 {wait['name']}") and time.monotonic() - card.since > SEEN_S * 2**card.tries:
                counter.draw(card)
                card.tries += 1
                fault.drawn(job)
            if counter.put_in(card):
                fault.inserted(card, job)

    # --- the counters ------------------------------------------------------------------------------------------------------

    def _take(self, one: Enterprise, posts: Sequence[str]) -> bool:
        """Stands at all of these counters, if nobody else does."""
        if any(self.at.get(post, one) is not one for post in posts):
            return False
        self.at |= dict.fromkeys(posts, one)
        return True

    def _leave(self, one: Enterprise, needed: Collection[str]) -> None:
        """Goes from counters where it has nothing to do any more."""
        for post in [post for post, who in self.at.items() if who is one]:
            if post not in needed:
                counter: Counter = self.hall.counters[post]
                self._fault(one).leaves(self.hall, counter)
                counter.clear()
                del self.at[post]
        if one.is_over:
            for card in one.cards().values():
                card.close()

    def _fault(self, one: Enterprise) -> Fault:
        return self.faults.get(one.n) or Fault()
