"""Where a scenario is played: the whole product on a database of its own that holds offices and people and no case.

It is furnished once and copied for each scenario, so that no scenario sees what another did.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from commands import demo_office
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Scenario
from commands.scenarios.over_http import OverHttp, served
from commands.scenarios.play import Played, play
from commands.tables import load_tables
from db import migrate
from db.clock import SHANGHAI, ManualClock
from engine.definitions import Definitions

if TYPE_CHECKING:
    from app import Application

MORNING = time(9, 0)


def unrendered(papers: Sequence[Sequence[str]]) -> list[bytes]:
    """Stands in for the making of PDFs where a walk asks which papers are issued, not how they look; the samples show that."""
    return ["\f".join(copies).encode() for copies in papers]


def clock_of(scenario: Scenario) -> ManualClock:
    """Nine in the morning of the day on which a scenario begins."""
    return ManualClock(datetime.combine(scenario.on, MORNING, SHANGHAI))


def furnish(application: Application) -> None:
    """Tables, procedures, offices and people."""
    load_tables()
    migrate.upgrade(application.database)  # as `run` does it: what is kept of a demonstration can be served
    application.engine.deploy_folders(application.workflows)
    demo_office.load(application)


@dataclass
class Stage:
    """Given how to compose the product on a folder of data, and a folder to work in; `model` is a furnished folder, made if None."""

    compose: Callable[..., Application]
    folder: Path
    how: dict[str, object] = field(default_factory=dict)
    model: Path | None = None
    definitions: Definitions = field(default_factory=Definitions)  # compiled versions never change: shared, as in one office

    def opener(self, scenario: Scenario, clock: ManualClock) -> Callable[[], Application]:
        """Opens the same data as often as it is called."""
        data = self.folder / scenario.procedure / scenario.key
        shutil.copytree(self.furnished(), data)

        def open_() -> Application:
            application = self.compose(clock=clock, data=data, **self.how)
            application.engine.kernel.definitions = self.definitions
            return application

        return open_

    def at(self, folder: Path) -> Stage:
        """The same stage, working in another folder."""
        return replace(self, folder=folder, model=self.furnished())

    def furnished(self) -> Path:
        """The folder that is copied."""
        if self.model is None:
            application = self.compose(data=self.folder / "furnished", **self.how)
            furnish(application)
            application.database.dispose()
            self.model = self.folder / "furnished"
        return self.model


def walk(stage: Stage, scenario: Scenario, *, restored: bool = False, by: type[InProcess] = InProcess) -> Played:
    """Plays a scenario through the front doors, with the hands of `by`."""
    clock = clock_of(scenario)
    opener = stage.opener(scenario, clock)
    hands = by(opener(), reopen=opener if restored else None)
    try:
        return play(scenario, hands, clock)
    finally:
        hands.application.database.dispose()


def visit(stage: Stage, scenario: Scenario) -> Played:
    """Plays a scenario through the pages."""
    clock = clock_of(scenario)
    application = stage.opener(scenario, clock)()
    try:
        with served(application) as base:
            return play(scenario, OverHttp(application, base), clock)
    finally:
        application.database.dispose()
