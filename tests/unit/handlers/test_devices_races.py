"""Of two that begin for one enterprise at the same moment the second sees the first: on PostgreSQL, where nobody waits by himself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest

from db.clock import ManualClock
from db.session import Database
from engine import outside
from engine.people import SYSTEM
from engine.registry import Declined, StepContext
from handlers import devices_tools as tools
from handlers.devices_beside import running_beside
from records.registration import renumbering
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.factories.kit import Kit
from tests.unit.handlers.test_devices_tools import NEW, step
from tests.unit.records.xian import HAN, NOW, QINLING, TODAY, begun

OF_ENTERPRISE = properties(parties='"enterprise:" + taxpayer_number')


@pytest.mark.parametrize(("first", "second"), [("device_change", "device_change"), ("deregistration", "deregistration"), ("device_change", "deregistration")])
def test_of_two_cases_that_begin_at_once_the_second_is_told_of_the_first(postgres: Database, first: str, second: str) -> None:
    """The first is held between its question and its end; the second has asked and must not be answered before."""
    begun(postgres)
    kit, asked, go_on = Kit(postgres, ManualClock(NOW)), Event(), Event()

    @kit.registry.operation("toys.begin")
    def begin(ctx: StepContext) -> None:
        """Asks as the registration of a change and of a deregistration does."""
        if beside := running_beside(ctx):
            raise Declined(f"“{beside[0][0].process_id}”在办", "another case runs")
        asked.set()
        assert go_on.wait(10)

    for name in {first, second}:
        kit.deploy(name, **{f"{name}_bpmn": process(OF_ENTERPRISE, start(), service("begin", "toys.begin"), user("a"), end(), chain("begun", "begin", "a", "done"), id_=name)})

    def begin_one(name: str, key: str) -> str:
        return kit.engine.start(name, office_id="nb", actor=SYSTEM, key=key, title=name, variables={"taxpayer_number": QINLING}).instance_id

    with ThreadPoolExecutor(2) as pool:
        early = pool.submit(begin_one, first, "one")
        assert asked.wait(10)
        late = pool.submit(begin_one, second, "two")
        wait([late], 0.3)
        assert not late.done()
        go_on.set()
        assert early.result(10)
        with pytest.raises(Declined, match=f"“{first}”在办"):
            late.result(10)


def test_a_case_that_begins_while_the_number_changes_waits_and_is_told_the_new_one(postgres: Database) -> None:
    """It would be a case of a number that nobody bears any more, which its enterprise never sees."""
    xian = begun(postgres)

    def late() -> None:
        with postgres.write() as session:
            tools.heads(step(session, xian, taxpayer_number=QINLING))

    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            renumbering.renumber(session, HAN, QINLING, NEW, TODAY)
            outside.renamed(session, f"enterprise:{QINLING}", f"enterprise:{NEW}")
            second = pool.submit(late)
            wait([second], 0.3)
            assert not second.done()
        with pytest.raises(Declined, match=f"税号刚刚变更为 {NEW}"):
            second.result(10)
