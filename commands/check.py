"""checks every procedure folder: gate, forms, handlers, roles, terms, papers"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from commands.progress import say
from deadlines.rules import BadRule, parse_rule
from engine.bpmn import GateResult, check
from engine.procedures import folders, read_folder
from papers.render import PapersUnavailable


def arguments(parser: argparse.ArgumentParser) -> None:
    """--no-papers leaves the samples unrendered."""
    parser.add_argument("--no-papers", action="store_true", help="do not render the samples")


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Prints every fault with its folder; 1 if there is one."""
    application = compose()
    code = 0
    for folder in folders(application.workflows):
        faults = list(check_folder(application, folder, papers=not options.no_papers))
        for fault in faults:
            say(f"{folder.name}: {fault}")
        say(f"{folder.name}: {'ok' if not faults else f'{len(faults)} faults'}")
        code = code or int(bool(faults))
    return code


def check_folder(application: Any, folder: Path, *, papers: bool = True) -> Iterator[str]:
    """Every fault of one procedure folder, in Chinese."""
    result = check(read_folder(folder).as_bytes())
    for finding in result.findings:
        yield f"{finding.file} {finding.zh}"
    yield from _forms(result)
    yield from _topics(application.engine.kernel.registry.handlers, result)
    about = yaml.safe_load((folder / "procedure.yaml").read_text("utf-8"))
    for key, row in about.get("deadlines", {}).items():
        try:
            parse_rule(key, row)
        except BadRule as error:
            yield str(error)
    if papers:
        yield from _papers(application, folder.name, about)


def _forms(result: GateResult) -> Iterator[str]:
    used = set()
    for model in result.models.values():
        for element in model.elements.values():
            if element.kind == "userTask":
                key = element.form_key or element.id
                used.add(key)
                if key not in result.forms:
                    yield f"任务 {element.id} 没有表单 {key}"
            if element.kind == "startEvent":
                used.add(element.form_key or element.id)
    for key in sorted(set(result.forms) - used):
        yield f"表单 {key} 没有任务使用"


def _topics(handlers: Any, result: GateResult) -> Iterator[str]:
    for model in result.models.values():
        for element in model.elements.values():
            if element.topic and element.topic not in handlers:
                yield f"服务任务 {element.id} 的处理程序 {element.topic} 没有登记"


def _papers(application: Any, procedure: str, about: dict[str, Any]) -> Iterator[str]:
    for key in about.get("papers", {}):
        try:
            application.papers.preview(procedure, key)
        except PapersUnavailable as error:
            say(str(error))
            return
        except Exception as error:  # noqa: BLE001 -- outer edge: a template may fail in any way
            yield f"文书 {key} 的样张不能生成：{error}"
