"""Commands where there are no data yet: what needs data says so, what only looks around leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import WORKFLOWS, compose, config_from, main
from commands import check


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    return tmp_path / "var"


@pytest.mark.parametrize("command", [["backup", "COPY"], ["archive"], ["calendar", "FILE"], ["verify"], ["figures"], ["fence", "recovery"]])
def test_a_command_that_needs_data_says_there_are_none_and_makes_none(
    data: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file, copy = data.with_name("year.json"), data.with_name("copy")
    file.write_text('{"version": "cn-2027.1", "years": {"2027": {"off": {"2027-01-01": "元旦"}, "worked": []}}}')
    places = {"COPY": str(copy), "FILE": str(file)}

    assert main(["--data", str(data), *(places.get(word, word) for word in command)]) == 1

    said = capsys.readouterr().out
    assert "还没有数据" in said
    assert "there are no data yet" in said
    assert [found.name for found in data.parent.iterdir()] == ["year.json"]


def test_a_file_without_tables_is_no_data_either(data: Path) -> None:
    data.mkdir()
    (data / "jinshui.db").touch()

    assert main(["--data", str(data), "backup", str(data.with_name("copy"))]) == 1
    assert not data.with_name("copy").exists()


def test_a_database_without_its_key_is_not_backed_up_under_a_new_one(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "migrate"]) == 0

    assert main(["--data", str(data), "backup", str(data.with_name("copy"))]) == 1
    assert "密钥文件 secret" in capsys.readouterr().out
    assert not (data / "secret").exists()


@pytest.mark.parametrize("command", [["worker"], ["restore", "nowhere"]])
def test_a_refusal_leaves_no_trace(data: Path, command: list[str]) -> None:
    assert main(["--data", str(data), *command]) == 1
    assert not data.exists()


def test_a_check_writes_nothing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walks, which have a folder of their own, are left out: they take long and are played by another test."""
    monkeypatch.setattr(check, "_walk_faults", lambda *_: iter(()))

    assert main(["--data", str(data), "check", "--no-papers"]) == 0
    assert not data.exists()


def test_putting_the_rooms_together_writes_nothing(data: Path) -> None:
    application = compose(config_from(str(data)), workflows=WORKFLOWS)
    application.web()

    assert not data.exists()
