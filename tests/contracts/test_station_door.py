"""The door for stations under the role that `app.py harden` makes: a station has no sight of its own, and finds and answers the jobs of its posts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from db.clock import ManualClock
from db.installation import mark_demonstration
from db.session import Database
from tests.factories.hardened import hardened
from tests.web.counters import Program, begin, deploy, made
from tests.web.office import Office, furnish, open_office

KEY, WAIT_S = "a" * 32, 8
RESULTS = {"card_written_at": {"$type": "date and time", "value": "2026-03-02T02:00:00+00:00"}, "card_check": "00AA11BB"}


@pytest.fixture
def house(postgres: Database, clock: ManualClock) -> Iterator[Office]:
    """An office whose pages come in with the hardened role."""
    furnish(postgres)
    deploy(open_office(postgres, clock))
    with hardened(postgres) as address:
        database = Database(address)
        yield open_office(database, clock)
        database.dispose()


def test_a_job_that_lies_there_is_handed_out_at_once(house: Office) -> None:
    begin(house)
    program = Program(house, made(house)[1])
    before = time.monotonic()

    assert len(program.fetch(wait=WAIT_S)) == 1
    assert time.monotonic() - before < WAIT_S / 2


def test_what_the_topic_does_not_have_is_refused_and_what_it_has_is_taken_once(house: Office) -> None:
    case, program = begin(house), Program(house, made(house)[1])
    (job,) = program.fetch()

    refused = [
        program.call(f"{job['id']}/complete", key="b" * 32, results={**RESULTS, "decision": "agree"}),
        program.call(f"{job['id']}/error", key="c" * 32, code="AGREED"),
    ]
    taken = [program.call(f"{job['id']}/complete", key=KEY, results=RESULTS).status_code for _ in range(2)]

    assert [(one.status_code, one.get_json()["error"]) for one in refused] == [(422, "bad-content")] * 2
    assert taken == [200, 200]
    variables = house.engine.case(case, house.person("li.na")).variables
    assert variables["card_check"] == "00AA11BB"
    assert "decision" not in variables


def test_simulated_cards_work_for_made_up_data_or_a_station_that_was_made_for_them(house: Office) -> None:
    real, trial = Program(house, made(house)[1]), Program(house, made(house, "试验窗口", is_simulated=True)[1])

    refused, allowed = (one.call("fetch", driver="simulator") for one in (real, trial))
    with house.database.write() as session:
        mark_demonstration(session)

    assert (refused.status_code, refused.get_json()["error"], allowed.status_code) == (403, "simulated-cards", 200)
    assert real.call("fetch", driver="simulator").status_code == 200
