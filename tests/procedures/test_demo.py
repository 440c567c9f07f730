"""`app.py demo` as a person runs it: one scenario with its papers made, and what it says when one goes wrong."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import pytest

from app import WORKFLOWS
from commands import demo
from commands.scenarios.stage import unrendered
from tests.procedures.conftest import composed


def run(tmp_path: Path, workflows: Path = WORKFLOWS, **options: Any) -> int:
    def compose(data: Path = tmp_path / "own", **how: Any) -> Any:
        return composed(data, **{"workflows": workflows, "render": unrendered, **how})

    given = {"procedure": "", "scenario": "", "keep": False, **options}
    return demo.main(compose, argparse.Namespace(**given))


def test_a_scenario_is_played_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(tmp_path, scenario="inside_district")

    out = capsys.readouterr().out
    assert code == 0
    assert "1/1 辖区内一个月内查实" in out
    assert "6/6" in out
    assert "委托协查 甬海国税稽协〔2026〕1号 已归档" in out
    assert "辖区内查实处理期限 2026-04-02 按期" in out
    assert "1 scenarios, 6 steps, 0 faults" in out


def test_a_scenario_that_goes_wrong_is_told_and_the_command_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(WORKFLOWS / "coinvestigation", tmp_path / "workflows" / "coinvestigation"))
    file = folder / "scenarios" / "inside_district.yaml"
    file.write_text(file.read_text("utf-8").replace("by: sun.qiang", "by: zhou.hua"), "utf-8")

    code = run(tmp_path, folder.parent, scenario="inside_district")

    out = capsys.readouterr().out
    assert code == 1
    assert "✗ inside_district: scenarios/inside_district.yaml 第 2 步：zhou.hua 办理 verify_inside 被拒绝" in out
    assert "1 scenarios, 2 steps, 1 faults" in out


def test_no_such_scenario_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, scenario="nothing") == 1
    assert "没有这样的情景" in capsys.readouterr().out
