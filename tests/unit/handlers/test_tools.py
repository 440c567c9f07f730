"""What papers of all procedures are given: days as text, what somebody wrote as one sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from handlers.tools import day_text, opinion_of


@pytest.mark.parametrize(("value", "told"), [(date(2026, 3, 2), "2026-03-02"), (Decimal("1.50"), "1.50"), (25, "25"), ("已定", "已定"), (None, "")])
def test_a_day_is_text_and_nothing_is_empty(value: object, told: str) -> None:
    assert day_text(value) == told


@pytest.mark.parametrize(("first", "last", "told"), [
    ("属实。", "同意上报；", "属实；同意上报。"), ("", "同意上报", "同意上报。"), (None, None, "同意。"), ("。", "", "同意。"),
])  # fmt: skip
def test_the_opinions_of_one_level_are_one_sentence(first: str | None, last: str | None, told: str) -> None:
    ctx: Any = SimpleNamespace(variables={"first": first, "last": last})

    assert opinion_of(ctx, "first", "last") == told
