"""What is wrong with a device or the address of the house is said when the station starts, not at the first job."""

from __future__ import annotations

import io
import socket
import ssl
from argparse import Namespace
from email.message import Message
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError, URLError

import pytest

from commands import station, station_house
from commands.station_checks import look
from commands.station_desk import NoDevice, desk_of
from db.clock import SystemClock
from hardware.door import DoorShut
from hardware.http_door import told
from tests.conftest import missing
from tests.factories.tokens import KEY, TOKEN, NoToken, inserted
from tests.unit.commands.test_station import options

WRITTEN = "[keys]\nmodule = {module}\ntoken = {token}\nkey = {key}\npin_file = hsm.pin\n"


def looked(given: Namespace) -> None:
    given.credential.chmod(0o600)
    look(given, desk_of(given, SystemClock()))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize(("option", "uri"), [("printer", "ipp://127.0.0.1:1/x"), ("printer", "needle://127.0.0.1:1"), ("labels", "zpl://127.0.0.1:1"), ("labels", "zpl:///dev/no-such-printer")])
def test_a_printer_that_is_away_is_said_and_may_come_later(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, uri: str) -> None:
    looked(options(tmp_path, simulator=tmp_path / "sim", **{option: uri}))

    said = capsys.readouterr().out
    assert f"⚠ --{option}：" in said
    assert "接好后自动打印" in said


def test_what_is_no_printer_ends_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer() -> None:
            with server.accept()[0] as line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        with pytest.raises(NoDevice, match="--printer"):
            looked(options(tmp_path, simulator=tmp_path / "sim", printer=f"ipp://127.0.0.1:{server.getsockname()[1]}/x"))


def test_an_image_that_is_not_there_a_carrier_that_takes_nothing_and_secrets_for_everybody_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoDevice, match="没有映像文件"):
        looked(options(tmp_path, simulator=tmp_path / "sim", drive=tmp_path / "disk.img"))
    with pytest.raises(NoDevice, match=r"--carrier.*不能写入"):
        looked(options(tmp_path, simulator=tmp_path / "sim", carrier=Path("/proc")))
    looked(options(tmp_path, simulator=tmp_path / "sim", drive=Path("/dev/no-such-drive")))
    given = options(tmp_path, simulator=tmp_path / "sim")
    given.credential.chmod(0o644)
    look(given, desk_of(given, SystemClock()))

    said = capsys.readouterr().out
    assert "现在没有 /dev/no-such-drive" in said
    assert "请执行 chmod 600" in said


def test_the_key_machine_is_asked_for_token_key_and_pin_and_a_wrong_pin_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hsm").mkdir()
    (tmp_path / "hsm.pin").write_text("654321", "ascii")
    (tmp_path / "hsm.pin").chmod(0o600)

    def with_keys(token: str = TOKEN, key: str = KEY) -> Namespace:
        (tmp_path / "keys.ini").write_text(WRITTEN.format(module=module, token=token, key=key), "utf-8")
        return options(tmp_path, simulator=tmp_path / "sim", keys=tmp_path / "keys.ini")

    try:
        with inserted(tmp_path / "hsm") as there:
            module = there.module
            looked(with_keys())
            assert "⚠" not in capsys.readouterr().out
            with pytest.raises(NoDevice, match=f"没有这个令牌（{TOKEN}）"):
                looked(with_keys(token="别的"))
            with pytest.raises(NoDevice, match="没有这个密钥"):
                looked(with_keys(key="别的"))
            (tmp_path / "hsm.pin").write_text("111111", "ascii")
            with pytest.raises(NoDevice, match="改正密钥机的口令文件"):
                looked(with_keys())
            looked(with_keys())  # a service that is started again and again must not use the tries up
            assert "启动时不再试" in capsys.readouterr().out
    except NoToken as reason:
        missing("SoftHSM2", str(reason))
    (tmp_path / "keys.ini").write_text(WRITTEN.format(module=tmp_path / "hsm.pin", token="x", key="y"), "utf-8")
    with pytest.raises(NoDevice, match="不是程序库"):
        looked(options(tmp_path, simulator=tmp_path / "sim", keys=tmp_path / "keys.ini"))


@pytest.mark.parametrize("server", ["127.0.0.1:8931", "http://", "http://127.0.0.1:8931/sign-in", "ftp://x", "http://127.0.0.1:x"])
def test_an_address_that_is_none_is_told_as_it_is_to_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str], server: str) -> None:
    assert station.main(lambda: None, options(tmp_path, simulator=tmp_path / "sim", server=server)) == 1
    assert f"地址应写作 http://主机:端口 或 https://主机，后面不带路径，而不是 {server} / --server: the address is" in capsys.readouterr().out


def test_why_the_house_is_not_reached_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station_house, "LOOKS_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert station_house.unreachable(f"http://127.0.0.1:{port}") is None
        silent = station_house.unreachable(f"https://127.0.0.1:{port}")
    refused = DoorShut("x")
    refused.__cause__ = URLError(ConnectionRefusedError(111, "Connection refused"))

    assert silent is not None
    assert "http 还是 https" in silent[0]
    assert station_house.why(refused)[0] == "连接被拒绝：那里没有程序在听"
    assert "不受信任" in station_house._said(_untrusted())[0]


def _untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    return error


def test_a_refusal_that_is_none_of_the_houses_ends_no_station() -> None:
    found = told(HTTPError("http://x", 403, "FORBIDDEN", Message(), io.BytesIO(b"<html>")))
    known = told(HTTPError("http://x", 403, "FORBIDDEN", Message(), io.BytesIO('{"error": "not-your-post", "message": "不能", "message_en": "not good"}'.encode())))

    assert isinstance(found, DoorShut)
    assert "请核对地址和代理" in str(found)
    assert (type(known).__name__, getattr(known, "en", "")) == ("TurnedAway", "not good")


@pytest.mark.parametrize("content", ["a b\nc", "a\nb", "秘密"])
def test_a_credential_of_two_lines_is_no_credential_and_is_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    given = options(tmp_path, simulator=tmp_path / "sim")
    given.credential.write_text(content, "utf-8")

    assert station.main(lambda: None, given) == 1
    said = capsys.readouterr().out
    assert "不是凭据文件" in said
    assert content not in said
