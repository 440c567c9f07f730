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
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from app import Application, Config, compose, own_file
from commands import backup, restore, run
from commands.harden import harden
from commands.serving import start as starting
from commands.tables import load_tables
from db import migrate
from db.clock import ManualClock
from db.copies import Manifest, Refused, embedded, places, server
from db.session import Database
from db.sight import NOTHING, seeing
from db.timeouts import Patience, Timeouts
from engine.errors import Declined
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext
from engine.troubles import HELD, Query
from records.offices.organisation import load_organisation
from tests.conftest import POSTGRES_URL, missing
from tests.crash.reaper import after, note
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.rooms import database_from, drop_all
from tests.web.office import OPENED
from web.sessions import store

MAILING = process(start(), user("fill", "clerk@own"), service("mail", "toys.mail"), user("read", "clerk@own"), end(), chain("begun", "fill", "mail", "read", "done"))
FURNISHED = "town_furnished"
OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))


class Town:
    """An application on a database with a toy procedure; letters that were sent are lines of a list that no restore takes back."""

    def __init__(self, folder: Path, url: str, clock: ManualClock) -> None:
        self.folder, self.url, self.clock, self.sent, self.is_cut_off = folder, url, clock, list[str](), False
        self.open()

    def open(self) -> Application:
        """As if every process had been started anew."""
        self.application = compose(Config(self.folder, self.url or own_file(self.folder)), self.clock)
        registry = self.application.engine.kernel.registry
        registry.effect("toys.mail")(self._mail)
        registry.effect("toys.draw", inward=True)(self._mail)
        return self.application

    def _mail(self, ctx: EffectContext) -> None:
        """Sends, unless the line is cut."""
        if self.is_cut_off:
            raise OSError("邮件服务器没有回应")
        self.sent.append(ctx.key)

    def furnish(self) -> None:
        load_tables()
        migrate.upgrade(self.application.database)
        self.application.config.secret()
        with self.application.database.write() as session:
            people = [{"login": "li.na", "name": "李娜", "posts": [{"role": "clerk", "office": "nb"}], "password": "seal and paper"}]
            load_organisation(session, {"offices": [{"code": "nb", "name": "宁波市", "level": "city"}], "people": people})
        self.application.engine.deploy(ProcedureFiles("toys", {"toy.bpmn": MAILING.decode()}), SYSTEM)

    @property
    def office(self) -> str:
        return str(self.rows("SELECT id FROM office")[0][0])

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


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a town on either kind of database, made once and copied for each test; beside it a database of the server to copy."""

    @cache
    def made(kind: str) -> Path:
        folder = tmp_path_factory.mktemp(f"town-{kind}") / "data"
        town = Town(folder, database_from(POSTGRES_URL, FURNISHED) if kind == "postgres" else "", ManualClock(OPENED))
        town.furnish()
        town.close()
        return folder

    return made


@pytest.fixture(params=["sqlite", "postgres"])
def town(request: pytest.FixtureRequest, furnished: Callable[[str], Path], tmp_path: Path, clock: ManualClock) -> Iterator[Town]:
    url, kind = "", request.param
    if kind == "postgres" and not POSTGRES_URL:
        missing("PostgreSQL", "run ./test")
    shutil.copytree(furnished(kind), tmp_path / "data")
    if kind == "postgres":
        url = database_from(POSTGRES_URL, "town", f'TEMPLATE "{make_url(POSTGRES_URL).database}_{FURNISHED}"')
    town = Town(tmp_path / "data", url, clock)
    yield town
    town.close()


def test_a_restored_system_sends_nothing_twice(town: Town, tmp_path: Path) -> None:
    """Sent before the backup; sent after it, in the time that the restore forgets; not sent at all; failed before, tried again and sent after it."""
    engine = town.application.engine
    before = town.mailing("before")
    engine.work_effects()
    failed = failing(town, "failed")
    after, never = town.mailing("after"), town.mailing("never")
    backup.back_up(town.application, tmp_path / "copy")
    ids = {row[0]: row[1] for row in town.rows("SELECT instance_id, id FROM outbox")}
    engine.work_effect(ids[after])
    with town.application.database.write() as session:
        engine.operations.retry(session, "effect", ids[failed], OPERATOR, "mended")
    engine.work_effect(ids[failed])
    assert len(town.sent) == 3

    restore.restore(town.application, tmp_path / "copy", replace=True)
    engine = town.open().engine
    town.clock.advance(timedelta(hours=1))
    engine.work_effects()
    engine.revive_effects()
    engine.work_effects()

    assert len(town.sent) == 3
    rows = dict(town.rows("SELECT instance_id, state FROM outbox"))
    assert rows == {before: "done", failed: "held", after: "held", never: "held"}
    assert [trouble.state for trouble in engine.operations.listed(OPERATOR, Query())[0]] == [HELD] * 3
    (post,) = {post for (post,) in town.rows("SELECT post_id FROM task_candidate")}
    with pytest.raises(Declined, match="系统管理员核实"):
        engine.operations.try_again("effect", ids[failed], Actor("li", "李娜", frozenset({post})), "on the page of the case")
    with town.application.database.write() as session:
        for case in (after, failed):
            engine.operations.skip(session, "effect", ids[case], "发信记录里有", OPERATOR, f"said {case}")
        engine.operations.retry(session, "effect", ids[never], OPERATOR, "send")
    engine.work_effects()
    assert len(town.sent) == len(set(town.sent)) == 4
    for case in (before, failed, after, never):
        assert [task.element for task in engine.case(case, SYSTEM).open_tasks] == ["read"]


def failing(town: Town, name: str) -> str:
    """A case whose letter was tried as often as may be, in vain."""
    case, town.is_cut_off = town.mailing(name), True
    for _attempt in range(9):
        town.application.engine.work_effects()
        town.clock.advance(timedelta(hours=7))
    town.is_cut_off = False
    assert town.rows(f"SELECT state FROM outbox WHERE instance_id = '{case}'") == [("failed",)]
    return case


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


@pytest.mark.parametrize("town", ["postgres"], indirect=True)
def test_the_owner_backs_up_every_row_and_the_role_of_the_pages_is_refused(town: Town, tmp_path: Path) -> None:
    owner = town.application.database
    role = f"pages_of_{owner.url.database}"
    town.mailing("one"), town.mailing("two")
    harden(owner, role)
    pages = Database(owner.url.set(username=role).render_as_string(hide_password=False))
    with seeing(NOTHING), pages.read() as session:
        assert Link(session).all("SELECT count(*) FROM instance") == [(0,)]
        made = backup.back_up(town.application, tmp_path / "copy")
    with pytest.raises(Refused, match="back up as the owner"):
        backup.back_up(replace(town.application, database=pages), tmp_path / "part")
    pages.dispose()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("part")] == []

    restore.restore(town.application, tmp_path / "copy", replace=True)
    town.open()

    assert (made.rows["instance"], made.rows["task"]) == (2, 2)
    assert town.rows("SELECT count(*) FROM instance") == [(2,)]
    harden(town.application.database, role)
    with seeing(NOTHING), pages.read() as session:  # the policies came back as well
        assert Link(session).all("SELECT count(*) FROM instance") == [(0,)]
    pages.dispose()
    with town.application.database.engine.begin() as connection:
        connection.exec_driver_sql(f'DROP OWNED BY "{role}"')
        connection.exec_driver_sql(f'DROP ROLE "{role}"')


@pytest.mark.timeout(300)
@pytest.mark.parametrize("with_its_clients", [False, True], ids=["alone", "with its clients"])
def test_whenever_a_restore_dies_there_is_one_whole_database_and_it_can_be_done_again(town: Town, tmp_path: Path, with_its_clients: bool) -> None:
    town.mailing("old")
    backup.back_up(town.application, tmp_path / "copy")
    k, died, deaths = 0, True, 0
    while died:
        k = after(k)
        town.mailing(f"lost {k}")
        town.clock.advance(timedelta(minutes=1))
        town.close()
        died = killed_before_act(town, tmp_path / "copy", k, with_its_clients=with_its_clients)
        deaths += died
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
    note(deaths)


@pytest.mark.timeout(300)
def test_whenever_a_restore_under_another_key_dies_the_next_start_has_the_key_of_the_database_that_is_there(town: Town, tmp_path: Path) -> None:
    """Database and key cannot change in one movement: that of the other office comes, and either office must be able to work on."""
    town.mailing("theirs")
    starting.settle_key(town.application)
    backup.back_up(town.application, tmp_path / "theirs")
    begin_anew(town)
    town.mailing("ours")
    starting.settle_key(town.application)
    backup.back_up(town.application, tmp_path / "ours")
    assert (tmp_path / "ours" / "secret").read_text() != (tmp_path / "theirs" / "secret").read_text()

    k, died, finished, deaths = 0, True, 0, 0
    while died:
        k = after(k, 1)  # it is one event that matters
        town.clock.advance(timedelta(minutes=1))
        town.close()
        died = killed_before_act(town, tmp_path / "theirs", k, with_its_clients=True)
        deaths += died
        all_gone(town)

        town.close()
        before = (town.folder / "secret").read_text()
        starting.settle_key(town.open())  # raises DatabaseUnfit where the key is not that of the database
        ((title, case),) = town.rows("SELECT title, id FROM instance")
        finished += (town.folder / "secret").read_text() != before
        assert title == "theirs" or died
        work_on(town, case)
        town.close()
        town.clock.advance(timedelta(minutes=1))
        restore.restore(town.open(), tmp_path / "ours", replace=True)
        starting.settle_key(town.open())
        assert town.rows("SELECT title FROM instance") == [("ours",)]
        town.close()
    assert finished, "no kill came between database and key"
    assert not (town.folder / "secret.restoring").exists()
    note(deaths)


def test_a_backup_after_a_restore_that_died_has_the_key_of_its_database(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has started the system meanwhile; and a second restore keeps the key of what it moves aside."""
    town.mailing("theirs")
    backup.back_up(town.application, tmp_path / "theirs")
    begin_anew(town)
    backup.back_up(town.application, tmp_path / "ours")

    def cut(_application: Application) -> None:
        raise KeyboardInterrupt

    for source in ("theirs", "ours"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(restore, "_change_key", cut)
            restore.restore(town.application, tmp_path / source, replace=True)
        town.clock.advance(timedelta(minutes=1))
    assert backup.main(lambda: town.application, argparse.Namespace(target=tmp_path / "again")) == 0
    assert (tmp_path / "again" / "secret").read_text() == (tmp_path / "ours" / "secret").read_text()
    aside = sorted(town.folder.glob("before-restore-*/secret"))
    assert [file.read_text() for file in aside] == [(tmp_path / source / "secret").read_text() for source in ("ours", "theirs")]


def begin_anew(town: Town) -> None:
    """Another office: an empty database and no key."""
    (town.folder / "secret").unlink()
    if town.application.database.is_sqlite:
        town.close()
        (town.folder / "jinshui.db").unlink()
    else:
        drop_all(town.application.database)
        town.close()
    town.open()
    town.furnish()


def work_on(town: Town, case: str) -> None:
    """Its letter is sent or passed over, which reads the state that the key has signed and writes it anew."""
    engine = town.application.engine
    ((effect, state),) = town.rows("SELECT id, state FROM outbox")
    if state == "held":
        with town.application.database.write() as session:
            engine.operations.skip(session, "effect", effect, "发信记录里有", OPERATOR, "said")
    engine.work_effects()
    assert [task.element for task in engine.case(case, SYSTEM).open_tasks] == ["read"]


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
            traceback.print_exc()  # what came instead of the end
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
    leaving = threading.Timer(0.3, other.dispose)  # as of a node that has just been stopped
    leaving.start()
    restore.restore(town.application, tmp_path / "copy", replace=True)
    leaving.join()


@pytest.mark.parametrize("town", ["sqlite"], indirect=True)
@pytest.mark.parametrize("journal", ["wal", "persist"])
def test_a_restore_refuses_while_the_system_serves_and_rests(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: str) -> None:
    """An idle connection holds no lock in a rollback journal, and a system may have closed all of its own."""
    backup.back_up(town.application, tmp_path / "copy")
    said, idle = list[str](), sqlite3.connect(town.folder / "jinshui.db")
    idle.execute(f"PRAGMA journal_mode={journal}")

    def rest(application: Application, listening: socket.socket, *_more: object) -> None:
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


@pytest.mark.parametrize("by", ["host", "socket"])
@pytest.mark.parametrize("town", ["postgres"], indirect=True)
def test_client_programs_reach_the_database_that_the_application_reaches(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """Where host and port stand in the query of the address; the environment would lead them elsewhere."""
    url = town.application.database.url
    ((folders,),) = town.rows("SHOW unix_socket_directories")
    host = {"host": str(url.host), "socket": folders.split(",")[0].strip()}[by]
    query = {"host": host, "port": str(url.port or 5432), "sslmode": "disable", "options": "-c application_name=office -c work_mem=5MB"}
    town.mailing("kept")
    town.close()
    town.url = url.set(host=None, port=None, password="seal and paper", query=query).render_as_string(hide_password=False)
    town.open()
    monkeypatch.setenv("PGHOST", "127.0.0.2")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGSSLMODE", "require")
    (tmp_path / "psql").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nexec {shutil.which("psql")} "$@"\n')
    (tmp_path / "psql").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    backup.back_up(town.application, tmp_path / "copy")
    lost = town.mailing("lost")
    restore.restore(town.application, tmp_path / "copy", replace=True)

    town.open()
    assert town.rows(f"SELECT count(*) FROM instance WHERE id = '{lost}'") == [(0,)]
    assert town.rows("SELECT title FROM instance") == [("kept",)]
    said = (tmp_path / "said").read_text()
    assert "work_mem=5MB" in said
    assert "seal and paper" not in said


def test_a_password_goes_to_client_programs_by_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    apart = Database("postgresql+psycopg://clerk:seal%20and%20paper@/office?host=10.1.1.1:6432&host=10.1.1.2:6433&sslmode=verify-full")
    within = Database("postgresql+psycopg://clerk@10.1.1.1/office?password=seal%20and%20paper")

    address, environment = server.reached(apart)
    assert conninfo_to_dict(address) == {"user": "clerk", "dbname": "office", "host": "10.1.1.1,10.1.1.2", "port": "6432,6433", "sslmode": "verify-full"}
    assert environment["PGPASSWORD"] == "seal and paper"
    address, environment = server.reached(within)
    assert conninfo_to_dict(address) == {"user": "clerk", "dbname": "office", "host": "10.1.1.1"}
    assert environment["PGPASSWORD"] == "seal and paper"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("town", ["postgres"], indirect=True)
def test_clients_may_say_more_than_a_pipe_holds(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings of a big database are many, and nobody reads them while the client is at work."""
    for name in ("pg_dump", "pg_restore", "psql"):
        said = '[ "$1" = --version ] || head -c 300000 /dev/zero | tr "\\0" w >&2'
        (tmp_path / name).write_text(f'#!/bin/sh\n{said}\nexec {shutil.which(name)} "$@"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    town.mailing("kept")

    backup.back_up(town.application, tmp_path / "copy")
    restore.restore(town.application, tmp_path / "copy", replace=True)

    town.open()
    assert town.rows("SELECT title FROM instance") == [("kept",)]


def test_a_backup_is_on_the_disk_before_it_has_its_name(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = list[tuple[str, bool]](), os.fsync

    def fsync(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, (tmp_path / "copy").exists()))
        real(handle)

    monkeypatch.setattr(places.os, "fsync", fsync)
    said = backup.back_up(town.application, tmp_path / "copy")

    assert synced == [*((name, False) for name in sorted([*said.files, "manifest.json"])), ("copy.part", False), (tmp_path.name, True)]


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
