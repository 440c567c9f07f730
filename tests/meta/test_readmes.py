"""The two READMEs tell a newcomer the same, in words that work as they are typed; what any page says of a place is true."""

from __future__ import annotations

import re
import subprocess

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


def test_both_walk_the_way_of_the_scenario() -> None:
    """The first walk names who acts one after the other; the scenario of that list is played by other tests."""
    walk = yaml.safe_load((WORKFLOWS / "coinvestigation/scenarios/certification_list.yaml").read_text("utf-8"))
    beside = {"report_to_city", "receive_report"}  # what a large mismatch wants besides, in a case of its own
    acting = [walk["begin"]["by"], *(step["by"] for step in walk["steps"] if step.get("task") not in beside)]

    for name, title in {"README.md": "A first walk", "README.zh-CN.md": "先走一遍"}.items():
        told = TEXTS[name].partition(f"## {title}\n")[2].partition("\n## ")[0]
        assert re.findall(r"`([a-z]+\.[a-z]+)`", told) == acting, name
        assert re.findall(r"^(\d+)\.", told, re.MULTILINE) == [str(n) for n in range(1, 11)]
        assert f"workflows/coinvestigation/scenarios/{walk['begin']['import']}" in told
        assert (WORKFLOWS / "coinvestigation/scenarios" / walk["begin"]["import"]).is_file()


def test_every_file_and_folder_that_a_page_names_is_there() -> None:
    """A page that leads to a file that was renamed is worse than none. Decisions (docs/adr) speak of what was there in their day."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = {"/".join(parts[:n]) + "/" for name in listed for parts in [name.split("/")] for n in range(1, len(parts))}
    known = ["/" + name for name in (*listed, *folders)]
    pages = [ROOT / name for name in listed if name.endswith(".md") and not name.startswith("docs/adr/")]
    named = {(page.name, word) for page in pages for word in re.findall(r"(?<=[`(])[\w./-]+(?:\.py|\.md|\.png|\.svg|\.ya?ml|/)(?=[`)#])", page.read_text("utf-8"))}

    missing = sorted(f"{page}: {word}" for page, word in named if not any(name.endswith("/" + word.removeprefix("../").removeprefix("./")) for name in known))

    assert len(named) > 50
    assert missing == []
