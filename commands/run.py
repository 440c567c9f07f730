"""serves the application: migrates, deploys changed procedures, loads the demo office once"""

from __future__ import annotations

import argparse
import logging
import socket
from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from waitress import serve

from commands import demo_office
from commands.progress import say, table
from commands.tables import load_tables
from db import migrate
from records.coinvestigation.imports.run import run_waiting

DEFAULT_PORT = 8000
TICK_SECONDS = 1
log = logging.getLogger("jinshui")


def arguments(parser: argparse.ArgumentParser) -> None:
    """--port, --host, --no-demo."""
    parser.add_argument("--port", type=int, default=0, help=f"default: {DEFAULT_PORT}, or the next free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--no-demo", action="store_true", help="no demonstration office")


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Starts and serves until interrupted."""
    application = compose()
    prepare(application)
    accounts = [] if options.no_demo else demo_office.load(application)
    port = free_port(options.host, options.port)
    if port is None:
        say(f"✗ 端口 {options.port} 已被占用，请用 --port 另选一个 / port {options.port} is taken, choose another with --port")
        return 1
    scheduler = start_pump(application)
    try:
        if accounts:
            say(
                f"demo accounts, password {demo_office.password(application)}:\n\n{table(('login', 'name', 'posts'), list(accounts))}\n"
            )
        say(f"Jinshui 金税流程 is up: http://{options.host}:{port}/")
        serve(application.web(), host=options.host, port=port, threads=8, ident=None)
    finally:
        scheduler.shutdown(wait=False)
    return 0


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
    # An import reads a whole list; it has a job of its own so that messages and timers do not wait for it.
    scheduler.add_job(
        lambda: run_waiting(application.database, application.clock), "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True
    )
    scheduler.add_job(
        lambda: application.deadlines.tick(application.database), "interval", minutes=1, max_instances=1, coalesce=True
    )
    scheduler.start()
    return scheduler


def _tick(application: Any) -> None:
    report = application.engine.tick()
    if report.failures:
        log.warning("pump: %s", report)


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
