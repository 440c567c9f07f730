"""The command that makes the first administrators."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from commands.run import welcome
from commands.serving.start import prepare
from records.offices import store
from web.entry.outside.settings import VARIABLE

COMPLETE = ["--system", "gao.bo=高博/Gao Bo", "--security", "wei.lan=韦岚", "--office-code", "nb", "--office-name", "宁波市国家税务局"]


def run(data: Path, *options: str) -> int:
    return app.main(["--data", str(data), "first-admin", *options])


def logins(data: Path) -> list[str]:
    with app.compose(app.apart(data)).database.read() as session:
        return [person.login for person in store.people(session)]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    return tmp_path / "data"


def test_it_says_the_passwords_once_and_never_acts_again(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data, *COMPLETE) == 0
    said = capsys.readouterr().out
    assert len(re.findall(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", said)) == 2
    assert logins(data) == ["gao.bo", "wei.lan"]

    assert run(data, *COMPLETE) == 1
    assert "没有改动" in capsys.readouterr().out
    assert logins(data) == ["gao.bo", "wei.lan"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--security", "gao.bo=韦岚"], "不同的人"), (["--system", "Gao Bo"], "用户名=姓名"), (["--audit", "jin.wen= "], "用户名=姓名"),
        (["--office-code", "NB"], "机关代码"), (["--office-name", " "], "机关名称"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_makes_nothing(data: Path, capsys: pytest.CaptureFixture[str], change: list[str], said: str) -> None:
    assert run(data, *COMPLETE, *change) == 1
    assert said in capsys.readouterr().out
    assert not data.exists()


def test_a_start_without_people_says_how_the_first_come_in(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    application = app.compose(app.apart(data))
    prepare(application)
    welcome(application, [], "http://127.0.0.1:8000/")
    assert "app.py first-admin" in capsys.readouterr().out
    assert "app.py first-admin" in application.web().test_client().get("/sign-in").get_data(as_text=True)

    assert run(data, *COMPLETE) == 0
    capsys.readouterr()
    welcome(application, [], "http://127.0.0.1:8000/")
    assert "first-admin" not in capsys.readouterr().out
    assert "first-admin" not in application.web().test_client().get("/sign-in").get_data(as_text=True)


def test_settings_of_a_provider_that_cannot_be_used_are_told_at_the_start(data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(data / "none.yaml"))

    assert run(data, *COMPLETE) == 1
    assert "读不出" in capsys.readouterr().out
