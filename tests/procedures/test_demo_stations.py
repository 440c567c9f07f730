"""Simulated stations work in a demonstration, and in no data that are not one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from app import Application
from commands import demo_office, run
from commands.demo_office import stations
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Start
from commands.scenarios.over_http import served
from commands.scenarios.stage import furnish
from db.clock import ManualClock
from db.installation import Agreement, is_demonstration
from records.audit import Who
from records.offices import stations as offices
from records.offices.model import Station
from records.offices.organisation import load_organisation
from tests.factories.counter import NUMBER, counter_folder
from tests.factories.processes import PATIENCE_S, ROOT, wait_until
from tests.procedures.conftest import composed

BEGIN = Start("", "toy", "song.jia", "yt", {"taxpayer_number": NUMBER, "enterprise_name": "秦岭", "tax_card": "661200001", "ic_card": "500100001"})


@pytest.fixture
def demonstration(tmp_path: Path, clock: ManualClock) -> Iterator[Application]:
    folder = counter_folder(tmp_path / "workflows")
    application = composed(tmp_path / "data", clock, workflows=folder.parent)
    furnish(application)
    yield application
    application.database.dispose()


def rows(application: Application) -> list[Station]:
    with application.database.read() as session:
        return list(session.query(Station))


def open_tasks(application: Application) -> list[str]:
    with application.database.read() as session:
        from engine.link import Link

        return [row[0] for row in Link(session).all("SELECT element FROM task WHERE state = 'open'")]


def test_a_demonstration_has_a_station_for_the_posts_of_its_procedures_and_keeps_it(demonstration: Application) -> None:
    (first,) = demo_office.prepared(demonstration)
    (second,) = demo_office.prepared(demonstration)

    (row,) = rows(demonstration)
    assert (row.posts, row.is_simulated) == (["card_issuance@lh", "card_issuance@yt"], True)
    assert first == second
    assert first.credential.stat().st_mode & 0o077 == 0


def test_a_credential_that_was_lost_is_made_anew_for_the_same_station(demonstration: Application) -> None:
    (before,) = demo_office.prepared(demonstration)
    was = before.credential.read_text("utf-8")
    before.credential.unlink()

    (after,) = demo_office.prepared(demonstration)

    assert after.credential.read_text("utf-8") != was
    assert len(rows(demonstration)) == 1


def test_a_station_that_was_revoked_does_not_come_back_with_the_next_start(demonstration: Application) -> None:
    demo_office.prepared(demonstration)
    with demonstration.database.write() as session:
        offices.revoke(session, Who("", "甲", demonstration.clock.now()), rows(demonstration)[0].id)

    assert demo_office.prepared(demonstration) == []
    assert len(rows(demonstration)) == 1


def test_an_office_with_data_of_its_own_has_no_simulated_station(tmp_path: Path, clock: ManualClock, demonstration: Application) -> None:
    """The same people and procedures, brought in by the office itself."""
    with demonstration.database.write() as session:
        session.execute(delete(Agreement).where(Agreement.name == "demonstration"))

    assert demo_office.prepared(demonstration) == []
    assert demo_office.load(demonstration)  # the accounts are listed, nothing is loaded over what is there
    with demonstration.database.read() as session:
        assert not is_demonstration(session)
    assert demo_office.prepared(demonstration) == []
    assert rows(demonstration) == []
    assert not (demonstration.config.data / stations.FOLDER).exists()


def test_people_who_were_there_before_make_it_no_demonstration(tmp_path: Path, clock: ManualClock) -> None:
    folder = counter_folder(tmp_path / "workflows")
    application = composed(tmp_path / "data", clock, workflows=folder.parent)
    from commands.serving.start import prepare

    prepare(application)
    with application.database.write() as session:
        load_organisation(session, {"offices": [{"code": "real", "name": "真实的局", "level": "city"}], "people": [{"login": "wang", "name": "王", "password": "x" * 12, "posts": [{"role": "clerk", "office": "real"}]}]})
    demo_office.load(application)

    assert demo_office.prepared(application) == []
    application.database.dispose()


@pytest.mark.slow
def test_the_simulated_station_is_a_process_that_works_through_the_door(demonstration: Application) -> None:
    (simulated,) = demo_office.prepared(demonstration)
    InProcess(demonstration).start(BEGIN, "")
    assert open_tasks(demonstration) == []
    with served(demonstration) as base:
        station = subprocess.Popen([sys.executable, "app.py", *simulated.arguments(base)], cwd=ROOT, stdin=subprocess.PIPE)
        try:
            wait_until(lambda: open_tasks(demonstration) == ["check"])
            assert station.stdin is not None
            station.stdin.close()  # as when the server ends
            assert station.wait(PATIENCE_S) == 0
        finally:
            station.kill()
            station.wait()
    assert (simulated.cards / "661200001.json").exists()


def test_cases_of_the_demonstration_are_played_past_their_station(demonstration: Application) -> None:
    InProcess(demonstration).start(BEGIN, "")

    stations.work_off(demonstration, {"card_issuance@yt"})

    assert open_tasks(demonstration) == ["check"]


def test_run_starts_the_stations_beside_the_server_and_ends_them_with_it(demonstration: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    started, ended = list[list[str]](), list[int]()

    class Served:
        def __init__(self, *_: object, **__: object) -> None: ...
        def run(self) -> None:
            assert started

    class Scheduler:
        def shutdown(self, *, wait: bool) -> None: ...

    monkeypatch.setattr(run, "Server", Served)
    monkeypatch.setattr(run, "Streams", lambda *_given: None)
    monkeypatch.setattr(run, "start_pump", lambda _application: Scheduler())
    monkeypatch.setattr(run.Child, "start", lambda child, _environment: started.append(list(child.arguments)))
    monkeypatch.setattr(run.Supervisor, "end", lambda _supervisor: ended.append(1))
    (simulated,) = demo_office.prepared(demonstration)

    run.serve_alone(demonstration, None, stations=[run.Child("station xa", simulated.arguments("http://127.0.0.1:1"))])  # type: ignore[arg-type]

    assert [arguments[:3] for arguments in started] == [["station", "--server", "http://127.0.0.1:1"]]
    assert ended == [1]
