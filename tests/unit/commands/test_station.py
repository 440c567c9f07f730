"""What a computer at the counter lacks for real readers is said at the start, before any card is touched."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType

import pytest

from commands import station
from hardware.ports import CardRemoved


@pytest.mark.parametrize(("pin", "asked", "sentence"), [(" \n", 0, "是空的 / the file with the PIN is empty"), ("1234", 1, "请检查 pcscd 和读卡器"), ("none", 1, "没有接上读卡器")])
def test_an_empty_pin_and_readers_that_are_away_are_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pin: str, asked: int, sentence: str,
) -> None:  # fmt: skip
    looks = []

    class Away:
        def slots(self) -> list[str]:
            looks.append(1)
            if pin == "none":
                return []
            raise CardRemoved("读卡器服务没有响应", "the service of the readers does not answer")

    built = ModuleType("hardware.card.pcsc")
    built.PcscReader = Away  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hardware.card.pcsc", built)
    (tmp_path / "credential").write_text("abc", "ascii")
    (tmp_path / "pin").write_text(pin, "ascii")
    options = Namespace(server="http://127.0.0.1:1", credential=tmp_path / "credential", post="", office="", pin=tmp_path / "pin", simulator=None, supervised=False)

    assert station.main(lambda: None, options) == 1
    assert sentence in capsys.readouterr().out
    assert len(looks) == asked
