"""Scenarios of the procedure folders, struck dead at every act and on PostgreSQL: some of them, together with every deed.

With all forgotten between its steps every scenario is played by the check of its folder (tests/meta/test_procedure_folders.py), straight
through the pages by `app.py demo`; `make soak` plays all on every way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from app import WORKFLOWS, Application, Config, compose
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Scenario
from commands.scenarios.play import Played, work_off
from commands.scenarios.read import files_of, read_scenario
from commands.scenarios.stage import Stage, furnish, unrendered, walk
from db.clock import ManualClock
from engine.errors import Refusal
from engine.outbox import LEASE
from engine.procedures import folders
from tests.conftest import POSTGRES_URL, missing
from tests.crash.reaper import NOTES, dies_at, note
from tests.procedures.deeds import fewest
from tests.rooms import database_from

FILES = [file for folder in folders(WORKFLOWS) for file in files_of(folder)]
SEED = 20_261_127


def named(file: Path) -> str:
    """How a scenario is called among the tests."""
    return f"{file.parents[1].name}-{file.stem}"


def went_well(played: Played) -> None:
    assert played.faults == []
    assert played.steps_done == len(played.scenario.steps)


class Struck(InProcess):
    """Hands that die at some event of every act, do it again with the same keys, and die once more while it is worked off."""

    def __init__(self, application: Application, **how: Any) -> None:
        super().__init__(application, **how)
        self.chance, self.deaths = random.Random(SEED), 0

    def perform(self, act: Callable[[], object]) -> None:
        database, clock = self.application.database, self.application.clock
        assert isinstance(clock, ManualClock)
        self.deaths += self._dies(self.chance.randrange(1, 60), act)
        clock.advance(LEASE)  # whoever died is known to be dead
        act()
        self.deaths += self._dies(self.chance.randrange(1, 120), lambda: work_off(self.application))
        clock.advance(LEASE)
        database.dispose()

    def _dies(self, k: int, act: Callable[[], object]) -> bool:
        def refused_or_done() -> None:
            with suppress(Refusal):
                act()

        return dies_at(k, self.application.database, refused_or_done)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------------


@dataclass
class ServerStage(Stage):
    """As Stage, on a database of the server that is copied from a furnished one."""

    url: str = ""

    def opener(self, _scenario: Scenario, clock: ManualClock) -> Callable[[], Application]:
        fresh = database_from(self.url, "play", f'TEMPLATE "{make_url(self.url).database}_furnished"')

        def open_() -> Application:
            application = compose(Config(self.folder, fresh), clock, render=unrendered)
            application.engine.kernel.definitions = self.definitions
            return application

        return open_


@pytest.fixture(scope="module")
def server_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if not POSTGRES_URL:
        missing("PostgreSQL", "run ./test, which installs and starts it")
    folder = tmp_path_factory.mktemp("server")
    application = compose(Config(folder, database_from(POSTGRES_URL, "furnished")))
    furnish(application)
    application.database.dispose()
    yield ServerStage(compose, folder, url=POSTGRES_URL)


@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", FILES if NOTES else FILES[::16], ids=named)
def test_a_scenario_whose_every_act_is_struck_dead_goes_as_it_says(file: Path, server_stage: Stage) -> None:
    struck: list[Struck] = []

    class Kept(Struck):
        def __init__(self, application: Application, **how: Any) -> None:
            super().__init__(application, **how)
            struck.append(self)

    went_well(walk(server_stage, read_scenario(file), by=Kept))
    assert struck[0].deaths > 0
    note(struck[0].deaths)


@pytest.mark.postgres
@pytest.mark.parametrize("file", FILES if NOTES else fewest(FILES), ids=named)
def test_a_scenario_goes_as_it_says_on_postgresql(file: Path, server_stage: Stage) -> None:
    went_well(walk(server_stage, read_scenario(file)))
