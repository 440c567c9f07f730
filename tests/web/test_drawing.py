"""The page draws what the server will ask for: one set of values for the conditions, before and after it is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.forms import Form, parse_form
from web.tasks.drawing import Drawn, draw


def form(*components: dict[str, Any]) -> Form:
    return parse_form({"id": "f", "components": list(components)})


def asked(hide: str, key: str = "proof") -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": key, "validate": {"required": True}, "conditional": {"hide": hide}}


def names(drawn: Drawn) -> set[str]:
    return {item.name for item in drawn.items if not item.field.readonly}


NATURE = {"type": "textfield", "key": "nature", "label": "性质", "readonly": True}
AGREED = {"type": "checkbox", "key": "agreed", "label": "同意"}
AMOUNT = {"type": "number", "key": "amount", "label": "金额"}
DAY = {"type": "datetime", "key": "day", "label": "日期"}
WAY = {"type": "radio", "key": "way", "label": "方式", "values": [{"value": "post", "label": "邮寄"}, {"value": "hand", "label": "面交"}], "defaultValue": "post"}
ROWS = {"type": "dynamiclist", "key": "rows", "label": "行", "components": [{"type": "number", "key": "n", "label": "数"}]}

CASES: list[tuple[dict[str, Any], str, dict[str, Any], dict[str, Any] | None]] = [
    (NATURE, 'nature != "confirmed"', {"nature": "confirmed"}, {}),
    (NATURE, 'nature != "confirmed"', {"nature": "doubtful"}, {}),
    (NATURE, 'nature != "confirmed"', {"nature": "confirmed"}, {"nature": "doubtful"}),
    (NATURE, 'nature != "confirmed"', {"nature": "doubtful"}, {"nature": "confirmed"}),
    (AGREED, "agreed = false", {}, None), (AGREED, "agreed = false", {}, {}), (AGREED, "agreed = true", {}, {"agreed": "on"}), (AGREED, "agreed = true", {"agreed": True}, None),
    (AMOUNT, "amount > 1000", {}, {"amount": "1,234"}), (AMOUNT, "amount > 1000", {}, {"amount": "1,2,3,4"}), (AMOUNT, "amount > 1000", {"amount": Decimal(2000)}, None),
    (DAY, 'day > date("2026-03-01")', {}, {"day": "2026-03-02"}), (DAY, 'day > date("2026-03-01")', {"day": date(2026, 3, 2)}, None), (DAY, "day = null", {}, {"day": "soon"}),
    (WAY, 'way = "post"', {}, None), (WAY, 'way = "post"', {"way": "hand"}, None), (WAY, 'way = "post"', {}, {"way": "hand"}),
    (ROWS, "count(rows) = 0", {"rows": [{"n": Decimal(1)}]}, None), (ROWS, "count(rows) = 0", {"rows": [{"n": Decimal(1)}]}, {"rows-0-n": ""}), (ROWS, "sum(rows.n) > 2", {}, {"rows-0-n": "3"}),
]  # fmt: skip


def posted(drawn: Drawn) -> dict[str, Any]:
    """What a browser sends of a page: nothing for what is read-only or not ticked."""
    found: dict[str, Any] = {}
    for item in drawn.items:
        if item.rows:
            found.update({cell.name: cell.value for row in item.rows for cell in row if not cell.field.readonly})
        elif not item.field.readonly and item.value not in (None, "", False):
            found[item.name] = "on" if item.value is True else item.value
    return found


@pytest.mark.parametrize(("component", "hide", "known", "raw"), CASES)
def test_what_the_page_shows_is_what_the_server_demands(component: dict[str, Any], hide: str, known: dict[str, Any], raw: dict[str, Any] | None) -> None:
    whole = form(component, asked(hide))

    drawn = draw(whole, known, raw, {})

    sent = posted(drawn) if raw is None else raw
    assert ("proof" in names(drawn)) is ("proof" in whole.load(sent, known).errors)


@pytest.mark.parametrize(("known", "shows"), [({"nature": "confirmed"}, True), ({"nature": "doubtful"}, False)])
def test_a_read_only_value_shows_and_hides_as_the_case_has_it(known: dict[str, Any], shows: bool) -> None:
    for raw in (None, {}, {"nature": "confirmed"}, {"nature": "doubtful"}):
        assert ("proof" in names(draw(form(NATURE, asked('nature != "confirmed"')), known, raw, {}))) is shows


def test_a_field_that_comes_into_view_counts_with_the_value_that_it_shows() -> None:
    """It was not posted, since it was not there; its control holds what the case knows, and so does the condition on it."""
    second = {**asked("first != \"on\"", "second"), "validate": {}}
    third = asked('second != "yes"', "third")
    whole = form({"type": "textfield", "key": "first", "label": "first"}, second, third)

    assert names(draw(whole, {"second": "yes"}, {"first": "on"}, {})) == {"first", "second", "third"}


def test_a_text_between_the_fields_is_drawn() -> None:
    assert names(draw(form({"type": "text", "text": "说明"}, WAY), {}, {"way": "hand"}, {})) == {"", "way"}
