"""An enterprise signs in while the station at reception waits: the label is made by the real renderer and printed within seconds, at the first attempt."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import text

from app import Application
from commands.scenarios.model import Work
from commands.scenarios.over_http import served
from commands.scenarios.stage import Stage
from commands.scenarios.stations import credential_for
from commands.serving.pump import TICK_SECONDS
from db.clock import ManualClock
from hardware.door import Job
from hardware.http_door import HttpDoor
from hardware.jobs import DEVICES
from hardware.simulator import SIMULATOR, Counter, MemoryShelf
from hardware.station import RETRY_S, Station
from hardware.work import PaperNotMade
from records.audit import Who
from records.taxpayers.store import taxpayer
from records.upgrade import store
from tests.procedures.conftest import composed
from tests.procedures.walking import Walk

QUJIANG = "610113220000053"
PREPARED = {"service_unit": "XAHX", "service_unit_name": "西安航天信息", "tax_card": "JSK-200311", "ic_card": "ICK-200311"}
SOON_S = 30.0  # on a machine that has much to do; alone it is three


class Asking(HttpDoor):
    """Counts how often the paper was not made yet."""

    too_early = 0

    def paper(self, job: Job) -> bytes:
        try:
            return super().paper(job)
        except PaperNotMade:
            self.too_early += 1
            raise


@contextmanager
def ticking(application: Application) -> Iterator[None]:
    """What is due is worked off once a second, papers too, as in an office."""
    over = Event()

    def tick() -> None:
        while not over.wait(TICK_SECONDS):
            application.engine.tick()

    thread = Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_the_label_of_whoever_signs_in_comes_within_seconds_and_at_the_first_attempt(tmp_path: Path, stage: Stage, clock: ManualClock) -> None:
    shutil.copytree(stage.furnished(), tmp_path / "data")
    application, shelf = composed(tmp_path / "data", clock), MemoryShelf()
    application.engine.kernel.definitions = stage.definitions
    walk, desk = Walk(application, restored=False), Counter(shelf, clock.today).desk()
    with application.database.write() as session:
        store.make_ready(session, Who("tester", "测试", clock.now()), taxpayer(session, QUJIANG), "yt1", PREPARED, clock.today())
    credential = credential_for(application, Work("", "reception@yt"))

    with served(application) as base, ticking(application), ThreadPoolExecutor(1) as pool:
        door = Asking(base, credential, driver=SIMULATOR, devices=DEVICES)
        worked = pool.submit(Station(door, desk, clock.now).work_off, SOON_S)
        began = time.monotonic()
        application.engine.start("upgrade_handover", office_id=walk.office("yt"), actor=walk.actor("he.xi"), key=walk.key(), form={"taxpayer_number": QUJIANG, "person_name": "曲江"})
        count = worked.result()
        took = time.monotonic() - began

    with application.database.read() as session:
        jobs = session.execute(text("SELECT topic, attempts, state FROM outbox WHERE external = 1 ORDER BY id")).all()
    application.database.dispose()
    assert count == 3
    assert [tuple(row) for row in jobs] == [("station.print_label", 1, "done"), *[("station.print_paper", 1, "done")] * 2]
    assert door.too_early > 0  # the job was there before its paper
    assert took < SOON_S < RETRY_S
    assert [len(list((shelf.room / folder).glob("*.pdf"))) for folder in ("labels", "printed")] == [1, 2]
