"""serves the application: migrates, deploys changed procedures, loads the demo office once"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from commands import demo_office
from commands.command_line import both
from commands.demo_office.stations import FOLDER as SIMULATOR
from commands.progress import say, table
from commands.serving import logging_options
from commands.serving.pump import start_pump
from commands.serving.server import Server, listen
from commands.serving.start import PUBLIC_ADDRESS, prepare
from commands.serving.streams import Streams
from commands.serving.supervisor import WORKER_END_S, Child, Supervisor
from db.copies import Refused, embedded, put_first
from monitoring import logs, meter
from records.offices.first_administrators import is_empty
from web.staff import role_name

DEFAULT_PORT = 8000
BUREAU = "国家税务局"
PURPOSE = "启动系统：升级数据库，发布有改动的流程，首次启动时装入演示机关"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--port, --host, --public-address, --no-demo; --nodes and --workers for several processes; where the log goes."""
    parser.add_argument("--port", type=int, default=0, help=both(f"端口（默认 {DEFAULT_PORT}，被占用时用其后第一个空闲的）", f"default: {DEFAULT_PORT}, or the next free one"))
    parser.add_argument("--host", default="127.0.0.1", help=both("在哪个地址提供网页（默认 127.0.0.1，只限本机）", "the address to serve on (default: 127.0.0.1, this machine only)"))
    parser.add_argument(
        "--public-address", default="", metavar="URL",
        help=both(f"前面有代理时，人们输入的地址 https://…；也可用环境变量 {PUBLIC_ADDRESS}", f"https://… as people type it, behind a proxy; or {PUBLIC_ADDRESS}"),
    )  # fmt: skip
    parser.add_argument("--no-demo", action="store_true", help=both("不装入演示机关", "no demonstration office"))
    parser.add_argument(
        "--nodes", type=int, default=0, metavar="N",
        help=both("在同一端口开 N 个网页进程（需要 PostgreSQL）", "N web nodes on one port, each a process (PostgreSQL only)"),
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N",
        help=both("与 --nodes 同用：处理到期事项的进程数（默认 1）", "with --nodes: processes that work off what is due (default: 1)"),
    )  # fmt: skip
    logging_options.arguments(parser)


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Starts and serves until interrupted."""
    logging_options.set_up(options)
    database = compose().database
    if options.nodes and database.is_sqlite:
        say("✗ --nodes 需要 PostgreSQL：请设置环境变量 JINSHUI_DATABASE / --nodes needs PostgreSQL: set JINSHUI_DATABASE")
        return 1
    try:
        with embedded.occupied(Path(database.url.database)) if database.is_sqlite else nullcontext():
            return serve(compose, options)
    except Refused as refused:
        say(f"✗ {refused}")
        return 1


def serve(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Prepares the database, then serves until interrupted; 1 where the port is taken."""
    application = compose() if options.no_demo else with_demo(compose)
    prepare(application)
    accounts = [] if options.no_demo else demo_office.load(application)
    listening = first_free(options.host, options.port)
    if listening is None:
        say(f"✗ 端口 {options.port} 已被占用，请用 --port 另选一个 / port {options.port} is taken, choose another with --port")
        return 1
    address = f"http://{options.host}:{listening.getsockname()[1]}/"
    stations = [] if options.no_demo else demo_office.prepared(application)
    here = f"http://{'127.0.0.1' if options.host == '0.0.0.0' else options.host}:{listening.getsockname()[1]}"  # noqa: S104 -- whoever listens everywhere listens here
    simulated = [Child(f"station {one.credential.stem}", one.arguments(here)) for one in stations]
    if options.nodes:
        welcome(application, accounts, address)
        serve_together(application, listening, options, simulated)
    else:
        serve_alone(application, listening, lambda: welcome(application, accounts, address), simulated)
    return 0


def welcome(application: Any, accounts: list[Any], address: str) -> None:
    """What a newcomer looks for, said last: nothing that is logged at the start stands behind it."""
    if accounts:
        show(application, accounts)
    elif is_nobody_there(application):
        say("还没有用户：请用 app.py first-admin 建立首批管理员 / nobody can sign in yet: make the first administrators with app.py first-admin")
    behind = application.config.public_address
    say(f"Jinshui 金税流程 is up: {behind}/ (served on {address})" if behind else f"Jinshui 金税流程 is up: {address}")


