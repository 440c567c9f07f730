"""serves the application: migrates, deploys changed procedures, loads the demo office once"""

from __future__ import annotations

import argparse
import logging
import shutil
import socket
from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from waitress import serve

from commands import demo_office, effects
from commands.progress import say, table
from commands.tables import load_tables
from db import migrate
from db.clock import SystemClock
from records.coinvestigation.imports.run import run_waiting
from web.staff import role_name

DEFAULT_PORT = 8000
BUREAU = "国家税务局"
TICK_SECONDS = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """--port, --host, --no-demo."""
    parser.add_argument("--port", type=int, default=0, help=f"default: {DEFAULT_PORT}, or the next free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--no-demo", action="store_true", help="no demonstration office")


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Starts and serves until interrupted."""
    try:
        application = compose() if options.no_demo else with_demo(compose)
        prepare(application)
    except migrate.NewerDatabase as newer:
        say(f"✗ {newer}")
        return 1
    accounts = [] if options.no_demo else demo_office.load(application)
    port = free_port(options.host, options.port)
    if port is None:
        say(f"✗ 端口 {options.port} 已被占用，请用 --port 另选一个 / port {options.port} is taken, choose another with --port")
        return 1
    scheduler = start_pump(application)
    try:
        web = application.web()
        if accounts:
            with web.test_request_context():
                shown = [(login, name, _posts(held)) for login, name, held in accounts]
            say(f"demo accounts, password {demo_office.password(application)}:\n\n{table(('login', 'name', 'posts'), list(shown))}\n")
        say(f"Jinshui 金税流程 is up: http://{options.host}:{port}/")
        serve(web, host=options.host, port=port, threads=8, ident=None)
    finally:
        scheduler.shutdown(wait=False)
    return 0


def _posts(held: dict[str, list[str]]) -> str:
    """`协查岗（宁波市江东区、宁波市北仑区）`: a line of a terminal holds no full names."""
    return "；".join(
        f"{role_name(role)}（{'、'.join(name.removesuffix(BUREAU) for name in offices)}）" for role, offices in held.items()
    )


def with_demo(compose: Callable[..., Any]) -> Any:
    """The application with its demonstration cases. They are played once, into a folder that takes its place only when it is whole.

    On a shared database they are played where they belong, and only into an empty one.
    """
    application = compose()
    data = application.config.data
    file = data / "jinshui.db"
    if not application.config.is_own_file:
        prepare(application)
        if demo_office.is_empty(application):
            furnish(application, compose)
        return application
    if not file.exists():
        loading = data / "loading"
        shutil.rmtree(loading, ignore_errors=True)  # an earlier start that was ended half way
        fresh = compose(data=str(loading))
        prepare(fresh)
        furnish(fresh, lambda clock: compose(clock=clock, data=str(loading)))
        fresh.database.dispose()
        for name in ("secret", file.name):  # the key first: without its database it opens nothing
            (loading / name).replace(data / name)
        shutil.rmtree(loading)
    return compose()


def furnish(application: Any, reopen: Callable[..., Any]) -> None:
    """The demonstration office and its cases."""
    demo_office.load(application)
    say("demo cases: playing three months of an office")
    count = demo_office.load_cases(application, lambda clock: reopen(clock=clock), _days)
    say(f"demo cases: {count} cases, every term counted from today")


def _days(day: int, days: int) -> None:
    if day % 30 == 0 or day == days:
        say(f"demo cases: day {day} of {days}")


def prepare(application: Any) -> None:
    """Schema and procedures as this code wants them."""
    load_tables()
    before, after = migrate.upgrade(application.database)
    if before != after:
        say(f"database migrated: {before or 'empty'} → {after}")
    for procedure, version, fresh in application.engine.deploy_folders(application.workflows):
        if fresh:
            say(f"procedure {procedure}: version {version} deployed")


def start_pump(application: Any) -> BackgroundScheduler:
    """APScheduler only ticks; every due thing is a row in the database."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(lambda: _tick(application), "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True)
    effects.start(application, scheduler)
    # An import reads a whole list; it has a job of its own so that messages and timers do not wait for it.
    scheduler.add_job(
        lambda: run_waiting(application.database, application.clock), "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True
    )
    scheduler.add_job(
        lambda: application.deadlines.tick(application.database), "interval", minutes=1, max_instances=1, coalesce=True
    )
    # At the start as well: an office that switches the machine off every evening has no twenty-fourth hour.
    scheduler.add_job(application.engine.forget_keys, "interval", days=1, next_run_time=SystemClock().now(), coalesce=True)
    scheduler.start()
    return scheduler


def _tick(application: Any) -> None:
    effects.report(application.engine.tick(effects=False))


def free_port(host: str, wanted: int) -> int | None:
    """The wanted port if it is free (None if not); without a wish the first free one from the default on."""
    for port in [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return None
