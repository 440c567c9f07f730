"""A backup is one whole state, made while others write; a restored system sends no effect twice. Both databases."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import Application, Config, compose, own_file
from commands import backup, restore, run
from commands.tables import load_tables
from db import migrate
from db.clock import ManualClock
from db.copies import Manifest, Refused, embedded, server
from db.session import Database
from db.timeouts import Patience, Timeouts
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext
from engine.troubles import HELD, Query
from records.offices.organisation import load_organisation
from tests.conftest import POSTGRES_URL, missing
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.rooms import drop_all
from web.sessions import store

MAILING = process(start(), user("fill", "clerk@own"), service("mail", "toys.mail"), user("read", "clerk@own"), end(), chain("begun", "fill", "mail", "read", "done"))
OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))


class Town:
    """An application on a database with a toy procedure; letters that were sent are lines of a list that no restore takes back."""

    def __init__(self, folder: Path, url: str, clock: ManualClock) -> None:
        self.folder, self.url, self.clock, self.sent = folder, url, clock, list[str]()
        self.open()

    def open(self) -> Application:
        """As if every process had been started anew."""
        self.application = compose(Config(self.folder, self.url or own_file(self.folder)), self.clock)
        registry = self.application.engine.kernel.registry
        registry.effect("toys.mail")(self._mail)
        registry.effect("toys.draw", inward=True)(self._mail)
        return self.application

    def _mail(self, ctx: EffectContext) -> None:
        """Sends."""
        self.sent.append(ctx.key)

    def furnish(self) -> None:
        load_tables()
        migrate.upgrade(self.application.database)
        self.application.config.secret()
        with self.application.database.write() as session:
            people = [{"login": "li.na", "name": "李娜", "posts": [{"role": "clerk", "office": "nb"}], "password": "seal and paper"}]
            load_organisation(session, {"offices": [{"code": "nb", "name": "宁波市", "level": "city"}], "people": people})
            self.office = Link(session).all("SELECT id FROM office")[0][0]
        self.application.engine.deploy(ProcedureFiles("toys", {"toy.bpmn": MAILING.decode()}), SYSTEM)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.application.database.read() as session:
            return Link(session).all(sql)

    def mailing(self, name: str) -> str:
        """A case whose letter waits to be sent."""
        case = self.application.engine.start("toy", office_id=self.office, actor=SYSTEM, key=name, title=name).instance_id
        (task, post), *_ = self.rows(f"SELECT t.id, c.post_id FROM task t JOIN task_candidate c ON c.task_id = t.id WHERE t.instance_id = '{case}'")
        self.application.engine.complete(task, {}, Actor("li", "李娜", frozenset({post})), f"fill {name}")
        return case

    def close(self) -> None:
        self.application.database.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def town(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Town]:
    url = ""
    if request.param == "postgres":
        if not POSTGRES_URL:
            missing("PostgreSQL", "run ./test")
        url = POSTGRES_URL
        database = Database(url)
        with database.engine.begin() as connection:
            for (name,) in connection.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore%%'").fetchall():
                connection.exec_driver_sql(f'DROP SCHEMA "{name}" CASCADE')
        drop_all(database)
        database.dispose()
    town = Town(tmp_path / "data", url, clock)
    town.furnish()
    yield town
    town.close()


def test_a_restored_system_sends_nothing_twice(town: Town, tmp_path: Path) -> None:
    """Sent before the backup; sent after it, in the time that the restore forgets; not sent at all."""
    engine = town.application.engine
    before = town.mailing("before")
    engine.work_effects()
    after, never = town.mailing("after"), town.mailing("never")
    backup.back_up(town.application, tmp_path / "copy")
    engine.work_effects(1)
    assert len(town.sent) == 2

    restore.restore(town.application, tmp_path / "copy", replace=True)
    engine = town.open().engine
    town.clock.advance(timedelta(hours=1))
    engine.work_effects()
    engine.revive_effects()
    engine.work_effects()

    assert len(town.sent) == 2
    rows = town.rows("SELECT instance_id, state FROM outbox ORDER BY id")
    assert rows == [(before, "done"), (after, "held"), (never, "held")]
    assert len(engine.operations.listed(OPERATOR, Query(state=HELD))[0]) == 2
    ids = {row[0]: row[1] for row in town.rows("SELECT instance_id, id FROM outbox")}
    with town.application.database.write() as session:
        engine.operations.skip(session, "effect", ids[after], "发信记录里有", OPERATOR, "said")
        engine.operations.retry(session, "effect", ids[never], OPERATOR, "send")
    engine.work_effects()
    assert len(town.sent) == len(set(town.sent)) == 3
    for case in (before, after, never):
        assert [task.element for task in engine.case(case, SYSTEM).open_tasks] == ["read"]


def test_an_effect_made_after_a_restore_has_a_key_that_the_world_does_not_know(town: Town, tmp_path: Path) -> None:
    """The way after the backup is gone, and tokens are counted anew: another letter must not pass for the one that was sent."""
    engine = town.application.engine
    case = engine.start("toy", office_id=town.office, actor=SYSTEM, key="k", title="再来一次").instance_id
    backup.back_up(town.application, tmp_path / "copy")

    def fill() -> None:
        (task, post), *_ = town.rows(f"SELECT t.id, c.post_id FROM task t JOIN task_candidate c ON c.task_id = t.id WHERE t.instance_id = '{case}'")
        town.application.engine.complete(task, {}, Actor("li", "李娜", frozenset({post})), "fill")
        town.application.engine.work_effects()

    fill()
    restore.restore(town.application, tmp_path / "copy", replace=True)
    town.open()
    fill()

    assert len(town.sent) == 2
    assert town.sent[1] == f"e1:{town.sent[0]}"


def test_a_session_that_was_ended_after_the_backup_is_not_open_again(town: Town, tmp_path: Path) -> None:
    now, ((person,),) = town.clock.now(), town.rows("SELECT id FROM person")
    with town.application.database.write() as session:
        store.open_session(session, store.Entry(person), now, agent="", address="")
    backup.back_up(town.application, tmp_path / "copy")
    with town.application.database.write() as session:
        assert store.end_all(session, person) == 1

    restore.restore(town.application, tmp_path / "copy", replace=True)
    town.open()

    assert town.rows("SELECT count(*) FROM web_session") == [(0,)]


def test_what_touches_only_our_own_database_is_simply_done_after_a_restore(town: Town, tmp_path: Path) -> None:
    drawing = process(start(), service("draw", "toys.draw"), end(), chain("begun", "draw", "done"), id_="drawing")
    town.application.engine.deploy(ProcedureFiles("drawing", {"drawing.bpmn": drawing.decode()}), SYSTEM)
    town.application.engine.start("drawing", office_id=town.office, actor=SYSTEM, key="d")
    backup.back_up(town.application, tmp_path / "copy")

    restore.restore(town.application, tmp_path / "copy", replace=True)
    town.open().engine.work_effects()

    assert len(town.sent) == 1


def test_a_restore_refuses_a_target_with_data_unless_told_to_and_then_keeps_them(town: Town, tmp_path: Path) -> None:
    town.mailing("old")
    backup.back_up(town.application, tmp_path / "copy")
    lost = town.mailing("lost")

    with pytest.raises(Refused, match="--replace"):
        restore.restore(town.application, tmp_path / "copy")
    assert town.rows(f"SELECT count(*) FROM instance WHERE id = '{lost}'") == [(1,)]
    _found, aside = restore.restore(town.application, tmp_path / "copy", replace=True)
    town.open()

    assert town.rows(f"SELECT count(*) FROM instance WHERE id = '{lost}'") == [(0,)]
    assert town.rows("SELECT count(*) FROM instance") == [(1,)]
    if town.application.database.is_sqlite:
        assert embedded.facts(Path(aside) / "jinshui.db")[1]["instance"] == 2
    else:
        schema = aside.removeprefix("schema ").split(" ")[0]
        assert town.rows(f'SELECT count(*) FROM "{schema}".instance') == [(2,)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("with_its_clients", [False, True], ids=["alone", "with its clients"])
def test_whenever_a_restore_dies_there_is_one_whole_database_and_it_can_be_done_again(town: Town, tmp_path: Path, with_its_clients: bool) -> None:
    town.mailing("old")
    backup.back_up(town.application, tmp_path / "copy")
    k, died = 0, True
    while died:
        k += 1
        town.mailing(f"lost {k}")
        town.clock.advance(timedelta(minutes=1))
        town.close()
        died = killed_before_act(town, tmp_path / "copy", k, with_its_clients=with_its_clients)
        all_gone(town)

        titles = {title for (title,) in town.rows("SELECT title FROM instance")}
        assert titles == {"old"} or (died and titles == {"old", f"lost {k}"})
        assert len(titles) > 1 or town.rows("SELECT state FROM outbox") == [("held",)], "it came back without its fence"
        town.close()
        town.clock.advance(timedelta(minutes=1))
        restore.restore(town.open(), tmp_path / "copy", replace=True)
        assert town.open() and town.rows("SELECT title FROM instance") == [("old",)]
        assert town.rows("SELECT state FROM outbox") == [("held",)]
    assert k > 8


def all_gone(town: Town) -> None:
    """A client whose parent died has seen the end of its input, or is dead itself, before the server knows."""
    if town.application.database.is_sqlite:
        assert embedded.facts(town.folder / "jinshui.db")
        return
    end = time.monotonic() + 20
    while town.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'") != [(1,)]:
        assert time.monotonic() < end
        time.sleep(0.05)


def killed_before_act(town: Town, source: Path, k: int, *, with_its_clients: bool) -> bool:
    """Restores in a child that dies before its k-th act on a file or on the input of a client; False if it came to its end."""
    child = os.fork()
    if child == 0:
        os.setsid()
        left = k

        def dying(act: Any) -> Any:
            def run(*given: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.killpg(0, signal.SIGKILL) if with_its_clients else os._exit(-signal.SIGKILL)
                return act(*given, **named)

            return run

        try:
            os.link, shutil.copyfile = dying(os.link), dying(shutil.copyfile)  # type: ignore[assignment]
            for name in ("replace", "unlink", "touch", "write_bytes", "mkdir"):
                setattr(Path, name, dying(getattr(Path, name)))
            for name in ("program", "_sql", "_pass_on", "_psql", "_require", "_counts"):
                setattr(server, name, dying(getattr(server, name)))
            restore.restore(town.open(), source, replace=True)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    died = os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 256 - signal.SIGKILL
    assert died or os.WEXITSTATUS(status) == 0
    return died


def test_a_restore_refuses_while_the_system_runs(town: Town, tmp_path: Path) -> None:
    backup.back_up(town.application, tmp_path / "copy")
    other = Database(town.application.database.url.render_as_string(hide_password=False))
    with other.read() as session:
        Link(session).all("SELECT 1 FROM instance")
        with pytest.raises(Refused, match=r"正在使用|个连接"):
            restore.restore(town.application, tmp_path / "copy", replace=True)
    other.dispose()


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
@pytest.mark.parametrize("journal", ["wal", "persist"])
def test_a_restore_refuses_while_the_system_serves_and_rests(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: str) -> None:
    """An idle connection holds no lock in a rollback journal, and a system may have closed all of its own."""
    backup.back_up(town.application, tmp_path / "copy")
    said, idle = list[str](), sqlite3.connect(town.folder / "jinshui.db")
    idle.execute(f"PRAGMA journal_mode={journal}")

    def rest(application: Application, listening: socket.socket, _ready: object) -> None:
        listening.close()
        application.database.dispose()
        with pytest.raises(Refused) as refused:
            restore.restore(town.application, tmp_path / "copy", replace=True)
        said.append(str(refused.value))

    monkeypatch.setattr(run, "serve_alone", rest)
    monkeypatch.setattr(run.logging_options, "set_up", lambda _options: None)
    options = argparse.Namespace(nodes=0, no_demo=True, host="127.0.0.1", port=0)
    assert run.main(lambda: town.application, options) == 0

    idle.close()
    assert ["the database is in use" in text for text in said] == [True]
    with embedded.occupied(town.folder / "jinshui.db", alone=True):
        assert run.main(lambda: town.application, options) == 1
    restore.restore(town.application, tmp_path / "copy", replace=True)


def test_a_damaged_or_foreign_backup_touches_nothing(town: Town, tmp_path: Path) -> None:
    backup.back_up(town.application, tmp_path / "copy")
    name = next(name for name in Manifest.read(tmp_path / "copy").files if name != "secret")
    file = tmp_path / "copy" / name
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    with pytest.raises(Refused, match="已损坏"):
        restore.restore(town.application, tmp_path / "copy", replace=True)
    with pytest.raises(Refused, match="不是备份"):
        restore.restore(town.application, tmp_path, replace=True)

    file.write_bytes(whole)
    text = (tmp_path / "copy" / "manifest.json").read_text()
    (tmp_path / "copy" / "manifest.json").write_text(text.replace('"revision": "0', '"revision": "9'))
    with pytest.raises(Refused, match="比程序新"):
        restore.restore(town.application, tmp_path / "copy", replace=True)
    assert town.rows("SELECT count(*) FROM epoch") == [(0,)]


def test_a_restore_whose_rows_are_not_all_there_is_undone_whole(town: Town, tmp_path: Path) -> None:
    kept = town.mailing("kept")
    backup.back_up(town.application, tmp_path / "copy")
    text = (tmp_path / "copy" / "manifest.json").read_text()
    (tmp_path / "copy" / "manifest.json").write_text(text.replace('"instance": 1', '"instance": 2'))

    with pytest.raises(Refused):
        restore.restore(town.application, tmp_path / "copy", replace=True)

    town.open()
    assert town.rows("SELECT id FROM instance") == [(kept,)]
    assert town.rows("SELECT count(*) FROM epoch") == [(0,)]


def test_the_key_comes_along_for_its_owner_only_and_opens_the_cases(town: Town, tmp_path: Path) -> None:
    case = town.mailing("k")
    backup.back_up(town.application, tmp_path / "copy")
    assert (tmp_path / "copy" / "secret").stat().st_mode & 0o777 == 0o600
    (town.folder / "secret").unlink()
    if town.application.database.is_sqlite:
        town.close()
        (town.folder / "jinshui.db").unlink()

    restore.restore(town.application, tmp_path / "copy", replace=True)

    assert town.open().engine.case(case, SYSTEM).header.status == "active"
    assert (town.folder / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.timeout(240)
def test_copies_made_while_others_write_are_each_one_whole_state(town: Town, tmp_path: Path) -> None:
    copies, stop, written = (20 if town.application.database.is_sqlite else 5), threading.Event(), list[str]()

    def write(name: str) -> None:
        count = 0
        while not stop.is_set():
            written.append(town.mailing(f"{name} {count}"))
            count += 1

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    made = [(len(written), backup.back_up(town.application, tmp_path / f"copy {n}")) for n in range(copies)]
    stop.set()
    for writer in writers:
        writer.join()

    assert len(written) > copies
    for n, (before, said) in enumerate(made):
        found = Manifest.read(tmp_path / f"copy {n}")
        assert found == said
        assert found.rows["instance"] >= found.rows["outbox"] >= before
        assert found.rows["task"] == found.rows["instance"]
    if not town.application.database.is_sqlite:
        restore.restore(town.application, tmp_path / "copy 4", replace=True)
        town.open()
        assert town.rows("SELECT count(*) FROM instance") == [(made[4][1].rows["instance"],)]


def test_the_commands_say_what_they_did_or_why_not(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def composed() -> Application:
        return town.application

    target = argparse.Namespace(target=tmp_path / "copy", source=tmp_path / "copy", replace=False)
    assert backup.main(composed, target) == 0
    assert backup.main(composed, target) == 1
    assert restore.main(composed, target) == 1
    target.replace = True
    assert restore.main(composed, target) == 0

    said = capsys.readouterr().out
    assert "已经存在" in said
    assert "--replace" in said
    assert "/operations?state=held" in said


@pytest.mark.parametrize("town", ["postgres"], indirect=True)
def test_a_dump_may_take_longer_than_a_step(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The snapshot outlives the limits of a transaction, which are a fifth of a second here, until the slow program has read it."""
    (tmp_path / "pg_dump").write_text(f'#!/bin/sh\n[ "$1" = --version ] || sleep 1\nexec {shutil.which("pg_dump")} "$@"\n')
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    impatient = Database(town.url, timeouts=replace(Timeouts(), patience=Patience(statement_ms=400, lock_ms=200, idle_ms=200)))

    revision, rows = server.copy(impatient, tmp_path / "dump", lambda _text: None)

    impatient.dispose()
    assert (revision, rows["office"]) == (migrate.newest(), 1)
    assert (tmp_path / "dump").stat().st_size > 0


