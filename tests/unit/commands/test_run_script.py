"""./run on machines as they are: no network for apt, a set-up that was ended half way, a caller in another folder.

The script is real; what it calls (Python, pip, npm, apt) are stand-ins that write down how they were called.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import ROOT

SYSTEM_PYTHON = """
case "$*" in
  *"venv --clear"*) rm -rf .venv; mkdir -p .venv/bin; for name in python npm node pybabel; do cp "$STANDINS/inner" .venv/bin/$name; done ;;
esac
"""
# What is made by `python -m venv`: whole, unless the file `broken` says what fails.
INNER = """
echo "$(basename "$0") $*" >>"$STANDINS/calls"
case "$*" in *"$(cat "$(dirname "$0")/broken" 2>/dev/null || echo nothing)"*) exit 1 ;; esac
"""
APT = """
echo "apt-get $*" >>"$STANDINS/calls"
echo "E: Unable to locate package pango" >&2
exit 100
"""


@dataclass
class Machine:
    """A clone, and a PATH of stand-ins."""

    clone: Path
    standins: Path

    def run(self, *arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.standins}:/usr/bin:/bin", "STANDINS": str(self.standins)}
        return subprocess.run([self.clone / "run", *arguments], cwd=at or self.clone, env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> list[str]:
        return (self.standins / "calls").read_text().splitlines()

    def program(self, name: str, text: str) -> None:
        file = self.standins / name
        file.write_text(f"#!/bin/sh{text}")
        file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """root, without the libraries that papers need, and an apt that finds nothing."""
    clone, standins = tmp_path / "clone", tmp_path / "standins"
    for folder in (standins, clone / "web/assets", clone / "web/translations"):
        folder.mkdir(parents=True)
    for name in ("run", "requirements.txt", "constraints.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, clone / name)
    for name in ("package.json", "package-lock.json"):
        (clone / "web/assets" / name).touch()
    made = Machine(clone, standins)
    for name, text in {"python3.11": SYSTEM_PYTHON, "inner": INNER, "apt-get": APT, "id": "\necho 0\n", "ldconfig": "\n", "fc-list": "\n"}.items():
        made.program(name, text)
    return made


def test_where_apt_fails_the_rest_is_set_up_and_one_sentence_says_what_is_missing(machine: Machine) -> None:
    done = machine.run()

    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if "没有装上" in line]
    assert len(said) == 1
    assert "everything else works: E: Unable to locate package pango" in said[0]
    assert machine.calls[-1] == "python app.py run"


def test_every_stage_has_a_line_with_the_seconds_so_far(machine: Machine) -> None:
    done = machine.run("--no-demo")

    said = re.findall(r"^  \[ *\d+s\] [\u4e00-\u9fff][^/]*/ (\w+(?: \w+)?)", done.stdout, re.MULTILINE)
    assert said == [
        "creating the", "installing pango", "installing the", "fetching the", "building the", "compiling the", "what papers", "starting",
    ]  # fmt: skip
    assert machine.calls[-1] == "python app.py run --no-demo"


def test_who_is_not_root_is_told_in_one_sentence_what_to_install_and_gets_all_the_rest(machine: Machine) -> None:
    machine.program("id", "\necho 1000\n")

    done = machine.run()

    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if "apt install" in line]
    assert len(said) == 1
    assert "其余功能不受影响" in said[0]
    assert "sudo apt install libpango-1.0-0" in said[0]
    assert not any("apt-get" in call for call in machine.calls)
    assert machine.calls[-1] == "python app.py run"


def test_without_a_way_to_make_an_environment_it_ends_with_a_sentence(machine: Machine) -> None:
    machine.program("python3.11", '\ncase "$*" in *ensurepip*) exit 1 ;; esac\n')

    done = machine.run()

    assert done.returncode == 1
    assert "没有装上" in done.stderr
    assert "E: Unable to locate package pango" in done.stderr


def test_a_second_start_sets_nothing_up_again(machine: Machine) -> None:
    machine.run()
    (machine.clone / "web/static/dist").mkdir(parents=True)
    (machine.clone / "web/static/dist/manifest.json").touch()
    (machine.standins / "calls").unlink()

    machine.run()

    assert [call for call in machine.calls if not call.startswith("apt-get")] == ["python -c ", "python app.py run"]


@pytest.mark.parametrize("broken", ["-m pip --version", "-c"], ids=["no pip", "no interpreter"])
def test_an_environment_that_was_left_half_made_is_made_anew(machine: Machine, broken: str) -> None:
    inside = machine.clone / ".venv/bin"
    inside.mkdir(parents=True)
    shutil.copy(machine.standins / "inner", inside / "python")
    (inside / "broken").write_text(broken)
    (machine.clone / ".venv/stamp-texts").write_text("of the environment that is gone")

    done = machine.run()

    assert done.returncode == 0, done.stderr
    assert not (inside / "broken").exists()
    assert any("pip install" in call for call in machine.calls)
    assert machine.calls[-1] == "python app.py run"


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["--data", "office"], "--data {caller}/office"), (["--data=office"], "--data={caller}/office"), (["--data", "/srv/office"], "--data /srv/office"),
        (["--no-demo", "--log-file", "my log"], "--no-demo --log-file {caller}/my log"), (["--port", "8080", "--data", ".."], "--port 8080 --data {caller}/.."),
        (["--host", "place"], "--host place"),
    ],
)  # fmt: skip
def test_a_place_is_one_of_the_folder_in_which_it_is_typed(machine: Machine, tmp_path: Path, typed: list[str], given: str) -> None:
    caller = tmp_path / "elsewhere"
    caller.mkdir()

    machine.run(*typed, at=caller)

    assert machine.calls[-1] == f"python app.py run {given.format(caller=caller)}"


def test_setting_up_alone_starts_nothing(machine: Machine) -> None:
    done = machine.run("--setup-only")

    assert "set up" in done.stdout
    assert "python app.py run" not in machine.calls
