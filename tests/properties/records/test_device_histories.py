"""Random histories of devices: each has exactly one holder and one state at every moment, and the register is the sum of its postings."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from db.session import Database
from tests.properties.records.device_history import Tally, histories, play
from tests.unit.records.xian import Xian, furnish


@pytest.fixture(scope="module")
def ground(kept_database: Database) -> tuple[Database, Xian]:
    with kept_database.write() as session:
        return kept_database, furnish(session)


@given(history=histories)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_books_say_what_a_second_reckoning_says(ground: tuple[Database, Xian], history: list[int]) -> None:
    play(*ground, history, Tally())
