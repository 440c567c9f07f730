"""The deploy gate: what a designer uploads is read in a child process with limits, and answered with findings.

A hostile file can take the child's two seconds and half a gigabyte, never a web worker. What the child accepts is then read
again in process, where it is known to end.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from engine.bpmn.finding import Finding
from engine.bpmn.lint import Deck, lint
from engine.bpmn.read import Source, read_processes
from engine.dmn import DecisionFile
from engine.dmn import parse as parse_dmn
from engine.forms import Form, FormError, parse_form
from engine.tokens.model import ProcessModel
from engine.xml import XmlRefused, local, read_xml

CPU_SECONDS = 3
WALL_SECONDS = 8
MEMORY_BYTES = 768 * 1024 * 1024
TOTAL_LIMIT = 8_000_000


@dataclass
class GateResult:
    """Everything that was read; `accepted` if no finding is an error."""

    findings: list[Finding] = field(default_factory=list)
    models: dict[str, ProcessModel] = field(default_factory=dict)
    xml: dict[str, bytes] = field(default_factory=dict)  # process id → its file
    forms: dict[str, Form] = field(default_factory=dict)
    decisions: dict[str, DecisionFile] = field(default_factory=dict)  # decision id → its file

    @property
    def accepted(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)


def check(files: Mapping[str, bytes]) -> GateResult:
    """Reads the files of one procedure (name → bytes; .bpmn, .dmn, .form), first in a child with limits."""
    if sum(map(len, files.values())) > TOTAL_LIMIT:
        zh = f"全部文件合计超过上限 {TOTAL_LIMIT} 字节"
        return GateResult([Finding("too-large", "", zh, f"more than {TOTAL_LIMIT} bytes together")])
    findings = _in_child(files)
    if any(finding.severity == "error" for finding in findings):
        return GateResult(findings)
    return check_in_process(files)


def check_in_process(files: Mapping[str, bytes]) -> GateResult:
    """The same without the child; for files that are trusted (the folders of the product) or already passed."""
    result = GateResult()
    sources: list[tuple[str, Source]] = []
    for name, content in sorted(files.items()):
        reader = {".bpmn": _read_bpmn, ".dmn": _read_dmn, ".form": _read_form}.get(Path(name).suffix)
        if reader is not None:
            reader(name, content, result, sources)
    result.findings += lint(Deck(sources, frozenset(result.forms), result.decisions))
    for file, source in sources:
        result.models[source.model.process_id] = source.model
        result.xml[source.model.process_id] = files[file]
    return result


def _read_bpmn(name: str, content: bytes, result: GateResult, sources: list[tuple[str, Source]]) -> None:
    try:
        root = read_xml(content)
    except XmlRefused as error:
        result.findings.append(Finding("bad-xml", "", f"{name}：{error.sentence_zh}", error.sentence_en, file=name))
        return
    if local(root) != "definitions":
        zh = f"{name} 不是 BPMN 文件：最外层是 {local(root)}"
        result.findings.append(Finding("not-bpmn", "", zh, "the root is not definitions", file=name))
        return
    sources += [(name, source) for source in read_processes(root)]


def _read_dmn(name: str, content: bytes, result: GateResult, _sources: list[tuple[str, Source]]) -> None:
    try:
        file = parse_dmn(content)
    except XmlRefused as error:
        result.findings.append(Finding("bad-xml", "", f"{name}：{error.sentence_zh}", error.sentence_en, file=name))
        return
    result.findings += [Finding("bad-decision", id_, f"{name}：{zh}", en, file=name) for id_, zh, en in file.findings]
    result.decisions.update(dict.fromkeys(file.decisions, file))


def _read_form(name: str, content: bytes, result: GateResult, _sources: list[tuple[str, Source]]) -> None:
    try:
        form = parse_form(content)
    except FormError as error:
        result.findings += [Finding("bad-form", key, f"{name}：{zh}", en, file=name) for key, zh, en in error.findings]
        return
    result.forms[Path(name).stem] = form


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _in_child(files: Mapping[str, bytes]) -> list[Finding]:
    given = orjson.dumps({name: content.decode("latin-1") for name, content in files.items()})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "engine.bpmn.gate"],
            input=given,
            capture_output=True,
            timeout=WALL_SECONDS,
            preexec_fn=_limit,
            cwd=Path(__file__).parents[2],
            check=False,
        )
    except subprocess.TimeoutExpired:
        zh = f"检查超过 {WALL_SECONDS} 秒仍未结束，模型可能过于复杂或含有死循环"
        return [Finding("too-slow", "", zh, "the check did not end in time")]
    if done.returncode != 0:
        zh = "检查占用的时间或内存超过限度，模型可能过于复杂或含有死循环"
        return [Finding("too-heavy", "", zh, f"the check ran out of time or memory ({done.returncode})")]
    return [Finding(**row) for row in json.loads(done.stdout)]


def main() -> None:
    """The child: files on standard input, findings on standard output."""
    given = orjson.loads(sys.stdin.buffer.read())
    result = check_in_process({name: text.encode("latin-1") for name, text in given.items()})
    sys.stdout.buffer.write(orjson.dumps([finding.as_dict() for finding in result.findings[:200]]))


if __name__ == "__main__":
    main()
