"""works off what is due (messages, timers, terms, imports, effects), beside any number of others on one PostgreSQL"""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable
from typing import Any

from commands.command_line import both
from commands.progress import say
from commands.serving import logging_options, start
from commands.serving.pump import start_pump
from commands.serving.server import Server, listen
from commands.serving.supervisor import end_with_supervisor
from monitoring.heartbeat import node_name

PURPOSE = "处理到期事项（消息、定时、期限、导入、文书等），可与同一 PostgreSQL 上的其他进程并行"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--monitor, and where the log goes."""
    parser.add_argument(
        "--monitor", type=int, default=0, metavar="PORT",
        help=both("在此端口提供 /healthz、/readyz、/metrics，只限本机", "answers /healthz, /readyz and /metrics here, for this machine only"),
    )  # fmt: skip
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
    logging_options.arguments(parser)


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT, and finishes what it has begun."""
    logging_options.set_up(options)
    application = compose()
    if application.database.is_sqlite:
        say("✗ 嵌入式数据库由 app.py run 自己处理到期事项；多个进程需要 PostgreSQL（JINSHUI_DATABASE） / with the embedded database app.py run works off what is due itself; several processes need PostgreSQL (JINSHUI_DATABASE)")
        return 1
    listening = listen("127.0.0.1", options.monitor) if options.monitor else None
    if options.monitor and listening is None:
        say(f"✗ 端口 {options.monitor} 已被占用 / port {options.monitor} is taken")
        return 1
    start.join(application)
    if options.supervised:
        end_with_supervisor()
    scheduler = start_pump(application)
    say(f"后台办理进程已开始工作 / worker {node_name()} is at work")
    if listening is not None:
        Server(application.probes(), listening, threads=2).run()
    else:
        _wait()
    scheduler.shutdown(wait=True)
    application.chain.tick()  # what was done last does not wait for the next start to be sealed
    application.database.dispose()
    return 0


def _wait() -> None:
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    ending.wait()
