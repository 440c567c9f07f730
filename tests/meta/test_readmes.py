"""The two READMEs tell a newcomer the same, in words that work as they are typed."""

from __future__ import annotations

import re

import yaml

from app import ROOT, WORKFLOWS

TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")}


def test_both_name_the_same_accounts_and_all_of_them_exist() -> None:
    known = {person["login"] for person in yaml.safe_load((WORKFLOWS / "coinvestigation/demo/office.yaml").read_text("utf-8"))["people"]}
    english, chinese = ({found for found in re.findall(r"`([a-z]+\.[a-z]+)`", text) if found in known} for text in TEXTS.values())

    assert english == chinese
    assert {"chen.min", "gao.bo", "ding.rong"} <= english


def test_commands_are_typed_with_the_python_that_has_the_packages() -> None:
    for name, text in TEXTS.items():
        assert not re.findall(r"(?<!bin/)python app\.py", text), name
        assert "--port" in text
        assert "Ctrl+C" in text


def test_both_list_the_same_commands() -> None:
    english, chinese = (set(re.findall(r"app\.py ([a-z]+)", text)) for text in TEXTS.values())

    assert english == chinese
