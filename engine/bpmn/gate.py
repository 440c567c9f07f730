"""The deploy gate: what a designer uploads is read in a child process with limits, and answered with findings.

A hostile file can take the child's two seconds and half a gigabyte, never a web worker. What the child accepts is then read
again in process, where it is known to end.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import yaml

from engine.bpmn.finding import Finding
from engine.bpmn.lint import Deck, lint
from engine.bpmn.read import Source, read_processes
from engine.dmn import DecisionFile
from engine.dmn import parse as parse_dmn
from engine.forms import Form, FormError, parse_form
from engine.tokens.model import ProcessModel
from engine.xml import XmlRefused, local, read_xml

CPU_SECONDS = 3
WALL_SECONDS = 20  # much more than the processor time: on a busy machine the child waits for its turn
MEMORY_BYTES = 768 * 1024 * 1024
TOTAL_LIMIT = 8_000_000
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}  # no password of a database is near a hostile file


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


def check_in_process(files: Mapping[str, bytes], begun: Callable[[str], object] = str) -> GateResult:
    """The same without the child; for files that are trusted (the folders of the product) or already passed.

    `begun` is told the name of each file before it is read.
    """
    result = GateResult()
    sources: list[tuple[str, Source]] = []
    for name, content in sorted(files.items()):
        reader = _READERS.get(Path(name).suffix.lower())
        if reader is not None:
            begun(name)
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
    for id_ in sorted(set(file.decisions) & set(result.decisions)):
        zh = f"{name}：决策标识 {id_} 在另一个文件里已经用过"
        result.findings.append(Finding("duplicate-decision", id_, zh, "decision id is used in another file", file=name))
    result.decisions.update(dict.fromkeys(file.decisions, file))


def _read_form(name: str, content: bytes, result: GateResult, _sources: list[tuple[str, Source]]) -> None:
    try:
        form = parse_form(content)
    except FormError as error:
        result.findings += [Finding("bad-form", key, f"{name}：{zh}", en, file=name) for key, zh, en in error.findings]
        return
    key = Path(name).stem
    if key in result.forms:
        zh = f"{name}：另一个文件夹里已有名为 {key} 的表单"
        result.findings.append(Finding("duplicate-form", key, zh, "a form of that name is in another folder", file=name))
    result.forms[key] = form


def _read_yaml(name: str, content: bytes, result: GateResult, _sources: list[tuple[str, Source]]) -> None:
    """What `procedure.yaml` says is used when a version is loaded: it must be readable before one is stored."""
    try:
        found = yaml.CSafeLoader(content).get_single_data()
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行" if mark else ""
        en = f"line {mark.line + 1} is not YAML" if mark else "not YAML"
        result.findings.append(Finding("bad-yaml", "", f"{name}：{place}不是合法的 YAML", en, file=name))
        return
    if Path(name).name == "procedure.yaml" and not isinstance(found, (dict, type(None))):
        result.findings.append(Finding("bad-yaml", "", f"{name}：最外层应是键和值", "the top is not a mapping", file=name))


_READERS = {".bpmn": _read_bpmn, ".dmn": _read_dmn, ".form": _read_form, ".yaml": _read_yaml}


def _limit() -> None:
    """For the child itself, which is our code until it reads; a parent of many threads must run nothing between fork and exec."""
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
            env=ENVIRONMENT,
            cwd=Path(__file__).parents[2],
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        name = _last_begun(error.stdout or b"")
        zh = f"{name}：检查超过 {WALL_SECONDS} 秒仍未结束，内容可能过于复杂"
        return [Finding("too-slow", "", zh, "the check did not end in time", file=name)]
    if done.returncode != 0:
        name = _last_begun(done.stdout)
        zh = f"{name}：检查占用的时间或内存超过限度，内容可能过于复杂"
        return [Finding("too-heavy", "", zh, f"the check ran out of time or memory ({done.returncode})", file=name)]
    return [Finding(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def _last_begun(written: bytes) -> str:
    """The file at which the child stopped; it writes one line per file, as JSON."""
    lines = [line for line in written.split(b"\n") if line.startswith(b'"') and line.endswith(b'"')]
    return str(json.loads(lines[-1])) if lines else "全部文件"


def main() -> None:
    """The child: files on standard input, findings on standard output."""
    _limit()
    given = orjson.loads(sys.stdin.buffer.read())
    result = check_in_process({name: text.encode("latin-1") for name, text in given.items()}, _say)
    told = sorted(
        result.findings, key=lambda finding: finding.severity
    )  # errors before warnings: what is cut off refuses nothing
    sys.stdout.buffer.write(orjson.dumps([finding.as_dict() for finding in told[:200]]))


def _say(name: str) -> None:
    sys.stdout.buffer.write(orjson.dumps(name) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
