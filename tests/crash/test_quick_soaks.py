"""The soak runs in a size for every day (`make soak` runs them whole): killed nodes and databases, a storm of claims, random walks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.cluster import Cluster, NoPostgres, running
from bench.soak import kills, storm, walks
from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from tests.conftest import missing
from tests.factories.kit import Kit, person

SEED = 20_261_125


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


def test_a_storm_of_claims_gives_no_task_to_two(cluster: Cluster) -> None:
    cluster.create("storm")

    found = storm.run(cluster.sqlalchemy_url("storm"), storm.QUICK, SEED)

    assert found.faults == 0, found
    assert found.won > storm.QUICK.tasks / 2, "most tasks must have been won by somebody"
    assert found.refused > 0, "the clients must have met each other"


def test_random_walks_come_out_alike_however_the_engine_is_stopped(cluster: Cluster, tmp_path: Path) -> None:
    cluster.create("walks")
    databases = {"sqlite": Database(f"sqlite:///{tmp_path}/walks.db"), "postgres": Database(cluster.sqlalchemy_url("walks"))}

    found = walks.run({name: walks.kit_on(database) for name, database in databases.items()}, walks.QUICK, 0)

    for database in databases.values():
        database.dispose()
    assert found.different == []
    assert found.steps > 2 * found.walks


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
