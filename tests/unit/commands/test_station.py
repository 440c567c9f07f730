"""What a computer at the counter lacks for real readers is said at the start, before any card is touched."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType

import pytest

from commands import station, station_desk
from db.clock import SystemClock
from hardware.carrier import FolderCarrier
from hardware.jobs import DEVICES
from hardware.ports import CardRemoved


@pytest.mark.parametrize(("pin", "asked", "sentence"), [(" \n", 0, "是空的 / the file with the PIN is empty"), ("1234", 1, "请检查 pcscd 和读卡器"), ("0000", 1, "没有接上读卡器"), ("abc", 0, "应是 4 至 8 位数字")])
def test_an_empty_pin_and_readers_that_are_away_are_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pin: str, asked: int, sentence: str,
) -> None:  # fmt: skip
    looks = []

    class Away:
        def slots(self) -> list[str]:
            looks.append(1)
            if pin == "0000":
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


def options(tmp_path: Path, **given: object) -> Namespace:
    (tmp_path / "credential").write_text("abc", "ascii")
    nothing = dict.fromkeys(("drive", "carrier", "keys", "simulator", "pin"))
    return Namespace(**{"server": "http://127.0.0.1:1", "credential": tmp_path / "credential", "post": "", "office": "", "printer": "", "labels": "", "supervised": False, **nothing, **given})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "请指明卡的口令文件 --pin"), ({"simulator": "sim", "pin": "pin"}, "只能用一个"), ({"printer": "ipp://127.0.0.1:1/x", "drive": "floppy"}, "--drive 要和读卡器"),
        ({"simulator": "sim", "drive": "nowhere/floppy"}, "不是软驱或映像文件"), ({"simulator": "sim", "carrier": "nowhere"}, "--carrier：没有文件夹"),
        ({"simulator": "sim", "keys": "nowhere"}, "读不到密钥机设置文件"), ({"simulator": "sim", "keys": "half.ini"}, "应有 [keys] 节，写明 module、token、key、pin_file"),
        ({"simulator": "sim", "keys": "gone.ini"}, "没有 PKCS#11 程序库"), ({"simulator": "sim", "printer": "lpt:1"}, "--printer：地址 lpt:1 写得不对"),
        ({"simulator": "sim", "labels": "ipp://x"}, "--labels：地址 ipp://x 写得不对"),
    ],
)  # fmt: skip
def test_a_device_that_is_named_wrongly_is_said_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str], given: dict[str, str], sentence: str) -> None:
    (tmp_path / "half.ini").write_text("[keys]\nmodule = /x.so\n", "utf-8")
    (tmp_path / "gone.ini").write_text("[keys]\nmodule = /nowhere.so\ntoken = 密钥机\nkey = 发行\npin_file = pin\n", "utf-8")
    (tmp_path / "pin").write_text("1234", "ascii")
    if "drive" in given and station_desk.tools_missing():
        pytest.skip("mtools, dosfstools")
    placed = {name: value if name in {"printer", "labels"} else tmp_path / value for name, value in given.items()}

    assert station.main(lambda: None, options(tmp_path, **placed)) == 1
    assert sentence in capsys.readouterr().out


def test_a_desk_has_the_devices_that_were_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    only_prints = station_desk.desk_of(options(tmp_path, printer="ipp://127.0.0.1:1/x", labels="zpl://127.0.0.1:1"), SystemClock())
    whole = station_desk.desk_of(options(tmp_path, simulator=tmp_path / "sim", carrier=tmp_path), SystemClock())

    assert only_prints.devices == ("printer", "labels")
    assert whole.devices == DEVICES
    assert isinstance(whole.carrier, FolderCarrier)
    assert whole.carrier.folder == tmp_path
