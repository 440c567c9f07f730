"""The key that signs the cases: nothing that is started takes the place of one, and it is on the disk before anybody is told of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app import Application, Config, apart, compose, own_file
from commands import run
from db.copies import Refused, places, put_first
from db.selfcheck import DatabaseUnfit

KEY = "5a" * 32


class Composing:
    """What app.py gives to its commands, for one folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, clock: Any = None, data: str | None = None) -> Application:
        return compose(apart(Path(data or self.data)), clock)


@pytest.fixture
def unplayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The office without its three months, which another test plays."""
    monkeypatch.setattr(run, "furnish", lambda application, _reopen: run.demo_office.load(application))


def test_a_demonstration_is_played_under_the_key_that_is_there(tmp_path: Path, unplayed: None) -> None:
    """As where an office on PostgreSQL has a key, and somebody types ./run without JINSHUI_DATABASE."""
    key = tmp_path / "secret"
    key.write_text(KEY)
    key.chmod(0o600)

    application = run.with_demo(Composing(tmp_path))
    run.prepare(application)  # raises DatabaseUnfit where the database was begun with another key
    application.database.dispose()

    assert key.read_text() == KEY
    assert key.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "loading").exists()


def test_a_key_that_comes_while_the_demonstration_is_played_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "secret"
    monkeypatch.setattr(run, "furnish", lambda *_: key.write_text(KEY))

    with pytest.raises(Refused, match="没有改动"):
        run.with_demo(Composing(tmp_path))

    assert key.read_text() == KEY
    assert not (tmp_path / "jinshui.db").exists()


def test_a_database_that_comes_while_the_demonstration_is_played_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "jinshui.db"
    monkeypatch.setattr(run, "furnish", lambda *_: file.write_text("somebody's"))

    with pytest.raises(Refused, match="没有改动"):
        run.with_demo(Composing(tmp_path))

    assert file.read_text() == "somebody's"


def test_a_first_start_brings_database_and_key_in(tmp_path: Path, unplayed: None) -> None:
    application = run.with_demo(Composing(tmp_path))
    run.prepare(application)
    application.database.dispose()

    assert {"jinshui.db", "secret"} <= {file.name for file in tmp_path.iterdir()}
    assert not (tmp_path / "loading").exists()


def test_the_key_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fingerprint is committed with the first start: a power cut that took the key would leave a database that nobody can open."""
    key, synced, real = tmp_path / "secret", [], os.fsync

    def fsync(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink(), key.exists()))
        real(handle)

    monkeypatch.setattr(places.os, "fsync", fsync)
    made = Config(tmp_path, own_file(tmp_path)).secret()

    assert [(path.name.partition(".")[0], named) for path, named in synced] == [("secret", False), (tmp_path.name, True)]
    assert bytes.fromhex(key.read_text()) == made
    assert key.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [key]


def test_of_two_who_bring_a_key_the_second_takes_that_of_the_first(tmp_path: Path) -> None:
    first, second = (Config(tmp_path, own_file(tmp_path)).secret() for _ in range(2))

    assert first == second


@pytest.mark.parametrize("text", ["", "5a", "z" * 64])
def test_a_damaged_key_signs_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)

    with pytest.raises(DatabaseUnfit, match="已损坏"):
        Config(tmp_path, own_file(tmp_path)).secret()


@pytest.mark.parametrize("knows_links", [True, False])
def test_a_file_that_has_the_name_already_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_links: bool) -> None:
    if not knows_links:
        monkeypatch.setattr(places.os, "link", _no_links)
    new, place = tmp_path / "new", tmp_path / "place"

    new.write_text("first")
    assert put_first(new, place) is True
    new.write_text("second")
    assert put_first(new, place) is False

    assert (place.read_text(), new.read_text()) == ("first", "second")


def _no_links(source: Any, target: Any) -> None:
    raise PermissionError("a file system without second names")
