"""Rules of our own that no linter knows: one place commits, nobody reads the machine's clock, no Python inside models."""

from __future__ import annotations

import ast
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app.py", "commands", "db", "engine", "records", "deadlines", "papers", "notices", "hardware", "monitoring", "handlers", "web")


def sources() -> list[Path]:
    """Every Python file of the product."""
    files: list[Path] = []
    for room in ROOMS:
        place = ROOT / room
        files += [place] if place.is_file() else sorted(p for p in place.rglob("*.py") if "node_modules" not in p.parts)
    return [f for f in files if "migrations" not in f.parts]


def calls(tree: ast.AST) -> list[tuple[str, int]]:
    """Dotted names that are called, with their line."""
    return [(ast.unparse(node.func), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def broken_rules(place: str, text: str) -> list[str]:
    """Every call that a file of this place may not make, with the line."""
    found = list[str]()
    for name, line in calls(ast.parse(text)):
        where = f"{place}:{line} {name}"
        if name.endswith(".commit") and place != "db/session.py":
            found.append(f"{where}: only db/session.py commits")
        if name in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"} and place != "db/clock.py":
            found.append(f"{where}: the clock is a parameter")
        if name in {"eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "os.system"}:
            found.append(f"{where}: nothing runs what it was given")
    return found


@pytest.mark.parametrize("file", sources(), ids=lambda f: str(f.relative_to(ROOT)))
def test_the_house_rules(file: Path) -> None:
    assert broken_rules(str(file.relative_to(ROOT)), file.read_text("utf-8")) == []


@pytest.mark.parametrize("planted", ["session.commit()", "link.connection.commit()", "datetime.now(UTC)", "date.today()", "eval(text)", "pickle.loads(state)"])
def test_a_planted_breach_is_found(planted: str) -> None:
    assert len(broken_rules("engine/planted.py", f"def f():\n    {planted}\n")) == 1


def test_no_page_names_a_host_or_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    pattern = re.compile(r"registry\.npmjs|pypi\.org|files\.pythonhosted|(?<![\w.])/(?:work|farm)/\w")
    found = [
        name
        for name in listed
        if name and name != "tests/meta/test_house_rules.py" and (ROOT / name).is_file() and (ROOT / name).stat().st_size < 1_000_000
        and pattern.search((ROOT / name).read_text("utf-8", "ignore"))
    ]  # fmt: skip

    assert found == []


def test_every_installed_package_has_the_version_that_is_written_down() -> None:
    """A package that nobody pinned changes under us from one day to the next."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonical(name): version for name, _, version in (line.partition("==") for line in lines if not line.startswith("#"))}

    installed = {canonical(d.name): d.version for d in metadata.distributions()}

    assert {name: version for name, version in installed.items() if name not in {"pip", "setuptools"} and pinned.get(name) != version} == {}


def canonical(name: str) -> str:
    """The name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
