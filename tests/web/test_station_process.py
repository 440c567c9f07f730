"""The station as a process of its own: struck dead while it writes and before it answers, without a house, stopped, turned away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from app import main
from hardware.layout import HOLDER, PENDING, read_file
from hardware.simulator import FolderShelf, SimulatedCard
from tests.factories.dying_station import KILLED
from tests.factories.processes import PATIENCE_S, ROOT, listening, wait_until
from tests.web.counters import GIVEN, begin, deploy, made, station_row
from tests.web.office import Office

TAX, IC = GIVEN["tax_card"], GIVEN["ic_card"]


class Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Says nothing."""


@dataclass
class Site:
    """The house at a port that may be opened late, and stations that are started against it."""

    office: Office
    folder: Path
    token: str
    station_id: str
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = listening()
        self.port = self.socket.getsockname()[1]
        (self.folder / "station.key").write_text(f"{self.token}\n", "utf-8")

    def open(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.office.web, threaded=True, request_handler=Silent, fd=self.socket.fileno())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start(self, place: str = "") -> subprocess.Popen[str]:
        program = ["-m", "tests.factories.dying_station", place] if place else ["app.py"]
        arguments = ["station", "--server", f"http://127.0.0.1:{self.port}", "--credential", str(self.folder / "station.key"), "--simulator", str(self.folder / "cards")]
        made = subprocess.Popen([sys.executable, *program, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        self.started.append(made)
        return made

    def stop(self, station: subprocess.Popen[str]) -> str:
        station.send_signal(signal.SIGTERM)
        said, _none = station.communicate(timeout=PATIENCE_S)
        assert station.returncode == 0, said
        return said

    def holder(self, serial: str) -> object:
        shelf = FolderShelf(self.folder / "cards")
        plastic = shelf.take(serial)
        assert plastic is not None
        card = SimulatedCard(shelf, plastic)
        assert read_file(card, PENDING) is None
        return read_file(card, HOLDER)


@pytest.fixture
def site(office: Office, tmp_path: Path) -> Iterator[Site]:
    deploy(office)
    station_id, token = made(office, is_simulated=True)
    found = Site(office, tmp_path, token, station_id)
    yield found
    for one in found.started:
        one.kill()
        one.wait()
        if one.stdout:
            one.stdout.close()
    if hasattr(found, "server"):
        found.server.shutdown()
        found.server.server_close()
    found.socket.close()


def standing(office: Office, case: str) -> list[str]:
    return [task.element for task in office.engine.case(case, office.person("li.na")).open_tasks]


# Two cards are laid out, then each is changed five times: the order, the holder, its sales or invoices, the jobs done, the order taken away.
@pytest.mark.slow
@pytest.mark.parametrize("place", ["card 3", "card 6", "answer", "said"])
def test_a_station_that_is_killed_writes_a_card_once_and_answers_in_the_end(site: Site, place: str) -> None:
    site.open()
    case = begin(site.office)
    killed = site.start(place)
    assert killed.wait(PATIENCE_S) == KILLED
    site.office.clock.advance(timedelta(minutes=3))  # its lock is over

    station = site.start()
    assert station.stdout is not None
    station.stdout.readline()
    wait_until(lambda: standing(site.office, case) == ["check"])
    site.stop(station)

    assert site.holder(TAX) == site.holder(IC)
    rows = [entry.kind for entry in site.office.engine.case(case, site.office.person("li.na")).history if entry.element == "issue"]
    assert rows.count("done") == 1


@pytest.mark.slow
def test_a_station_waits_for_the_house_works_tells_and_stops_when_it_is_told(site: Site) -> None:
    case = begin(site.office)
    site.socket.listen(0)
    station = site.start()
    assert station.stdout is not None
    said = station.stdout.readline()
    site.open()
    wait_until(lambda: standing(site.office, case) == ["check"])

    said += site.stop(station)

    assert "工作站已启动" in said
    assert "秦岭机械发卡：初始发行金税卡和税控IC卡" in said
    assert "the station has stopped" in said
    assert station_row(site.office, site.station_id).seen_at is not None


@pytest.mark.slow
def test_a_station_that_the_house_does_not_know_says_so_and_ends(site: Site) -> None:
    site.open()
    (site.folder / "station.key").write_text("wrong", "utf-8")
    station = site.start()

    said, _none = station.communicate(timeout=PATIENCE_S)

    assert station.returncode == 1
    assert "系统不接受这台工作站：工作站凭据无效" in said


@pytest.mark.parametrize(("content", "sentence"), [(b"", "是空的"), (b" \n", "是空的"), ("凭据".encode("gbk"), "不是凭据文件"), (None, "读不到凭据文件")])
def test_a_file_that_holds_no_credential_is_told_as_such(content: bytes | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if content is not None:
        (tmp_path / "station.key").write_bytes(content)
    options = ["station", "--server", "http://127.0.0.1:1", "--credential", str(tmp_path / "station.key"), "--simulator", str(tmp_path / "cards")]

    assert main(options) == 1
    said = capsys.readouterr().out
    assert "✗ --credential: " in said
    assert sentence in said


@pytest.mark.slow
def test_a_house_with_real_data_turns_simulated_cards_away(site: Site) -> None:
    site.open()
    (site.folder / "station.key").write_text(made(site.office, "窗口 2 号")[1], "utf-8")
    case = begin(site.office)

    said, _none = site.start().communicate(timeout=PATIENCE_S)

    assert "这里不是演示数据，模拟卡不能办理" in said
    assert standing(site.office, case) == []
