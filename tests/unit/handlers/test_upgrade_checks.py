"""What the forms of an upgrade ask of ranges of invoices: codes of cards have ten or twelve digits, those of ordinary invoices ten. Source: Xicheng, 三(二)4, 三(七)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from app import WORKFLOWS
from engine.registry import Registry
from handlers import upgrade_checks


def rows_of(form: str, key: str) -> dict[str, Any]:
    """The list of a form."""
    found = json.loads(Path(WORKFLOWS, "upgrade", "forms", f"{form}.form").read_text("utf-8"))
    return next(one for one in found["components"] if one["key"] == key)


@pytest.mark.parametrize(
    ("form", "key", "taken"), [("check_unused", "unused_rows", {10, 12}), ("check_blanks", "blanks_brought", {10, 12}), ("check_ordinary", "ordinary_brought", {10})]
)
def test_a_code_is_taken_by_the_form_and_by_its_check_alike(form: str, key: str, taken: set[int]) -> None:
    registry, rows = Registry(), rows_of(form, key)
    upgrade_checks.register(registry, cast("Any", None))
    check, (pattern, most) = registry.checks[rows["properties"]["check"]], next(
        (one["validate"]["pattern"], one["validate"]["maxLength"]) for one in rows["components"] if one["key"] == "code"
    )

    for digits in range(9, 14):
        code = "1" * digits
        faults = check(cast("Any", None), [{"code": code, "number_from": "00000001", "number_to": "00000025"}])
        assert (not faults, bool(re.fullmatch(pattern, code)) and digits <= most) == ((digits in taken,) * 2)


def test_a_number_stands_in_a_list_once() -> None:
    registry = Registry()
    upgrade_checks.register(registry, cast("Any", None))
    row = {"code": "123456789012", "number_from": "00000001", "number_to": "00000025"}

    assert list(registry.checks["upgrade.volumes"](cast("Any", None), [row, {**row, "number_from": "00000025"}])) == ["1-number_from"]
