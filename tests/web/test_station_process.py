"""The station as a process of its own: struck dead wherever it may be, cut off from the house, without one, stopped, turned away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app import main
from db.clock import ManualClock
from db.session import Database
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from hardware import volumes
from hardware.layout import HOLDER, PENDING, read_file
from hardware.ports import Volume
from hardware.simulator import PIN, FolderShelf, SimulatedCard
from hardware.simulator.cards import SimulatedTaxCard, in_reader
from hardware.simulator.supposed import supposed_stock
from records.audit import Who
from records.offices import stations
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.factories.counter import APPLIED_FORM, extensions
from tests.factories.dying_station import KILLED, Agent
from tests.factories.network import Proxy
from tests.factories.processes import wait_until
from tests.factories.streams import Node, served
from tests.web.counters import GIVEN, POST, Program, begin, deploy, made, station_row
from tests.web.office import OPENED, Office, open_office

TAX, IC = GIVEN["tax_card"], GIVEN["ic_card"]
STOCK = supposed_stock(TAX)
ROWS = [{"code": one.code, "number_from": one.first, "number_to": f"{int(one.first) + one.count - 1:08d}", "count": one.count} for one in STOCK]
MOVED = {name: name for name in ("tax_card", "ic_card", "taxpayer_number", "volumes")}
THERE_AND_BACK = process(
    start("applied", camunda_formKey="applied"),
    service("give_back", "station.give_back", extensions(f'"{POST}"', **MOVED)),
    service("read_in", "station.read_in", extensions(f'"{POST}"', **MOVED)),
    user("check", "clerk@own"), end(), chain("applied", "give_back", "read_in", "check", "done"), id_="volumes", camunda_candidateStarterGroups="clerk",
)  # fmt: skip


@dataclass
class Site:
    """A counter with a station's credential, and the house at a port that is opened late, closed and opened again."""

    office: Office
    folder: Path
    token: str
    station_id: str
    started: list[Agent] = field(default_factory=list)
    port: int = 0
    door: int = 0  # where the stations go: the port of the house, or of a network before it

    def __post_init__(self) -> None:
        self.house = ExitStack()
        (self.folder / "station.key").write_text(f"{self.token}\n", "utf-8")
        self.shelf = FolderShelf(self.folder / "cards")

    def open(self) -> Node:
        node = self.house.enter_context(served(self.office, port=self.port))
        self.port = node.port
        return node

    def close(self) -> None:
        self.house.close()

    def start(self, place: str = "", *, program: bool = False) -> Agent:
        server, file = f"http://127.0.0.1:{self.door or self.port}", self.folder / f"said-{len(self.started)}"
        arguments = ["station", "--server", server, "--credential", str(self.folder / "station.key"), "--simulator", str(self.folder / "cards")]
        made = Agent.program(arguments, file) if program else Agent.forked(place, self.held, arguments, file)
        self.started.append(made)
        return made

    @property
    def held(self) -> Path:
        return self.folder / "held"

    def dies(self, place: str) -> None:
        """A station is struck dead at a place of its work; the lock of its job runs out."""
        killed = self.start(place)
        assert killed.ended() == KILLED, killed.said
        self.office.clock.advance(timedelta(minutes=3))

    def works(self, case: str) -> None:
        """Another one works what is there and is stopped."""
        station = self.start()
        self.is_checked(case)
        station.stop()

    def is_checked(self, case: str) -> None:
        wait_until(lambda: self.standing(case) == ["check"], 0.02)

    def standing(self, case: str) -> list[str]:
        return [task.element for task in self.office.engine.case(case, self.office.person("li.na")).open_tasks]

    def done(self, case: str) -> list[str]:
        """Which jobs were done, as the history has it."""
        history = self.office.engine.case(case, self.office.person("li.na")).history
        return [entry.element for entry in history if entry.kind == "done" and entry.element != "applied"]

    def card(self, serial: str) -> SimulatedCard:
        plastic = self.shelf.take(serial)
        assert plastic is not None
        return SimulatedCard(self.shelf, plastic)

    def pending(self, serial: str) -> object:
        return read_file(self.card(serial), PENDING)

    def holder(self, serial: str) -> object:
        assert self.pending(serial) is None
        return read_file(self.card(serial), HOLDER)

    def where(self) -> tuple[list[Volume], list[Volume]]:
        """What is in the golden-tax card and what on the IC card, for whoever puts both in next."""
        with ExitStack() as stack:
            copied = self.folder / "copied"
            shutil.copytree(self.shelf.folder, copied)
            stack.callback(shutil.rmtree, copied)
            shelf = FolderShelf(copied)
            tax, ic = (in_reader(shelf, plastic) for plastic in map(shelf.take, (TAX, IC)) if plastic is not None)
            assert isinstance(tax, SimulatedTaxCard)
            for card in (tax, ic):
                card.verify(PIN)
            volumes.settle(tax, ic)
            return sorted(tax.stock()), sorted(volumes.on_card(ic))


