"""What all parts of a damage case ask of the books, where a case would take too long to show it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from db.session import Database
from handlers.damage_tools import reported_device
from records.devices import store
from tests.unit.records.xian import HAN, TODAY, begun, in_use


def reporting(session: Session) -> Any:
    """A step that reports the card."""
    return SimpleNamespace(session=session, variables={"device_kind": "tax_card", "device_serial": "J0001"})


def _second(database: Database) -> str:
    with database.write() as session:
        return reported_device(reporting(session)).state


def test_of_two_reports_of_one_device_at_once_the_second_waits_and_sees_the_first(postgres: Database) -> None:
    xian = begun(postgres)
    with postgres.write() as session:
        in_use(session, xian)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            first = reported_device(reporting(session))
            late = pool.submit(_second, postgres)
            wait([late], 0.3)
            assert not late.done()
            store.move(session, HAN, first, "report_damage", TODAY)

        assert late.result(10) == "damaged"
