"""What signs on a hand-over sheet, and how many sheets there are, is said by procedure.yaml: a station that a designer adds signs like the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from engine.registry import Declined
from handlers.upgrade_signing import require_signed, sheet_count, sign
from tests.unit.records.xian import HAN, NOW


def ctx(*signed: str) -> Any:
    done = {"weigh": {"person_id": HAN.person_id, "name": HAN.name}}
    named = [{"station": one, "what": f"办理{one}", "what_en": f"work {one}", "post": "签到岗", "post_en": "reception"} for one in ("1", "1a", "2")]
    return SimpleNamespace(
        about={"handover": {"stations": named}, "papers": {"handover_sheet": {"copies": ["第一联", "第二联", "第三联"]}}}, element_id="note",
        variables={"done_by": done, "sheet_signatures": [{"station": one} for one in signed]}, clock=SimpleNamespace(now=lambda: NOW), case=SimpleNamespace(instance_id="case"),
    )  # fmt: skip


def test_a_station_of_a_designer_signs_in_its_place_on_as_many_sheets_as_the_paper_has_copies() -> None:
    (first, line) = sign(ctx("1"), "1a", "weigh")["sheet_signatures"]

    assert (first["station"], line["station"], line["what"], line["post_en"], line["name"]) == ("1", "1a", "办理1a", "reception", HAN.name)
    assert sheet_count(ctx()) == 3
    require_signed(ctx("1", "1a"), "2")
    with pytest.raises(Declined, match="1a（办理1a）"):
        require_signed(ctx("1"), "2")


def test_a_station_that_nobody_has_named_signs_by_its_number() -> None:
    (line,) = sign(ctx(), "9", "weigh")["sheet_signatures"]

    assert (line["station"], line["what"]) == ("9", "9")
    require_signed(ctx(), "9")
