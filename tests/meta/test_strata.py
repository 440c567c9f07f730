"""Each contract of .importlinter is proven once: the clean tree keeps it, a planted wrong import breaks it by its name."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("web", "handlers", "engine", "records", "deadlines", "papers", "notices", "hardware", "monitoring", "db")

PLANTED = {
    "strata": ("engine/planted.py", "import handlers"),
    "strata (siblings)": ("records/planted.py", "import deadlines"),
    "strata (floor)": ("db/planted.py", "import engine"),
    "narrow-web": ("web/planted.py", "import hardware"),
    "narrow-web (handlers)": ("web/planted.py", "import handlers"),
    "spiff-in-tests": ("engine/planted.py", "import SpiffWorkflow"),
    "weasyprint-at-home": ("papers/planted.py", "import weasyprint"),
    "procrastinate-at-home": ("engine/planted.py", "import procrastinate"),
    "procrastinate-at-home (monitoring)": ("monitoring/planted.py", "import procrastinate"),
    "flask-at-home": ("handlers/planted.py", "import flask"),
    "flask-at-home (hidden)": ("engine/planted.py", "def f():\n    import flask"),
    "strata (monitoring)": ("monitoring/planted.py", "import engine"),
    "strata (notices)": ("notices/planted.py", "import engine"),
    "prometheus-at-home": ("monitoring/health.py", "import prometheus_client"),
    "authlib-at-home": ("web/entry/planted.py", "import authlib"),
    "authlib-at-home (its companions)": ("web/entry/outside/claims.py", "import joserfc"),
    "pcsc-at-home": ("hardware/planted.py", "import smartcard"),
    "pkcs11-at-home": ("hardware/keys/planted.py", "import pkcs11"),
    "totp-at-home": ("web/security/planted.py", "import pyotp"),
    "pure-rules": ("records/coinvestigation/rules.py", "import sqlalchemy"),
    "families": ("records/offices/planted.py", "import records.coinvestigation"),
    "families (taxpayers)": ("records/taxpayers/planted.py", "import records.devices"),
    "registers-apart": ("web/registers/planted.py", "import web.devices"),
    "families (devices)": ("records/devices/planted.py", "import records.coinvestigation"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Python of the house, to plant in."""
    copy = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, copy / room, ignore=shutil.ignore_patterns("node_modules", "static", "__pycache__", "assets")
        )
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter in the copy, as ./test runs it here."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    )


def titles() -> dict[str, str]:
    """What lint-imports calls each contract."""
    written = configparser.ConfigParser()
    written.read(ROOT / ".importlinter")
    return {section.rpartition(":")[2]: written[section]["name"] for section in written.sections() if ":contract:" in section}


def test_every_contract_is_planted_for() -> None:
    assert {name.partition(" ")[0] for name in PLANTED} == set(titles())


def test_the_tree_keeps_every_contract(house: Path) -> None:
    result = lint(house)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_the_contract(house: Path, contract: str) -> None:
    place, text = PLANTED[contract]
    file = house / place
    before = file.read_text("utf-8") if file.exists() else None
    file.write_text(f"{before or ''}\n{text}\n", "utf-8")

    try:
        result = lint(house)
    finally:
        file.unlink() if before is None else file.write_text(before, "utf-8")

    assert result.returncode == 1, result.stdout
    assert f"{titles()[contract.partition(' ')[0]]} BROKEN" in result.stdout, result.stdout
