"""The composition root and the command line: the one file that knows every room.

python app.py run | worker | station | demo | first-admin | check | pictures | migrate | harden | backup | restore | fence | verify | figures | calendar | archive | bench
"""

from __future__ import annotations

import commands.own_python  # noqa: F401 -- before any package: the interpreter that was typed may have none

# isort: split
import argparse
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from commands import (
    archive,
    backup,
    bench,
    calendar,
    check,
    demo,
    fence,
    figures,
    first_admin,
    harden,
    migrate,
    mishaps,
    node,
    pictures,
    restore,
    run,
    station,
    verify,
    worker,
)
from commands.command_line import Parser, both
from commands.progress import say
from commands.serving.start import PUBLIC_ADDRESS
from db.chain.anchors import FilePlace, places
from db.chain.api import Chain
from db.chain.figures import Figures
from db.clock import Clock, SharedClock, SystemClock
from db.copies import Refused, put_first
from db.keys import NAME, read_key
from db.migrate import NewerDatabase
from db.outages import driver_error, is_outage
from db.queue import TaskQueue
from db.selfcheck import DatabaseUnfit, known_address
from db.session import Database
from deadlines.api import DeadlineService
from engine.api import Engine
from engine.kernel import EngineSettings, Kernel, Polled
from handlers import moved_terms
from handlers.moved_cases import MovedCases
from handlers.passed_terms import PassedTerms
from handlers.people import Directory
from handlers.returned_work import ReturnedWork
from handlers.stopped_clocks import StoppedClocks
from handlers.telling.api import Telling
from handlers.telling.following import Follower
from handlers.telling.mailing import House
from handlers.wiring import build_registry
from hardware.jobs import JOBS
from monitoring.addresses import Addresses
from monitoring.health import Health
from monitoring.meter import Meter
from notices import bell
from notices.smtp import MailUnfit, Postman, SmtpSettings
from notices.smtp import read_settings as read_mail_settings
from papers.api import Papers, Renderer
from papers.render import render_pdfs
from web import Services, create_web
from web.address import AddressUnfit, checked
from web.entry.outside.settings import VARIABLE, OutsideSettings, OutsideUnfit, read_settings
from web.services import WebSettings
from web.staff import actor_of

ROOT = Path(__file__).parent
WORKFLOWS = ROOT / "workflows"
ANCHORS = "JINSHUI_AUDIT_ANCHORS"  # files on another disk and http(s) addresses, separated by commas
HEADS = "audit-heads.txt"


@dataclass(frozen=True)
class Config:
    """Where data live; an address of a database overrules the file in the data folder. `public_address`: as people type it, where a proxy stands before the pages.

    `anchors`: where the heads of the audit chain go; without a word a file in the data folder, which is better than nothing.
    """

    data: Path
    database_url: str
    public_address: str = ""
    outside: OutsideSettings | None = None
    anchors: str = ""
    mail: SmtpSettings | None = None

    @property
    def is_own_file(self) -> bool:
        """Whether the data folder holds the database itself."""
        return self.database_url == own_file(self.data)

    def secret(self) -> bytes:
        """The key that signs the states of cases: made once, kept beside the data, readable by its owner only."""
        file = self.data / NAME
        if not file.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            _write_once(file, secrets.token_hex(32))
        if (key := read_key(file)) is None:
            raise DatabaseUnfit(f"密钥文件 {file} 已损坏，请从备份中取回 / the key {file} is damaged: bring it back from a backup")
        return key


def _write_once(file: Path, text: str) -> None:
    """Whole or not at all, on the disk before it is used, and only by the first of two processes that come at the same moment."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    put_first(draft, file)  # the database keeps the key's fingerprint: a key that a power cut took would leave it unreadable
    draft.unlink(missing_ok=True)


@dataclass(frozen=True)
class Application:
    """Everything, put together for one database and one clock."""

    config: Config
    database: Database
    clock: Clock
    engine: Engine
    deadlines: DeadlineService
    papers: Papers
    workflows: Path
    meter: Meter
    chain: Chain
    telling: Telling

    def web(self) -> Flask:
        """The pages on top."""
        settings = WebSettings(public_address=self.config.public_address, outside=self.config.outside, mail=self.config.mail)
        return create_web(Services(self.engine, self.database, self.clock, self.deadlines, self.papers, settings, self.config.secret, JOBS))

    def served(self) -> Addresses:
        """The pages behind the addresses for machines: what a process serves."""
        return Addresses(Health(self.database, self.clock), self.meter, self.web())

    def probes(self) -> Addresses:
        """The addresses for machines alone, for a process without pages."""
        return Addresses(Health(self.database, self.clock), self.meter)


def config_from(data: str, public_address: str = "") -> Config:
    """The configuration of the environment and the command line, which comes first; raises AddressUnfit, DatabaseUnfit, OutsideUnfit, MailUnfit."""
    folder = Path(data).resolve()
    public = checked(public_address or os.environ.get(PUBLIC_ADDRESS, ""))
    outside, address = read_settings(os.environ.get(VARIABLE, "")), known_address(os.environ.get("JINSHUI_DATABASE") or own_file(folder))
    return Config(folder, address, public, outside, os.environ.get(ANCHORS, ""), read_mail_settings(os.environ))


def own_file(folder: Path) -> str:
    """The address of the embedded database in a data folder."""
    return f"sqlite:///{folder}/jinshui.db"


def apart(folder: Path) -> Config:
    """Data that have nothing to do with the office's own: a folder with its file, whatever the environment says."""
    return Config(folder.resolve(), own_file(folder.resolve()))


