"""Serves pages on a socket that may be shared by several processes, and stops without dropping a request that has come in."""

from __future__ import annotations

import errno
import resource
import signal
import socket
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Any

from waitress import create_server, wasyncore

from commands import mishaps
from commands.serving.bodies import DROPPED_AT_MOST, Channel
from commands.serving.streams import STREAMS, Streams
from db.copies import Refused

THREADS = 8
BACKLOG = 1024
HIGHEST_PORT = 65_535
DRAIN_S = 10.0  # longer than any request may take
# Browsers keep some connections each and say nothing on them; they cost a file number, and no thread.
CONNECTIONS, IDLE_S, LOOK_FOR_IDLE_S = 2_000, 30, 10
OTHER_FILES = 200  # of a process: databases, logs, what is read and written meanwhile


class Server:
    """waitress on a bound socket. The kernel gives each connection to one of the processes that listen on it."""

    def __init__(self, application: Callable[..., Any], listening: socket.socket, threads: int = THREADS, streams: Streams | None = None) -> None:
        self._streams = streams
        connections, held = _room()
        self._connections: dict[int, Any] = {}
        # Headers of a proxy stay, so that /metrics can tell what was forwarded; the pages trust none of them.
        self._server = create_server(
            application, map=self._connections, sockets=[listening], threads=threads, ident=None, backlog=BACKLOG,
            clear_untrusted_proxy_headers=False, max_request_body_size=DROPPED_AT_MOST,
            connection_limit=connections, channel_timeout=IDLE_S, cleanup_interval=LOOK_FOR_IDLE_S,
        )  # fmt: skip
        self._server.channel_class = Channel
        if streams is not None:
            streams.limit = min(streams.limit, held)
            self._server.streams = streams
        self._until: float | None = None

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; then takes no new connection and finishes the ones it has."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self.serve()

    def serve(self) -> None:
        """Serves, in whichever thread, until `stop`."""
        if self._streams is not None:
            self._streams.start()
        while self._until is None or (self._is_busy() and monotonic() < self._until):
            wasyncore.loop(timeout=0.2 if self._until else 1, map=self._connections, use_poll=True, count=1)
        if self._streams is not None:
            self._streams.stop()
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._connections)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Has it take no new connection and finish the ones it has."""
        self._server.accepting = False
        self._until = monotonic() + DRAIN_S
        if self._streams is not None:
            self._streams.parking.stop()
        self._server.pull_trigger()

    def _is_busy(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self._server.active_channels.values())


def _room() -> tuple[int, int]:
    """(connections, streams) that may be open at once: as many as the files that the system lets a process have, when asked, leave room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + STREAMS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        held = max(soft - OTHER_FILES, soft // 2)
        return held * CONNECTIONS // (CONNECTIONS + STREAMS), held * STREAMS // (CONNECTIONS + STREAMS)
    return CONNECTIONS, STREAMS


def listen(host: str, port: int) -> socket.socket | None:
    """A socket that listens, or None where the port is taken; open for children that are given it.

    Raises Refused where there is no such address or port, or this machine keeps the port from this user.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise Refused(f"没有端口 {port}：端口在 0 与 {HIGHEST_PORT} 之间", f"there is no port {port}: a port is between 0 and {HIGHEST_PORT}")
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        zh, en = mishaps.reason(error)
        raise Refused(f"无法在 {host} 端口 {port} 提供网页：{zh}", f"cannot listen on {host} port {port}: {en}") from error
    listening.set_inheritable(True)
    return listening
