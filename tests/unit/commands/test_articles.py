"""Citations of both forms, against a small index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands.checking.articles import Regulations

ROOT = Path(__file__).parents[3]
INDEX = Regulations(
    {
        "Ningbo 2001-19": {"cited_as": ["甬国税发[2001]19号"], "annexes": {1: {"articles": 16}, 2: {"articles": 18}}},
        "Xi'an 2002-119": {
            "cited_as": ["市国税发〔2002〕119号"], "sections": {"二(一)": [4, 0, 0], "二(四)": [], "四": [0, 0]}, "annexes": {1: {"articles": 0}, 2: {"articles": 0}},
        },
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Ningbo 2001-19, annex 1, art. 16",
        "Ningbo 2001-19, annex 2, art. 5, 8, 11-13, 15-18; Ningbo 2001-19, annex 1, art. 9, 11",
        "Ningbo 2001-19, annex 2, arts. 6, 7 and 15; annex 1, arts. 5 to 8",
        "Ningbo 2001-19, annex 1, art. 10 (1), second paragraph",
        "甬国税发[2001]19号附件2第十八条",
        "Xi'an 2002-119, 二(一)1(4), 二(四); Xi'an 2002-119, 四2",
        "市国税发〔2002〕119号二（一）3、四1、附件2",
        "Xi'an 2002-119, annex 1",
    ],
)
def test_what_is_there_resolves(text: str) -> None:
    assert list(INDEX.faults(text)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Ningbo 2001-19, annex 1, art. 17", ["Ningbo 2001-19 附件 1 没有第 17 条"]),
        ("Ningbo 2001-19, annex 2, art. 17-19", ["Ningbo 2001-19 附件 2 没有第 19 条"]),
        ("Ningbo 2001-19, annex 1, arts. 15 to 17", ["Ningbo 2001-19 附件 1 没有第 17 条"]),
        ("Ningbo 2001-19, annex 3, art. 1", ["Ningbo 2001-19 没有附件 3"]),
        ("Ningbo 2001-20, annex 1, art. 1", ["法规目录没有 Ningbo 2001-20"]),
        ("附件2第一条", ["法规目录没有 （未写明的文件）"]),
        ("甬国税发[2001]19号附件2第二十一条", ["Ningbo 2001-19 附件 2 没有第 21 条"]),
        ("Xi'an 2002-119, 二(一)4", ["Xi'an 2002-119 没有 二(一)4"]),
        ("Xi'an 2002-119, 二(一)2(1), 四3", ["Xi'an 2002-119 没有 二(一)2(1)", "Xi'an 2002-119 没有 四3"]),
        ("市国税发〔2002〕119号三(一)、附件3", ["Xi'an 2002-119 没有 三(一)", "Xi'an 2002-119 没有附件 3"]),
        ("市国税发〔2002〕119号一般规定", ["看不出引用了哪一条：市国税发〔2002〕119号一般规定"]),
        ("见有关规定", ["看不出引用了哪一条：见有关规定"]),
    ],
)
def test_what_is_not_there_is_told(text: str, told: list[str]) -> None:
    assert list(INDEX.faults(text)) == told


def test_a_text_without_a_document_means_that_of_its_procedure() -> None:
    assert list(INDEX.faults("附件1第八条、附件2第六条", "Ningbo 2001-19")) == []
    assert list(INDEX.faults("附件1第十七条", "Ningbo 2001-19")) == ["Ningbo 2001-19 附件 1 没有第 17 条"]


def test_every_article_that_the_code_names_is_in_the_index() -> None:
    regulations, found, wrong = Regulations.read(), 0, []
    for room in ("handlers", "records", "deadlines"):
        for file in sorted((ROOT / room).rglob("*.py")):
            for text in re.findall(r"Source: ([^\n\"]*(?:annex|Xi'an)[^\n\"]*)", file.read_text("utf-8")):
                found += 1
                wrong += [f"{file.relative_to(ROOT)}: {fault}" for fault in regulations.faults(text, "Ningbo 2001-19")]

    assert wrong == []
    assert found > 50
