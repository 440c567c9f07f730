"""`app.py figures`: names what differs from a count from the beginning, and writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import apart, compose, main
from commands.serving.start import prepare
from engine.link import Link


def test_a_wrong_figure_is_named_and_set_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    application = compose(apart(tmp_path / "var"), workflows=tmp_path)
    prepare(application)
    with application.database.write() as session:
        row = "INSERT INTO case_tally (scope, beneath, month, process_id, done, dated, in_time, seconds) VALUES ('nb/', 1, '2026-03', 'reply', 2, 1, 1, 60)"
        Link(session).run(row)
    application.database.dispose()
    words = ["--data", str(tmp_path / "var"), "figures"]

    assert main(words) == 1
    assert "case_tally nb/ 1 2026-03 reply: [2, 1, 1, 60] ≠ None" in capsys.readouterr().out
    assert main([*words, "--anew"]) == 0
    assert main(words) == 0
    assert "不一致 0 处" in capsys.readouterr().out
