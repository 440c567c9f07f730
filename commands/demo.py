"""plays every scenario of the procedure folders through the pages, and prints what happened"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.progress import say, table
from commands.scenarios.model import Scenario
from commands.scenarios.play import Played
from commands.scenarios.read import ScenarioFault, scenarios_of
from commands.scenarios.stage import Stage, visit
from engine.procedures import folders

HEADINGS = ("scenario 情景", "steps 步", "cases 案件", "papers 文书", "deadlines 期限", "result 结果", "s 秒")
STATES = {
    "met": "按期",
    "overdue-met": "逾期办结",
    "running": "进行中",
    "overdue-running": "已逾期",
    "stopped": "中止",
    "cancelled": "撤销",
}
PURPOSE = "把各流程文件夹里的情景全部在网页上演一遍，并列出结果"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--procedure, --scenario, --keep."""
    parser.add_argument("--procedure", default="", help=both("只演这个流程文件夹的情景", "only the scenarios of this folder"))
    parser.add_argument("--scenario", default="", help=both("只演这个情景（文件名去掉 .yaml）", "only this scenario (name of its file without .yaml)"))
    parser.add_argument(
        "--keep", action="store_true",
        help=both("留下数据库，可用 app.py run --data 目录 打开", "keep the databases; each opens with: app.py run --data FOLDER"),
    )  # fmt: skip


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """1 when a scenario goes otherwise than it says, or when there is none."""
    try:
        chosen = list(_chosen(compose().workflows, options))
    except ScenarioFault as fault:
        say(f"✗ {fault}")
        return 1
    if not chosen:
        say("✗ 没有这样的情景 / no such scenario")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="jinshui-demo-"))
    stage = Stage(compose, folder)
    played = [_visit(stage, scenario, f"{at}/{len(chosen)}") for at, scenario in enumerate(chosen, 1)]
    sys.stdout.write(f"\n{table(HEADINGS, [line for one in played for line in _lines(one)])}\n\n")
    for one in played:
        for line in one.faults:
            say(f"✗ {one.scenario.key}: {line}")
    if options.keep:
        say(f"数据保留在 / kept: {folder}")
    else:
        shutil.rmtree(folder)
    faulty = sum(bool(one.faults) for one in played)
    steps = sum(one.steps_done for one in played)
    say(f"场景 {len(played)} 个，步骤 {steps} 个，不符 {faulty} 处 / {len(played)} scenarios, {steps} steps, {faulty} faults")
    return int(bool(faulty))


def _chosen(workflows: Path, options: argparse.Namespace) -> Iterator[Scenario]:
    for folder in folders(workflows):
        if options.procedure in {"", folder.name}:
            yield from (one for one in scenarios_of(folder) if options.scenario in {"", one.key})


def _visit(stage: Stage, scenario: Scenario, place: str) -> Played:
    say(f"{place} {scenario.name}")
    return visit(stage, scenario)


def _lines(played: Played) -> list[tuple[object, ...]]:
    """A scenario as lines of the table: cases, papers and terms stand beneath one another."""
    assert played.outcome is not None
    cases = [case.told for case in played.outcome.cases]
    papers = _counted([title for _key, title in played.outcome.papers])
    terms = [f"{term.label} {term.due_on} {STATES.get(term.state, term.state)}" for term in played.outcome.deadlines]
    head = [[played.scenario.name, played.scenario.key], [f"{played.steps_done}/{len(played.scenario.steps)}"]]
    columns = [*head, cases, papers, terms, ["✗" if played.faults else "✓"], [f"{played.seconds:.1f}"]]
    height = max(map(len, columns))
    return [tuple(column[at] if at < len(column) else "" for column in columns) for at in range(height)]


def _counted(titles: list[str]) -> list[str]:
    return [f"{title} ×{n}" if (n := titles.count(title)) > 1 else title for title in dict.fromkeys(titles)]