def compose(
    config: Config, clock: Clock | None = None, *, workflows: Path = WORKFLOWS, render: Renderer = render_pdfs
) -> Application:
    """Puts the rooms together; opens no connection and writes nothing yet."""
    database, meter = Database(config.database_url), Meter()
    clock = clock or own_clock(database)
    deadlines, papers = DeadlineService(clock), Papers(workflows, clock, render)
    registry, directory = build_registry(deadlines, papers), Directory()
    effects = Polled() if database.is_sqlite else TaskQueue()
    engine = Engine(Kernel(database, registry, directory, clock, EngineSettings(config.secret), deadlines, effects, meter))
    engine.kernel.on_came_back = ReturnedWork(deadlines)
    engine.kernel.on_moved = MovedCases(deadlines)
    engine.kernel.on_outside = bell.ring_counters
    engine.kernel.clocks = StoppedClocks(deadlines)
    meter.watch(database)
    meter.vitals = engine.vitals
    deadlines.on_said, deadlines.on_moved = PassedTerms(engine, deadlines, directory), moved_terms.follower(engine, clock)
    chain = Chain(database, clock, config.secret, places(config.anchors) or [FilePlace(str(config.data / HEADS))])
    meter.told.append(Figures(database, clock).read)
    house = House(engine, database, clock, actor_of, config.public_address)
    telling = Telling(house, Follower(database, clock, deadlines, has_mail=config.mail is not None), Postman(config.mail) if config.mail else None)
    return Application(config, database, clock, engine, deadlines, papers, workflows, meter, chain, telling)


def own_clock(database: Database) -> Clock:
    """The machine's for a file that no other machine opens; the server's for a database that several share."""
    if database.is_sqlite:
        return SystemClock()
    clock = SharedClock()
    database.keep_time(clock)
    return clock


def main(arguments: list[str] | None = None) -> int:
    """Parses the command line and runs one command; returns its exit code."""
    parser, data = Parser(prog="app.py", description="Jinshui 金税流程"), both("数据文件夹（默认 var）", "folder of the data (default: var)")
    parser.add_argument("--data", default="var", help=data)
    commands = parser.add_subparsers(dest="command", required=True, title="命令 / commands", metavar="COMMAND")
    for module in (run, worker, node, station, demo, first_admin, check, pictures, migrate, harden, backup, restore, fence, verify, figures, calendar, archive, bench):
        purpose = both(module.PURPOSE, (module.__doc__ or "").split("\n", 1)[0])
        command = commands.add_parser(module.__name__.rsplit(".", 1)[-1].replace("_", "-"), help=purpose, description=purpose)
        command.add_argument("--data", default=argparse.SUPPRESS, help=data)
        module.arguments(command)
        command.set_defaults(module=module)
    options = parser.parse_args(arguments)

    def composed(clock: Clock | None = None, data: Path | None = None, **how: Any) -> Application:
        return compose(apart(Path(data)) if data else config_from(options.data, getattr(options, "public_address", "")), clock, **how)

    try:
        code: int = options.module.main(composed, options)
    except AddressUnfit as unfit:
        say(f"✗ 对外地址“{unfit}”应写成 https://主机名 或 https://主机名:端口 / the public address must be https://host or https://host:port")
        return 1
    except (DatabaseUnfit, NewerDatabase, Refused, OutsideUnfit, MailUnfit) as unfit:
        say(f"✗ {unfit}")
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            zh, en = mishaps.reason(error)
            say(f"✗ 不能读写 {error.filename}：{zh} / cannot read or write {error.filename}: {en}")
            return 1
        if not is_outage(error):
            raise
        say(f"✗ 连不上数据库 / the database cannot be reached: {driver_error(error)}")
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
