"""The office of the day: its books, its enterprises with the cards as they are before the upgrade, its server on a port of loopback and a line to it that can be cut.

Source: Xicheng, 二, 三(一).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from bench.soak.day_hall import COUNTERS, RECEPTION, UNIT, Card, Counter
from commands.scenarios import books
from commands.serving.server import Server, listen
from commands.serving.streams import Streams
from db.clock import SystemClock
from engine.people import SYSTEM
from hardware.card.chip.direct import DirectWire
from hardware.card.chip.golden import GoldenSystem, golden
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.system import CardSystem, made
from hardware.card.golden import GoldenTaxCard
from hardware.card.iso import IsoCard
from hardware.layout import HOLDER, INVOICES, packed
from hardware.ports import IC_CARD, TAX_CARD, CardState, Volume
from hardware.simulator.supposed import supposed_month, supposed_stock
from records.audit import Who
from records.offices import stations
from records.values import TaxpayerId
from tests.factories.chips import PIN
from tests.factories.network import Proxy
from tests.factories.plain_printers import Labels
from tests.factories.printing import IppTray

if TYPE_CHECKING:
    from app import Application

MONTH = "2026-03"
ORDINARY = "1610103141"
BEFORE = CardState("V6.00", is_locked=False, outside_period=0, per_invoice=50_000, monthly_quantity=25)


@dataclass
class Enterprise:
    """One that comes to the hall: its cards, its disk, and what it has on paper."""

    n: int
    number: str
    name: str
    tax: Card
    ic: Card
    stock: list[Volume]
    disk: Path
    case: str = ""
    is_over: bool = False
    hardware_s: float = 0.0
    jobs: list[str] = field(default_factory=list)  # that were open when it was looked at last
    times: dict[str, int] = field(default_factory=dict)  # how often each task was done

    def cards(self) -> dict[str, Card]:
        """By serial."""
        return {one.serial: one for one in (self.tax, self.ic)}

    def unused(self) -> list[dict[str, str]]:
        """Its unused special invoices, as its monthly report has them."""
        return [{"code": one.code, "number_from": one.first, "number_to": f"{int(one.first) + one.count - 1:08d}"} for one in self.stock]

    def ordinary(self) -> list[dict[str, str]]:
        """Its blank ordinary invoices."""
        return [{"invoice_type": "commercial", "code": ORDINARY, "number_from": f"{self.n * 100 + 1:08d}", "number_to": f"{self.n * 100 + 25:08d}"}]


def enterprise(n: int, folder: Path) -> Enterprise:
    """The `n`-th, with both cards issued to it and used for a while."""
    plain = f"6101137{n:07d}"
    number = next(f"{plain}{check}" for check in "0123456789X" if TaxpayerId(f"{plain}{check}").check_fits)
    found = Enterprise(
        n, number, f"西安升级第{n}户有限公司", Card(TAX_CARD, f"JSK-61{n:04d}", folder), Card(IC_CARD, f"ICK-61{n:04d}", folder), supposed_stock(f"{n:04d}"), folder / f"disk{n}.img",
    )  # fmt: skip
    holder = packed({"taxpayer_number": number, "enterprise_name": found.name, "machine_no": 0})
    values = golden(made(TAX_CARD, found.tax.serial, PIN, ISSUER_KEY_OF_TESTS), stock=tuple(found.stock), state=BEFORE)
    tax = GoldenTaxCard(DirectWire(GoldenSystem(folder / f"{found.tax.serial}.chip", values)))
    ic = IsoCard(DirectWire(CardSystem(folder / f"{found.ic.serial}.chip", made(IC_CARD, found.ic.serial, PIN, ISSUER_KEY_OF_TESTS))))
    for card in (tax, ic):
        card.verify(PIN)
        card.write(HOLDER, holder)
    tax.write(INVOICES, packed(supposed_month(f"{n:04d}", MONTH)))
    return found


def enter(application: Application, enterprises: list[Enterprise]) -> dict[str, str]:
    """The books know them and their cards; the credential of each counter's station, by its post."""
    rows = [{"number": one.number, "name": one.name, "office": "yt1", "tax_card": [one.tax.serial], "ic_card": [one.ic.serial], "reader": [f"DKQ-61{one.n:04d}"]} for one in enterprises]
    books.enter(application, {"enterprises": rows})
    found = {}
    with application.database.write() as session:
        for post in COUNTERS:
            office = stations.office_of_post(session, post)
            assert office is not None, post
            found[post] = stations.make(session, Who(SYSTEM.person_id, SYSTEM.name, application.clock.now()), COUNTERS[post], office, [post])[1]
    return found


class House:
    """The pages on a port that stays the same; what `opens` composes is another application on the same data each time it begins."""

    def __init__(self, opens: Callable[[], Application]) -> None:
        self._opens, self.port = opens, 0
        self.start()
        self.line = Proxy(f"http://127.0.0.1:{self.port}")

    @property
    def server(self) -> str:
        """The address by which the counters know it."""
        return f"http://127.0.0.1:{self.line.port}"

    def start(self) -> None:
        """It answers when this returns."""
        self._application, listening = self._opens(), listen("127.0.0.1", self.port)
        assert listening is not None
        self.port, self._listening = listening.getsockname()[1], listening
        self._server = Server(self._application.web(), listening, threads=6, streams=Streams(self._application.database, self._application.clock, look_s=60))
        self._thread = Thread(target=self._server.serve)
        self._thread.start()

    def stop(self) -> None:
        """It takes nothing more, and is gone."""
        self._server.stop()
        self._thread.join()
        self._listening.close()
        self._application.database.dispose()

    def close(self) -> None:
        """House and line are gone."""
        self.line.close()
        self.stop()


@dataclass
class Hall:
    """Everything that the day is played with. `said`: what the counters' own screens said; `ends`: what is undone at its end."""

    application: Application
    clock: SystemClock
    house: House
    counters: dict[str, Counter]
    tray: IppTray
    labels: Labels
    folder: Path
    said: list[str]
    ends: ExitStack

    @property
    def reception(self) -> Counter:
        return self.counters[RECEPTION]

    @property
    def unit(self) -> Counter:
        return self.counters[UNIT]
