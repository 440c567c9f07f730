"""How much of a request's body is taken in before the pages are asked.

waitress keeps a body on the disk until it is whole. Files come from people who are signed in; everybody else sends forms, which are small.
What is larger is read and dropped: its sender gets the sentence of the pages, where a closed connection would tell him nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.receiver import FixedStreamReceiver
from waitress.utilities import RequestEntityTooLarge

from commands.serving.handing_over import Task
from commands.serving.parking import Parked
from web.identity import COOKIE
from web.services import WebSettings

DROPPED_AT_MOST = 1 << 30  # beyond this nobody is listened to, and the connection is closed
LIMITS = WebSettings()


def kept_at_most(headers: Mapping[str, str]) -> int:
    """Bytes of a body that are kept, by the headers as waitress names them."""
    is_form_with_files = headers.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
    return LIMITS.max_upload_bytes if is_form_with_files and f"{COOKIE}=" in headers.get("COOKIE", "") else LIMITS.max_form_bytes


class Dropped(FixedStreamReceiver):  # type: ignore[misc]
    """A body of which nothing is kept; its length is still known to the pages, which refuse it by that."""

    def received(self, data: bytes) -> int:
        taken = min(self.remain, len(data))
        self.remain -= taken
        self.completed = self.remain == 0
        return int(taken)


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request whose body is bounded by who sends it. Of a body of unknown length (no browser sends one) the connection is closed."""

    body_rcv: Any

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.body_rcv is not None and not self.chunked and self.content_length > kept_at_most(self.headers):
            self.body_rcv = Dropped(self.content_length, self.body_rcv.getbuf())

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        if self.chunked and self.body_bytes_received > (limit := kept_at_most(self.headers)):
            self.error, self.completed = RequestEntityTooLarge(f"exceeds max_body of {limit}"), True
        return taken


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by the parser above, and given on where they ask for a stream."""

    parser_class: Any = Parser
    task_class: Any = Task
    parked: Parked | None = None

    def service(self) -> None:
        super().service()
        if (one := self.parked) is not None:  # not before waitress is through with it
            self.parked = None
            self.server.streams.parking.take(one)