@pytest.fixture(scope="module")
def house(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for all stations here."""
    file = tmp_path_factory.mktemp("house") / "office.db"
    shutil.copy(furnished, file)
    database = Database(f"sqlite:///{file}")
    office = open_office(database, ManualClock(OPENED))
    deploy(office)
    office.engine.deploy(ProcedureFiles("volumes", {"volumes.bpmn": THERE_AND_BACK.decode(), "procedure.yaml": "name: 发票\nrecords: []\n", "forms/applied.form": APPLIED_FORM.decode()}), SYSTEM)
    yield office
    database.dispose()


@pytest.fixture
def site(house: Office, tmp_path: Path) -> Iterator[Site]:
    station_id, token = made(house, tmp_path.name, is_simulated=True)
    found = Site(house, tmp_path, token, station_id)
    yield found
    for one in found.started:
        one.close()
    found.close()


# Two cards are laid out, then each is changed five times: the order, the holder, its sales or invoices, the jobs done, the order taken away.
@pytest.mark.parametrize("place", ["fetched", "card 3", "card 6", "answer", "said"])
def test_a_station_that_is_killed_writes_a_card_once_and_answers_in_the_end(site: Site, place: str) -> None:
    site.open()
    case = begin(site.office)
    site.dies(place)

    site.works(case)

    assert site.holder(TAX) == site.holder(IC)
    assert site.done(case) == ["issue"]


@pytest.mark.parametrize("place", ["prepared", "recorded", "moved", "answered"])
def test_a_station_that_is_killed_between_two_cards_leaves_every_volume_in_one_place(site: Site, place: str) -> None:
    site.open()
    case = begin(site.office, process_id="volumes", volumes=ROWS)
    for topic in ("give_back", "read_in"):
        site.dies(f"{topic} {place}")
        in_the_card, on_the_ic_card = site.where()
        assert sorted(in_the_card + on_the_ic_card) == STOCK

    site.works(case)

    assert site.where() == (STOCK, [])
    assert site.done(case) == ["give_back", "read_in"]


def test_a_network_that_is_cut_while_a_station_works_costs_nothing_but_time(site: Site) -> None:
    site.open()
    network = Proxy(f"http://127.0.0.1:{site.port}")
    site.house.callback(network.close)
    site.door = network.port
    case = begin(site.office)
    station = site.start("hold 5")
    wait_until(site.held.exists, 0.02)

    network.go_down()
    site.held.unlink()
    wait_until(lambda: site.pending(TAX) is site.pending(IC) is None, 0.02)
    before = site.standing(case)
    network.come_back()
    site.is_checked(case)
    station.stop()

    assert before == []
    assert site.holder(TAX) == site.holder(IC)
    assert site.done(case) == ["issue"]


def test_a_house_that_is_started_anew_while_a_station_waits_and_while_it_works_is_answered(site: Site) -> None:
    node = site.open()
    station = site.start("hold 5")
    wait_until(lambda: node.streams.parking.count == 1, 0.02)
    site.close()
    site.open()
    case = begin(site.office)
    wait_until(site.held.exists, 0.02)
    site.close()
    site.held.unlink()
    site.open()
    site.is_checked(case)
    station.stop()

    assert site.holder(TAX) == site.holder(IC)
    assert site.done(case) == ["issue"]


def test_a_station_waits_for_the_house_works_tells_and_stops_when_it_is_told(site: Site) -> None:
    site.open()
    site.close()
    case = begin(site.office)
    station = site.start(program=True)
    wait_until(lambda: "连不上系统" in station.said)
    site.open()
    site.is_checked(case)
    wait_until(lambda: "已重新连上系统" in station.said, 0.02)

    said = station.stop()

    assert "工作站已启动" in said
    assert "秦岭机械发卡：初始发行金税卡和税控IC卡" in said
    assert "the station has stopped" in said
    assert station_row(site.office, site.station_id).seen_at is not None


def test_a_station_that_the_house_does_not_know_says_so_and_ends(site: Site) -> None:
    site.open()
    (site.folder / "station.key").write_text("wrong", "utf-8")
    station = site.start()

    assert station.ended() == 1
    assert "系统不接受这台工作站：工作站凭据无效" in station.said


@pytest.mark.parametrize(("content", "sentence"), [(b"", "是空的"), (b" \n", "是空的"), ("凭据".encode("gbk"), "不是凭据文件"), (None, "读不到凭据文件")])
def test_a_file_that_holds_no_credential_is_told_as_such(content: bytes | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if content is not None:
        (tmp_path / "station.key").write_bytes(content)
    options = ["station", "--server", "http://127.0.0.1:1", "--credential", str(tmp_path / "station.key"), "--simulator", str(tmp_path / "cards")]

    assert main(options) == 1
    said = capsys.readouterr().out
    assert "✗ --credential: " in said
    assert sentence in said


def test_a_house_with_real_data_turns_simulated_cards_away_and_has_its_job_done_with_real_ones(site: Site) -> None:
    site.open()
    real_id, token = made(site.office, "窗口 2 号")
    (site.folder / "station.key").write_text(token, "utf-8")
    case = begin(site.office)
    station = site.start()

    assert station.ended() == 1
    assert "这里不是演示数据，模拟卡不能办理" in station.said
    assert site.standing(case) == []
    real = Program(site.office, token)
    (job,) = real.fetch(driver="pcsc")
    assert real.call(f"{job['id']}/error", key="0" * 32, code="CARD_WRONG").status_code == 200
    assert site.standing(case) == ["lay_out"]
    with site.office.database.write() as session:  # where real devices stand the simulated ones of the other walks would do no work
        stations.revoke(session, Who("", "高博", site.office.clock.now()), real_id)
