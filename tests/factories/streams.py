"""Pages of the toy office on a real port, with streams; and an HTTP client that reads one."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from commands.serving.server import Server, listen
from commands.serving.streams import Streams
from tests.factories.processes import Browser
from tests.web.office import PASSWORD, Office

PATIENCE_S = 20


@dataclass
class Node:
    """One server of the office."""

    office: Office
    streams: Streams
    port: int

    def browser(self, login: str) -> Browser:
        """Somebody who is signed in."""
        browser = Browser(self.port)
        assert browser.sign_in(login, PASSWORD).status == 200
        return browser


@contextmanager
def served(office: Office, *, port: int = 0, threads: int = 4, look_s: float = 60, **how: Any) -> Iterator[Node]:
    """The office on a port, a free one unless it is named; what is said within the patience of a test was rung, unless streams look around sooner."""
    listening = listen("127.0.0.1", port)
    assert listening is not None
    streams = Streams(office.database, office.clock, look_s=look_s, **how)
    server = Server(office.web, listening, threads=threads, streams=streams)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield Node(office, streams, listening.getsockname()[1])
    finally:
        server.stop()
        thread.join()
        listening.close()


@dataclass
class Reader:
    """A page's stream, read line by line."""

    answer: http.client.HTTPResponse
    connection: http.client.HTTPConnection
    events: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, *, after: str = "", last_event: str = "") -> Reader:
        connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=PATIENCE_S)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
        more = {"Last-Event-ID": last_event} if last_event else {}
        connection.request("GET", f"/notices/stream?after={after}", headers={"Cookie": cookies, **more})
        return cls(connection.getresponse(), connection)

    def event(self) -> dict[str, str]:
        """The next event that says something; {} at the end of the stream."""
        found: dict[str, str] = {}
        while line := self.answer.readline():
            name, colon, value = line.decode().rstrip("\n").partition(":")
            if colon and name:
                found[name] = value.strip()
            elif not name and not colon and "event" in found:
                return found
        return {}

    def close(self) -> None:
        self.answer.close()
        self.connection.close()
