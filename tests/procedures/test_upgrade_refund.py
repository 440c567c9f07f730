"""Invoices that the office holds by its books, and that a card shows all the same: a person says how they came there (Xicheng, 三(三))."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app import WORKFLOWS
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Do, Start
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, walk
from records.audit import Who
from records.taxpayers.store import taxpayer
from records.upgrade import store

ANOTHER = "610113220000096"
KEPT = {"code": "1100053140", "number_from": "00311013", "number_to": "00311025", "count": 13}
WHY = "留存的一卷已于次日发还企业"


class Kept(InProcess):
    """Another enterprise has left, and its volume has stayed at the office: by the books it is one that stands on the card of this one."""

    def start(self, act: Start, about: str) -> None:
        """Before the enterprise signs in."""
        if act.process == "upgrade_handover":
            clock = self.application.clock
            who = Who("tester", "测试", clock.now())
            with self.application.database.write() as session:
                visit = store.make_ready(session, who, taxpayer(session, ANOTHER), "yt1", {}, clock.today())
                store.sign_in(session, who, visit, "张三", clock.now())
                store.book_refund(session, who, visit, [KEPT], clock.now())
                store.break_off(session, who, visit, clock.now(), "金税卡损坏", kept_because="留存")
        super().start(act, about)


def test_what_the_office_kept_is_taken_again_with_a_word_alone(stage: Stage, tmp_path: Path) -> None:
    whole = read_scenario(WORKFLOWS / "upgrade" / "scenarios" / "straight_day.yaml")
    at = next(place for place, step in enumerate(whole.steps) if isinstance(step, Do) and step.task == "confirm_refund")
    confirm = whole.steps[at]
    assert isinstance(confirm, Do)
    without, with_a_word = replace(confirm, refused="填写"), replace(confirm, form={**confirm.form, "held_because": WHY})

    steps = (*whole.steps[:at], without, with_a_word, whole.steps[at + 1])
    asked = replace(whole.expected, records={"upgrade_volume[direction=refund].words": ()})

    played = walk(stage.at(tmp_path), replace(whole, steps=steps, expected=asked), by=Kept)

    assert played.steps_done == len(steps), played.faults
    assert played.outcome is not None
    assert played.outcome.records == {"upgrade_volume[direction=refund].words": ("", "", WHY)}
