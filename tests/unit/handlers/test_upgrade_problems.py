"""The problem sheet: what stands there is solved by a repair, or ticked as solved at whichever station comes later.

Source: Xicheng, 三(一)1, 三(二)1.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from db.clock import ManualClock
from handlers.upgrade_signing import problem
from tests.unit.records.xian import HAN, NOW

STATIONS = [
    {"station": "2", "what": "核对专用发票信息，已确认", "what_en": "special invoices checked", "post": "主管税务所", "post_en": "tax office"},
    {"station": "3", "what": "缴销未用空白普通发票", "what_en": "blank invoices cancelled", "post": "主管税务所", "post_en": "tax office"},
]


def at(variables: dict[str, Any], station: str, task: str, *, repair: str = "", **entered: Any) -> dict[str, Any]:
    """The variables of a case behind a station, whose form is filled in with `entered`."""
    ctx: Any = SimpleNamespace(
        variables={**variables, **entered, "done_by": {one: {"person_id": HAN.person_id, "name": HAN.name} for one in (task, repair)}}, clock=ManualClock(NOW), case=SimpleNamespace(instance_id="case"),
        element_id=station, about={"handover": {"stations": STATIONS}},
    )  # fmt: skip
    return {**variables, **entered, **problem(ctx, station, task, repair=repair)}


def test_a_problem_of_a_station_that_passed_is_ticked_as_solved_at_a_later_one() -> None:
    first = at({}, "2", "check_special", problem_text="汇总表字迹不清")
    second = at(first, "3", "check_ordinary", problem_text="印章模糊")
    third = at(second, "4", "receive_bag", solved_problems=["0"], problem_solution="已重打")

    assert [(row["value"], row["label"]) for row in second["open_problems"]] == [("0", "2 核对专用发票信息，已确认：汇总表字迹不清"), ("1", "3 缴销未用空白普通发票：印章模糊")]
    assert (second["open_problem"], third["open_problem"]) == ("汇总表字迹不清\n印章模糊", "印章模糊")
    assert [(row["solution"], row["solved_at"]) for row in third["problems"]] == [("已重打", NOW), ("", None)]
    assert (third["solved_problems"], third["problem_solution"], third["problem_text"]) == (None, None, None)

    # what was solved once keeps its solution; a fault that is repaired ends whatever is still open
    later = at(third, "5", "test_machine", repair="repair_machine", solution="已换电源", solved_problems=["0"], problem_solution="又写一次")
    assert [row["solution"] for row in later["problems"]] == ["已重打", "已换电源"]
    assert (later["open_problem"], later["open_problems"]) == (None, [])
    assert at(later, "6", "check_month") == later


def test_a_case_of_an_earlier_version_without_the_list_goes_on() -> None:
    row = {"station": "5", "text": "电源不能启动", "by": "杭欣", "at": NOW, "solved_at": None, "solution": ""}

    assert at({"problems": [row], "open_problem": "电源不能启动"}, "5", "test_machine")["problems"] == [row]