@pytest.mark.parametrize(("version", "wrong"), [("", "没有找到 pg_dump"), ("pg_dump (PostgreSQL) 9.6", "低于数据库的版本")])
def test_a_client_that_is_missing_or_too_old_is_named(version: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if version:
        (tmp_path / "pg_dump").write_text(f"#!/bin/sh\necho '{version}'\n")
        (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")

    with pytest.raises(Refused, match=wrong):
        server.program("pg_dump", 15)



def test_the_audit_chain_goes_on_after_a_restore_with_a_seam_and_no_alarm(town: Town, tmp_path: Path) -> None:
    town.mailing("before")
    town.application.chain.tick()
    backup.back_up(town.application, tmp_path / "copy")
    town.clock.advance(timedelta(hours=1))
    town.mailing("forgotten")
    town.application.chain.tick()

    town.clock.advance(timedelta(hours=1))
    restore.restore(town.application, tmp_path / "copy", replace=True)
    chain = town.open().chain
    assert chain.verify().findings == []
    chain.tick()
    town.clock.advance(timedelta(hours=1))
    town.mailing("after")
    chain.tick()

    result = chain.verify()
    assert result.findings == []
    assert [(seam.number, seam.reason.startswith("restore of the backup")) for seam in result.seams] == [(2, True)]
