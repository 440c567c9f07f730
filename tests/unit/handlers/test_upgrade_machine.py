"""The name that is proposed for a backup. Source: Xicheng, 三(二)3."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import WORKFLOWS
from db.clock import SHANGHAI, ManualClock
from engine.registry import Registry
from handlers import upgrade_machine
from handlers.upgrade_machine import backup_name

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("ticket", "passes", "name"),
    [(7, 1, "03020071"), (7, 2, "03020072"), (17, 1, "03020171"), (7, 0, "03020071"), (999, 9, "03029999"), (1000, 1, None), (7, 10, None), (None, 1, None), (0, 1, None)],
)
def test_every_enterprise_and_every_pass_has_a_backup_of_its_own(ticket: int | None, passes: int, name: str | None) -> None:
    assert backup_name(DAY, ticket, passes) == name


def test_what_is_proposed_is_taken_by_the_form() -> None:
    form = json.loads(Path(WORKFLOWS, "upgrade", "forms", "prepare_backup.form").read_text("utf-8"))
    (field,) = (one for one in form["components"] if one["key"] == "backup_name")

    assert re.fullmatch(field["validate"]["pattern"], backup_name(DAY, 7, 1) or "")


def test_the_backup_behind_an_export_is_named_by_how_often_the_month_was_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade_machine, "sign", lambda _ctx, station, _task: {"signed": station})
    registry, compared = Registry(), [{"station": "2"}, {"station": "6"}, {"station": "8"}, {"station": "6"}]
    upgrade_machine.register(registry, cast("Any", None))
    ctx = SimpleNamespace(clock=ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)), variables={"ticket": 7, "comparisons_kept": compared, "backup_name": "03020071"})

    assert registry.handlers["upgrade.note_export"].function(ctx) == {"signed": "6", "backup_name": "03020072"}
