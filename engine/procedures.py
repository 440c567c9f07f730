"""A procedure as a set of files: read from `workflows/<procedure>/`, or kept as a deployed version in the database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from engine.bpmn import Finding, GateResult, check_in_process
from engine.dmn import DecisionFile
from engine.errors import FormUnreadable, ModelRefused
from engine.forms import Form
from engine.tokens.model import Element, ProcessModel

KEPT = {".bpmn", ".dmn", ".form", ".yaml"}
LEFT_BEHIND = {"scenarios", "papers", "demo", "glossary.yaml", "cases.yaml"}  # for people and tests: no version differs by them
_ENCODING = re.compile(rb"(<\?xml[^>]*?)\s+encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DECLARED = re.compile(r"^(<\?xml[^>]*?)\s+encoding=[\"'][A-Za-z0-9._-]{1,40}[\"']")


@dataclass(frozen=True)
class ProcedureFiles:
    """Name → text of everything that a deployed version consists of."""

    key: str
    files: Mapping[str, str]

    @property
    def content_hash(self) -> str:
        """SHA-256 over names and contents; the same files are the same version."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{len(self.files[name])}\0{self.files[name]}".encode())
        return digest.hexdigest()

    @classmethod
    def of_bytes(cls, key: str, files: Mapping[str, bytes]) -> ProcedureFiles:
        """Files as they come from a disk or an upload; kept as text, so that XML in another encoding says UTF-8 from now on.

        Raises ModelRefused for a file that is no text in the encoding which it names.
        """
        return cls(key, {name: _as_text(name, content) for name, content in files.items()})

    def as_bytes(self) -> dict[str, bytes]:
        """What the gate reads."""
        return {name: text.encode() for name, text in self.files.items()}


def _as_text(name: str, content: bytes) -> str:
    head = _ENCODING.match(content[:200])
    named = head[2].decode("ascii") if head else "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        named = "utf-16"
    try:
        text = content.decode(named)
    except (UnicodeDecodeError, LookupError):
        zh = f"{name}：内容不是 {'UTF-8' if named == 'utf-8-sig' else named} 编码的文字"
        raise ModelRefused([Finding("bad-encoding", "", zh, f"{name} is not text in {named}", file=name)]) from None
    return _DECLARED.sub(r"\1", text, count=1)


def read_folder(folder: Path) -> ProcedureFiles:
    """The deployable files of a procedure folder; what is for people and tests stays behind."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in KEPT and not LEFT_BEHIND & {inside.parts[0], inside.name}:
            found[str(inside)] = path.read_bytes()
    return ProcedureFiles.of_bytes(folder.name, found)


def folders(root: Path) -> list[Path]:
    """Every procedure folder: one that has a procedure.yaml."""
    return sorted(path.parent for path in root.glob("*/procedure.yaml"))


@dataclass
class Procedure:
    """A deployed version, compiled: models, forms, decisions, and what procedure.yaml says."""

    definition_id: str
    key: str
    version: int
    gate: GateResult
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.about.get("name", self.key))

    @property
    def name_en(self) -> str:
        return str(self.about.get("name_en", self.name))

    @property
    def models(self) -> Mapping[str, ProcessModel]:
        return self.gate.models

    def form(self, element: Element) -> Form | None:
        """The form of a user task or start event: its form key, else the form of the same name."""
        return self.gate.forms.get(element.form_key or element.id)

    def form_to_fill(self, element: Element) -> Form | None:
        """As `form`, for what people enter; raises FormUnreadable for a form that an earlier gate let pass and this code cannot read.

        Without that, its task would take whatever is sent.
        """
        key = element.form_key or element.id
        if key in self._unreadable:
            raise FormUnreadable(f"{FormUnreadable.__doc__}，请流程设计人员更正后重新发布：{self._unreadable[key]}")
        return self.gate.forms.get(key)

    @cached_property
    def _unreadable(self) -> dict[str, str]:
        return {Path(found.file).stem: found.zh for found in reversed(self.gate.findings) if found.code == "bad-form"}

    def decision(self, decision_id: str) -> DecisionFile:
        return self.gate.decisions[decision_id]

    def summary(self, process_id: str) -> list[dict[str, Any]]:
        """What procedure.yaml wants shown in the head of a case."""
        listed = self.about.get("summary", {})
        rows = listed.get(process_id, []) if isinstance(listed, dict) else listed
        return list(rows)

    @cached_property
    def message_starts(self) -> dict[str, tuple[str, str]]:
        """Message name → (process, start event)."""
        return message_starts(self.models)


def message_starts(models: Mapping[str, ProcessModel]) -> dict[str, tuple[str, str]]:
    """Which message starts which process, at which event."""
    return {
        e.trigger.name: (model.process_id, e.id)
        for model in models.values()
        for e in model.children.get("", ())
        if e.kind == "startEvent" and e.trigger.kind == "message"
    }


def compile_procedure(definition_id: str, key: str, version: int, files: Mapping[str, str]) -> Procedure:
    """Compiles files that have passed the gate."""
    gate = check_in_process({name: text.encode() for name, text in files.items()})
    about = yaml.CSafeLoader(files.get("procedure.yaml", "")).get_single_data() or {}
    return Procedure(definition_id, key, version, gate, about)
