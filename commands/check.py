"""checks every procedure folder: gate, forms, handlers, decisions, terms, articles, papers, scenarios, glossary, README"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from commands.checking.articles import Regulations, article_faults
from commands.checking.decisions import decision_faults
from commands.checking.glossary import glossary_faults
from commands.checking.models import form_faults, handler_faults, topic_faults
from commands.checking.papers import paper_faults
from commands.checking.readme import readme_faults
from commands.checking.walks import coverage_faults, walk_all
from commands.command_line import both
from commands.progress import say
from commands.scenarios.stage import Stage, unrendered
from deadlines.rules import BadRule, parse_rule
from engine.bpmn import GateResult, check
from engine.procedures import folders, read_folder
from papers.render import PapersUnavailable

PURPOSE = "检查每个流程文件夹：模型、表单、处理程序、决策表、期限、条文、文书、情景、术语表、说明"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--no-papers leaves the samples unrendered."""
    parser.add_argument("--no-papers", action="store_true", help=both("不渲染文书样张", "do not render the samples"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Prints every fault with its folder; 1 if there is one."""
    application, count = compose(), 0
    found = folders(application.workflows)
    with tempfile.TemporaryDirectory(prefix="jinshui-check-") as data:
        stage = stage_of(compose, Path(data), application.workflows)
        for folder in found:
            say(f"{folder.name}…")
            faults = list(check_folder(compose, folder, stage, papers=not options.no_papers))
            count += len(faults)
            for fault in faults:
                say(f"✗ {folder.name}: {fault}")
            say(f"{folder.name}: " + (f"{len(faults)} 处不符 / {len(faults)} faults" if faults else "没有问题 / ok"))
    for fault in handler_faults(application.engine.kernel.registry, [check(read_folder(folder).as_bytes()) for folder in found]):
        say(f"✗ {fault}")
        count += 1
    return int(bool(count))


def stage_of(compose: Callable[..., Any], data: Path, workflows: Path) -> Stage:
    """Where the scenarios of all folders of `workflows` are played: furnished when the first of them is, once for all."""
    return Stage(compose, data, {"workflows": workflows, "render": unrendered})


def check_folder(compose: Callable[..., Any], folder: Path, stage: Stage, *, papers: bool = True) -> Iterator[str]:
    """Every fault of one procedure folder, in Chinese. What a refused model would do is not asked."""
    result = check(read_folder(folder).as_bytes())
    yield from (f"{finding.file} {finding.zh}" for finding in result.findings)
    if not result.accepted:
        return
    application = compose(workflows=folder.parent)
    about, regulations = yaml.CSafeLoader((folder / "procedure.yaml").read_text("utf-8")).get_single_data(), Regulations.read()
    yield from form_faults(result)
    yield from topic_faults(application.engine.kernel.registry, result)
    yield from decision_faults(folder, result)
    yield from _term_faults(about)
    yield from article_faults(regulations, result, about)
    yield from readme_faults(folder, result)
    if papers:
        try:
            yield from paper_faults(application.papers, folder, about)
        except PapersUnavailable as missing:
            say(str(missing))
    yield from _walk_faults(stage, folder, result, regulations, str(about.get("source", "")))


def _term_faults(about: dict[str, Any]) -> Iterator[str]:
    for key, row in about.get("deadlines", {}).items():
        try:
            parse_rule(key, row)
        except BadRule as error:
            yield str(error)


def _walk_faults(stage: Stage, folder: Path, result: GateResult, regulations: Regulations, source: str) -> Iterator[str]:
    walks = walk_all(stage, folder, result)
    yield from walks.faults
    yield from coverage_faults(walks, result)
    yield from glossary_faults(folder, result, walks.variables, regulations, source)
