"""Two languages: every Chinese text of the pages has an English one, and English pages are English."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.web.browsing import Person
from tests.web.office import Office

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "web/translations/en/LC_MESSAGES/messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts() -> Iterator[str]:
    """Every text that a page asks to be translated."""
    with (ROOT / "web/translations/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for name, _line, message, *_ in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=lambda d: "node_modules" not in d
    ):
        assert name
        yield message[0] if isinstance(message, tuple) else message


def catalogue() -> dict[str, list[str]]:
    with CATALOGUE.open("rb") as file:
        found = read_po(file, locale="en")
    return {as_list(m.id)[0]: as_list(m.string) for m in found if m.id}


def as_list(text: object) -> list[str]:
    return [str(part) for part in text] if isinstance(text, (tuple, list)) else [str(text or "")]


def test_no_text_lacks_its_english() -> None:
    english = catalogue()

    assert [text for text in texts() if not all(english.get(text, [""]))] == []


def test_no_english_text_outlives_its_source() -> None:
    assert set(catalogue()) - set(texts()) == set()


def test_collecting_the_texts_again_changes_nothing(tmp_path: Path) -> None:
    (recipe,) = (line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "pybabel" in line)
    kept = Path(shutil.copytree(CATALOGUE.parents[2], tmp_path / "translations"))

    subprocess.run(recipe.strip().lstrip("@").replace("$(TEXTS)", str(kept)), shell=True, cwd=ROOT, check=True)

    assert (kept / CATALOGUE.relative_to(CATALOGUE.parents[2])).read_text("utf-8") == CATALOGUE.read_text("utf-8")


def test_placeholders_are_the_same_in_both_languages() -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s", text))

    assert [zh for zh, found in catalogue().items() for en in found if holes(zh) != holes(en)] == []


def test_no_english_text_is_chinese() -> None:
    assert [zh for zh, found in catalogue().items() if any(CHINESE.search(en) for en in found)] == []


@pytest.mark.parametrize(
    "address", ["/tasks", "/cases", "/start", "/notices", "/profile", "/security", "/security/password", "/security/second-factor", "/start/seal_request", "/tasks/{task}", "/cases/{case}", "/copies", "/tasks/{task}/with/sign", "/tasks/{task}/with/transfer"]
)
def test_english_pages_hold_no_chinese_but_names(office: Office, clerk: Person, address: str) -> None:
    instance_id = office.start("Contract", due_in=3)
    task_id = office.task_of(instance_id)
    office.engine.claim(task_id, office.person("li.na"), "claim")
    clerk.open("/tasks").submit("/language", language="en")

    page = clerk.open(address.format(task=task_id, case=instance_id))

    left = [word for word in re.findall(r"[\u4e00-\u9fff，：；。]+", page.text) if word not in {"李娜", "中文", "份"}]
    assert (page.status, left) == (200, [])


def test_a_plural_is_right_in_english(office: Office, clerk: Person) -> None:
    office.engine.claim(office.task_of(office.start("a", due_in=-1)), office.person("li.na"), "a")
    office.engine.claim(office.task_of(office.start("b", due_in=-2)), office.person("li.na"), "b")

    page = clerk.open("/tasks").submit("/language", language="en")

    assert "1 day overdue" in page.text
    assert "2 days overdue" in page.text
