"""What the line of steps calls the step in hand."""

from __future__ import annotations

from engine.tokens.model import Element
from web.cases.progress import _at_work
from web.cases.words import Words


class _Model:
    elements = {"found": Element("found", "intermediateCatchEvent", "已找回"), "approve": Element("approve", "userTask", "省局审批")}


def _words() -> Words:
    words = Words(None, "device_loss", "xa")
    words.model = _Model()  # type: ignore[assignment]
    return words


def test_what_may_still_come_is_no_step_while_somebody_is_at_work() -> None:
    assert _at_work({"found": "已找回", "approve": "省局审批"}, _words()) == {"approve": "省局审批"}


def test_where_nothing_else_goes_on_the_case_waits_for_the_event() -> None:
    assert _at_work({"found": "已找回"}, _words()) == {"found": "已找回"}
