"""`app.py verify` and `app.py fence`: what they say, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app import ANCHORS, Application, apart, compose, main
from bench.soak.edits import act
from bench.soak.tampering import superuser
from commands.serving.start import prepare
from db.chain.anchoring import Anchoring
from db.chain.anchors import places
from tests.factories.notary import notaries


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """A sealed database in a data folder, with its heads beside it."""
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    made = compose(apart(tmp_path / "var"), workflows=tmp_path)
    prepare(made)
    act(made.database, made.clock.now(), 1)
    made.chain.tick()
    return made


def run(application: Application, *words: str) -> int:
    application.database.dispose()
    return main(["--data", str(application.config.data), *words])


def test_an_honest_database_agrees(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(application, "verify") == 0
    assert "不一致 0 处" in capsys.readouterr().out
    assert (application.config.data / "audit-heads.txt").exists()


def test_a_row_that_was_changed_is_named_with_the_moment_of_its_seal(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    with superuser(application.database) as session:
        session.execute(text("UPDATE trail_entry SET person_name = '别人'"))

    assert run(application, "verify") == 1
    assert "✗ trail_entry 1 内容与封存时不同（封条 1，" in capsys.readouterr().out


def test_a_target_over_http_is_asked_for_its_heads(
    application: Application, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with notaries() as notary:
        monkeypatch.setenv(ANCHORS, notary.address)
        assert Anchoring(application.database, application.clock, places(notary.address)).work() == 1

        assert run(application, "verify") == 0
        assert f"外部锚点 {notary.address}：1 个封条一致" in capsys.readouterr().out
        notary.lines.clear()
        assert run(application, "verify") == 1
        assert notary.address in capsys.readouterr().out


def test_a_fence_is_a_seam_and_no_alarm(application: Application, capsys: pytest.CaptureFixture[str]) -> None:
    with superuser(application.database) as session:
        session.execute(text("DELETE FROM seal"))
        for table in ("history", "trail_entry", "comment", "attachment", "deadline_event", "paper", "blob"):
            session.execute(text(f"DELETE FROM {table}"))
    assert run(application, "verify") == 1

    assert run(application, "fence", "recovery to 14:05") == 0
    application.chain.tick()

    assert run(application, "verify") == 0
    assert "recovery to 14:05" in capsys.readouterr().out