def serve_alone(
    application: Any, listening: socket.socket, ready: Callable[[], None] = lambda: None, stations: Sequence[Child] = ()
) -> None:  # fmt: skip
    """Pages and pump in this one process, beside it the simulated stations; `ready` is called when all are there."""
    scheduler = start_pump(application)
    beside = Supervisor(stations, dict(os.environ))
    try:
        server = Server(application.served(), listening, streams=Streams(application.database, application.clock))
        ready()
        beside.look()
        server.run()
    finally:
        beside.end()
        scheduler.shutdown(wait=True)
        application.chain.tick()  # what was done last does not wait for the next start to be sealed


def serve_together(application: Any, listening: socket.socket, options: argparse.Namespace, stations: Sequence[Child] = ()) -> None:
    """Web nodes that share the socket, workers and simulated stations; this process only keeps them running."""
    application.database.dispose()
    data, log = ["--data", str(application.config.data)], logging_options.passed_on(options)
    number = listening.fileno()
    nodes = [
        Child(f"node {at}", [*data, "node", "--socket", str(number), *log], (number,)) for at in range(1, options.nodes + 1)
    ]
    workers = [Child(f"worker {at}", [*data, "worker", "--supervised", *log], end_s=WORKER_END_S) for at in range(1, options.workers + 1)]
    with tempfile.TemporaryDirectory(prefix="jinshui-metrics-") as folder:
        environment = {**os.environ, meter.FOLDER: folder, PUBLIC_ADDRESS: application.config.public_address}
        Supervisor([*nodes, *workers, *stations], environment, lambda pid: meter.forget_process(pid, folder)).run()


def is_nobody_there(application: Any) -> bool:
    """Whether the installation has no people, so that somebody must be told how the first comes in."""
    with application.database.read() as session:
        return is_empty(session)


def show(application: Any, accounts: list[Any]) -> None:
    """Who can sign in to the demonstration office."""
    with application.web().test_request_context():
        shown = [(login, name, _posts(held)) for login, name, held in accounts]
    say(f"演示账号，密码 / demo accounts, password {demo_office.password(application)}:\n\n{table(('账号 / login', '姓名 / name', '岗位 / posts'), list(shown))}\n")


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
    if not application.config.is_own_file:
        prepare(application)
        if demo_office.is_empty(application):
            furnish(application, compose)
        return application
    if not (data / embedded.NAME).exists():
        play_apart(compose, data, data / "loading")
    return compose()


def play_apart(compose: Callable[..., Any], data: Path, loading: Path) -> None:
    """Plays the demonstration in a folder of its own and moves it in; raises Refused rather than put another key in the place of one.

    A key that is there already signs the cases of some database, perhaps of one on a server: the demonstration is played under it.
    """
    key = data / "secret"
    shutil.rmtree(loading, ignore_errors=True)  # an earlier start that was ended half way
    if key.exists():
        loading.mkdir(parents=True)
        shutil.copy2(key, loading / key.name)
    fresh = compose(data=str(loading))
    prepare(fresh)
    furnish(fresh, lambda clock: compose(clock=clock, data=str(loading)))
    fresh.database.dispose()
    if not put_first(loading / key.name, key) and key.read_text() != (loading / key.name).read_text():
        raise Refused(
            f"{key} 是另一个数据库的密钥，没有改动；请另用一个数据文件夹：./run --data 目录",
            f"{key} is the key of another database and was left alone: take another folder with ./run --data DIR",
        )
    if not put_first(loading / embedded.NAME, data / embedded.NAME):  # behind its key, without which it opens nothing
        raise Refused(f"{data} 里已经有数据，没有改动", f"there are data in {data} already, they were left alone")
    if (loading / SIMULATOR).exists():  # the cards as the cases that were played have left them
        shutil.copytree(loading / SIMULATOR, data / SIMULATOR, dirs_exist_ok=True)
    shutil.rmtree(loading)


def furnish(application: Any, reopen: Callable[..., Any]) -> None:
    """The demonstration office and its cases."""
    demo_office.load(application)
    say("演示案件：推演三个月的业务 / demo cases: playing three months of an office")
    with logs.hushed():
        count = demo_office.load_cases(application, lambda clock: reopen(clock=clock), _days)
    say(f"演示案件：{count} 件，期限都从今天算起 / demo cases: {count} cases, every term counted from today")


def _days(day: int, days: int) -> None:
    if day % 30 == 0 or day == days:
        say(f"演示案件：第 {day} 天，共 {days} 天 / demo cases: day {day} of {days}")


def first_free(host: str, wanted: int) -> socket.socket | None:
    """The wanted port if it is free (None if not); without a wish the first free one from the default on."""
    ports = [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + 100)
    return next((found for port in ports if (found := listen(host, port)) is not None), None)
