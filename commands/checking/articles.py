"""Whether an article that a model, a decision or a paper cites is there: docs/regulations/index.yaml knows documents, annexes and articles.

Read are `Ningbo 2001-19, annex 2, art. 9-10, 12` in models and code, 甬国税发[2001]19号附件2第九条 in texts for people; and of a document in
sections, in both, 二(一)3(2) or a form that is an annex: `Xi'an 2002-119, 三(三)4(2), annex 5`, 市国税发〔2002〕119号四3、附件6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engine.bpmn import GateResult

INDEX = Path(__file__).parents[2] / "docs" / "regulations" / "index.yaml"
_ENGLISH = re.compile(
    r"(?:(?P<document>[A-Z][^,;:.\n]*), )?annex (?P<annex>\d+), arts?\. (?P<list>\d[\d ,–-]*(?:(?:and|to) \d+|\(\d+\)|[\d ,–-])*)"
)
_CHINESE = re.compile(r"附件(?P<annex>\d+)第(?P<article>[一二三四五六七八九十]+)条")
_SECTION = re.compile(r"(?P<section>[一二三四五六](?:\([一二三四五六七八九]\))?)(?P<item>\d*)(?:\((?P<point>\d+)\))?")
_FORM = re.compile(r"(?:annex |附件)(?P<annex>\d+)(?!\d|第|, art)")
_WIDE = str.maketrans("（）", "()")
_RANGE = re.compile(r"(\d+)\s*(?:-|–|to)\s*(\d+)")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Regulations:
    """The documents by their short names."""

    documents: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path = INDEX) -> Regulations:
        return cls(yaml.CSafeLoader(file.read_text("utf-8")).get_single_data())

    def faults(self, text: str, document: str = "") -> Iterator[str]:
        """What does not resolve; `document` is meant where a text names none. A text that cites nothing is a fault, too."""
        found = False
        for match in _ENGLISH.finditer(text):
            found, document = True, (match["document"] or document).strip()
            for article in sorted(_numbers(match["list"])):
                yield from self._missing(document, int(match["annex"]), article)
        document = next((key for key, one in self.documents.items() if key in text or any(c in text for c in one["cited_as"])), document)
        if "sections" in self.documents.get(document, {}):
            parts = list(self._parts(document, text))
            yield from (fault for fault in parts if fault)
            found = found or bool(parts)
        for match in _CHINESE.finditer(text):
            found = True
            yield from self._missing(document, int(match["annex"]), _number(match["article"]))
        if not found:
            yield f"看不出引用了哪一条：{text}"

    def _parts(self, document: str, text: str) -> Iterator[str]:
        """For each section and form that is cited, what is wrong with it; empty where nothing is."""
        known, text = self.documents[document], text.translate(_WIDE)
        text = text.replace(document, "")
        for name in known["cited_as"]:
            text = text.replace(name, "")
        for match in _SECTION.finditer(text):
            section, item, point = match["section"], int(match["item"] or 0), int(match["point"] or 0)
            if "(" not in section and not item:
                continue  # a word with a numeral in it
            items = known["sections"].get(section)
            is_there = items is not None and item <= len(items) and point <= (items[item - 1] if item else 0)
            yield "" if is_there else f"{document} 没有 {match[0]}"
        for match in _FORM.finditer(text):
            yield "" if int(match["annex"]) in known["annexes"] else f"{document} 没有附件 {match['annex']}"

    def _missing(self, document: str, annex: int, article: int) -> Iterator[str]:
        known = self.documents.get(document)
        if known is None:
            yield f"法规目录没有 {document or '（未写明的文件）'}"
        elif annex not in known["annexes"]:
            yield f"{document} 没有附件 {annex}"
        elif not 1 <= article <= known["annexes"][annex]["articles"]:
            yield f"{document} 附件 {annex} 没有第 {article} 条"


def article_faults(regulations: Regulations, result: GateResult, about: Mapping[str, Any]) -> Iterator[str]:
    """Every citation of a folder that does not resolve."""
    for place, text in _cited(result, about):
        for fault in regulations.faults(text, str(about.get("source", ""))):
            yield f"{place}：{fault}"


def _cited(result: GateResult, about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for model in result.models.values():
        yield f"流程 {model.process_id}", model.documentation
        yield from ((f"{e.id}", e.documentation) for e in model.elements.values() if e.documentation)
    for file in {id(file): file for file in result.decisions.values()}.values():
        for decision in file.decisions.values():
            yield from ((f"决策 {decision.id} 的 {rule.id}", "；".join(rule.annotations)) for rule in decision.rules)
    for kind in ("deadlines", "papers"):
        yield from ((f"procedure.yaml {kind}.{key}", str(row.get("article", ""))) for key, row in about.get(kind, {}).items())


def _numbers(text: str) -> set[int]:
    plain = re.sub(r"\(\d+\)", "", text)
    found = {n for low, high in _RANGE.findall(plain) for n in range(int(low), int(high) + 1)}
    return found | {int(n) for n in re.findall(r"\d+", plain)}


def _number(chinese: str) -> int:
    """A number below a hundred: 十三 → 13."""
    tens, is_ten, ones = chinese.rpartition("十")
    return (_DIGITS.index(tens) if tens else 1) * 10 * bool(is_ten) + (_DIGITS.index(ones) if ones else 0)
