"""The soak runs in a size for every day (`make soak` runs them whole): killed nodes and databases, a storm of claims, random walks, edits of evidence."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.cluster import Cluster, NoPostgres, running
from bench.soak import edits, kills, pictures, storm, walks, workers
from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from engine.tokens import Machine
from engine.tokens.hooks import Hooks
from tests.conftest import missing
from tests.factories.kit import Kit, person

SEED = 20_261_125
FIRST = 8  # of the walks that together hold every kind of block
LISTENING = 3  # a walk whose procedure has an event sub-process at its side


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server that may be killed."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except NoPostgres as reason:
            missing("PostgreSQL", str(reason))
        yield server


def test_timers_outlive_their_nodes_and_their_database(cluster: Cluster) -> None:
    cluster.create("kills")

    found = kills.run(cluster, cluster.sqlalchemy_url("kills"), kills.QUICK, SEED)

    assert found.faults == 0, found
    assert found.late_max <= 30, found


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_real_workers_lose_nothing_and_repeat_an_effect_with_its_own_key_only(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("workers")

    found = workers.run(cluster, cluster.sqlalchemy_url("workers"), tmp_path, workers.QUICK, SEED)

    assert found.worker_kills > 0 and found.database_kills > 0, found
    assert (found.lost, found.doubled, found.unfinished, found.incidents) == (0, 0, 0, 0), found
    assert (found.effects_lost, found.effects_with_other_key) == (0, 0), found


def test_a_storm_of_claims_gives_no_task_to_two(cluster: Cluster) -> None:
    cluster.create("storm")

    found = storm.run(cluster.sqlalchemy_url("storm"), storm.QUICK, SEED)

    assert found.faults == 0, found
    assert found.won > storm.QUICK.tasks / 2, "most tasks must have been won by somebody"
    assert found.refused > 0, "the clients must have met each other"
    assert found.won + found.refused + found.own == found.attempts == storm.QUICK.attempts


@pytest.mark.timeout(400)
def test_random_walks_come_out_alike_however_the_engine_is_stopped(cluster: Cluster, tmp_path: Path) -> None:
    with walks.databases(cluster, tmp_path) as kits:
        found = walks.run(kits, walks.QUICK, FIRST)

    assert found.different == []
    assert len(found.ways) == 6
    assert found.steps_per_walk >= 15


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_edit_of_evidence_is_found_and_honest_work_raises_no_alarm(cluster: Cluster, tmp_path: Path) -> None:
    found = edits.run(cluster, tmp_path, edits.QUICK, SEED)

    assert (found.missed, found.false_alarms) == ([], [])
    assert (found.edits, found.ways, found.deaths) == (2 * len(edits.WAYS), len(edits.WAYS), 2 * edits.QUICK.deaths)
    assert found.honest_rows > 100


def test_the_walks_see_a_listener_that_is_lost_when_a_case_is_read(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Machine.load.__func__  # type: ignore[attr-defined]

    def deaf(cls: type[Machine], data: dict[str, Any], hooks: Hooks) -> Machine:
        return load(cls, {**data, "t": [row for row in data["t"] if row[5] != "start"]}, hooks)  # type: ignore[no-any-return]

    monkeypatch.setattr(Machine, "load", classmethod(deaf))
    with walks.read_here():
        database = Database(f"sqlite:///{tmp_path}/walks.db")
        found = walks.compare({"sqlite": walks.kit_on(database)}, LISTENING, nth=False)
        database.dispose()

    assert {row["way"] for row in found.different} == {"sqlite, restarted"}


def test_the_pictures_of_some_walks_hold_every_kind_of_block() -> None:
    drawn = set[str]()
    for seed in range(FIRST, FIRST + walks.QUICK.walks):
        picture = pictures.Picture(random.Random(seed), pictures.KINDS, seed=seed)
        picture.whole("walk", picture.first_sheet)
        drawn |= picture.drawn

    assert drawn == set(pictures.KINDS)


def test_the_judge_of_the_storm_sees_a_task_with_two_holders(database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)
    kit.deploy(one_bpmn=storm.ONE_TASK)
    task = kit.open(kit.start("one"))["a"]
    who, other = person("who", "clerk:nb"), person("other", "clerk:nb")
    kit.engine.claim(task, who, "1")
    with database.write() as session:
        Link(session).put("UPDATE task SET assignee_id = NULL WHERE id = ?", task)
    kit.engine.claim(task, other, "2")

    with database.read() as session:
        double, untold = storm.judge(Link(session), [(task, "who", "claimed"), (task, "other", "claimed"), (task, "who", "released")])

    assert (double, untold) == (1, 1)
