"""Whether every word that a machine resolves stands in glossary.yaml with its Chinese term, its meaning and its article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from commands.checking.articles import Regulations
from engine.bpmn import GateResult
from engine.forms import Field

KEYS = ("term", "id", "meaning", "article")


def glossary_faults(
    folder: Path, result: GateResult, variables: Mapping[str, Iterable[str]], regulations: Regulations, source: str
) -> Iterator[str]:
    """Missing words, words that nothing uses, entries that are not whole; `variables` by process are those that the walks of the folder left.

    Cases of other folders that began meanwhile have their words in those folders; a word for one is no fault.
    """
    file = folder / "glossary.yaml"
    if not file.is_file():
        yield "没有词汇表 glossary.yaml"
        return
    entries = yaml.CSafeLoader(file.read_text("utf-8")).get_single_data()
    yield from _entry_faults(entries, regulations, source)
    known = {str(entry.get("id")) for entry in entries}
    own = {name for process in result.models for name in variables.get(process, ())}
    used = {**dict.fromkeys(own, "变量"), **dict(_words(result))}
    for word in sorted(used.keys() - known):
        yield f"词汇表没有 {word}（{used[word]}）"
    for word in sorted(known - used.keys() - {name for names in variables.values() for name in names}):
        yield f"词汇表的 {word} 没有用到"


def _entry_faults(entries: list[Mapping[str, Any]], regulations: Regulations, source: str) -> Iterator[str]:
    seen = set()
    for entry in entries:
        name = entry.get("id") or entry.get("term")
        if entry.keys() != set(KEYS) or not all(entry.get(key) for key in KEYS):
            yield f"词汇表的 {name} 应有 {'、'.join(KEYS)} 四项"
            continue
        if name in seen:
            yield f"词汇表的 {name} 重复"
        seen.add(name)
        if entry["article"] != "—":  # a word of the product itself, of which no regulation speaks
            yield from (f"词汇表的 {name}：{fault}" for fault in regulations.faults(str(entry["article"]), source))


def _words(result: GateResult) -> Iterator[tuple[str, str]]:
    """Tasks, fields of forms, and what conditions and decisions read and write."""
    for model in result.models.values():
        yield from ((e.id, "任务") for e in model.elements.values() if e.kind.endswith("Task"))
    for key, form in result.forms.items():
        yield from ((field, f"表单 {key}") for field in _fields(form.fields))
    for id_, file in result.decisions.items():
        for decision in file.decisions.values():
            names = {name for column in decision.inputs for name in column.expression.names()}
            yield from ((name, f"决策 {id_}") for name in names | {column.name for column in decision.outputs})


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        yield field.key
        yield from _fields(field.children)
