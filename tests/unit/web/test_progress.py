"""What the line of steps calls the step in hand."""

from __future__ import annotations

from app import WORKFLOWS
from engine.bpmn import check_in_process
from engine.procedures import read_folder
from engine.tokens.model import Element, ProcessModel
from web.cases.progress import _ahead, _at_work
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


def _of(folder: str, process: str) -> ProcessModel:
    return check_in_process(read_folder(WORKFLOWS / folder).as_bytes()).models[process]


def _said(model: ProcessModel, now: str, *done: str) -> list[str]:
    return [model.elements[id_].name if id_ else "…" for id_ in _ahead(model, [now], done)]


def test_a_level_that_is_gone_through_only_sometimes_is_a_gap_and_none_is_skipped() -> None:
    approval, change = _of("limit_approval", "limit_approval"), _of("limit_approval", "limit_change")

    assert _said(approval, "head_signs")[:4] == ["分局金税办审核", "分局领导签批", "…", "确定纳入、安排培训"]
    assert _said(approval, "hand_in_old_invoices") == ["清点缴销"]  # nothing lies between
    assert _said(change, "district_decides") == ["…", "核对抄税、备卡", "…"]  # the city, and the province, where the limit is theirs
    assert _said(change, "province_decides") == ["…", "核对抄税、备卡", "…"]  # giving up is no step to come


def test_where_ways_part_for_good_none_of_them_is_said_to_come() -> None:
    model = _of("device_loss", "authority_loss")
    (now,) = (one.id for one in model.elements.values() if one.name == "领导小组阅处")

    assert _said(model, now) == ["…"]


def test_what_was_inspected_before_the_release_is_not_to_come() -> None:
    model = _of("device_loss", "device_found")
    at = {one.name: one.id for one in model.elements.values()}

    assert _said(model, at["核准解除停用"], at["检查找回的设备"]) == []
