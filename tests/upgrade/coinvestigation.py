"""A recorded co-investigation: invoices from a list, a delegation and its reply half way, terms that run, papers that were issued.

`python -m tests.upgrade.coinvestigation` records it at the revision that this code has: the product's own scenario up to the step at which
the inspector is to investigate. What is left of the scenario is kept beside the rows, since the case goes on by the diagrams of then.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from app import WORKFLOWS, Application, Config, apart, compose
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Do, Scenario
from commands.scenarios.play import Played, play
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, clock_of, unrendered
from commands.serving.start import prepare
from db import migrate
from db.clock import ManualClock
from db.session import Database
from tests.upgrade.recording import FOLDER, fill, rows_of

SCENARIO = WORKFLOWS / "coinvestigation" / "scenarios" / "certification_list.yaml"
LIST = "lists/certification.csv"
UNTIL = "investigate"
HERE = FOLDER / "coinvestigation"


def recorded() -> list[str]:
    """The revisions of which there is one."""
    return sorted(file.name.split(".")[0] for file in HERE.glob("*.json.gz"))


def split(scenario: Scenario, until: str) -> tuple[Scenario, Scenario]:
    """What comes before the task, and the rest."""
    at = next(number for number, step in enumerate(scenario.steps) if isinstance(step, Do) and step.task == until)
    return replace(scenario, steps=scenario.steps[:at]), replace(scenario, steps=scenario.steps[at:])


def record(folder: Path) -> dict[str, Any]:
    """Plays the first part and keeps everything."""
    stage = Stage(lambda clock=None, data=None, **how: compose(apart(Path(data)), clock, **how), folder, {"render": unrendered})
    first, _rest = split(read_scenario(SCENARIO), UNTIL)
    clock = clock_of(first)
    application = stage.opener(first, clock)()
    played = play(first, InProcess(application), clock)
    assert played.steps_done == len(first.steps), played.faults
    kept = {
        "rows": rows_of(application.database), "at": clock.now().isoformat(), "secret": application.config.secret().hex(),
        "scenario": SCENARIO.read_text("utf-8"), "list": (SCENARIO.parent / LIST).read_text("utf-8"), "until": UNTIL,
    }  # fmt: skip
    application.database.dispose()
    return kept


def restored(database: Database, revision: str, folder: Path) -> tuple[Application, Scenario, ManualClock]:
    """(the product of today on what was recorded, what is left of the scenario, the clock as it stood)."""
    kept = orjson.loads(gzip.decompress((HERE / f"{revision}.json.gz").read_bytes()))
    fill(database, revision, kept["rows"])
    file = folder / "coinvestigation" / "scenarios" / SCENARIO.name
    (file.parent / LIST).parent.mkdir(parents=True)
    file.write_text(kept["scenario"], "utf-8")
    (file.parent / LIST).write_text(kept["list"], "utf-8")
    (folder / "secret").write_text(kept["secret"])
    clock = ManualClock(datetime.fromisoformat(kept["at"]))
    application = compose(Config(folder, database.url.render_as_string(hide_password=False)), clock, render=unrendered)
    return application, split(read_scenario(file), kept["until"])[1], clock


def finish(application: Application, rest: Scenario, clock: ManualClock) -> Played:
    """Starts as `run` does, and plays the rest."""
    prepare(application)
    return play(rest, InProcess(application), clock)


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        HERE.mkdir(exist_ok=True)
        (HERE / f"{migrate.newest()}.json.gz").write_bytes(gzip.compress(orjson.dumps(record(Path(place))), mtime=0))
