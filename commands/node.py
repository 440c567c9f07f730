"""one web node on a socket that the supervisor of `run --nodes` hands over"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable
from typing import Any

from commands.command_line import both
from commands.serving import logging_options, start
from commands.serving.server import Server
from commands.serving.streams import Streams
from commands.serving.supervisor import end_with_supervisor

PURPOSE = "一个网页进程，使用 run --nodes 的主进程交来的套接字"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--socket, and where the log goes."""
    parser.add_argument("--socket", type=int, required=True, metavar="NUMBER", help=both("正在监听的套接字的文件号", "file number of a listening socket"))
    logging_options.arguments(parser)


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Serves pages until told to end; pumps nothing."""
    logging_options.set_up(options)
    end_with_supervisor()
    application = compose()
    start.join(application)
    streams = Streams(application.database, application.clock)
    Server(application.served(), socket.socket(fileno=options.socket), streams=streams).run()
    application.database.dispose()
    return 0
