"""How a request that asks for a stream leaves waitress: its thread answers the next request, and its connection is held by `Streams`.

waitress has a thread for each request it answers, and looks at every connection of its own in each turn of its loop: neither is made for
thousands that stay open. The pages decide who gets a stream, as with any request; then a second handle of the socket is given on, and waitress closes its own.
"""

from __future__ import annotations

from collections.abc import Collection
from time import monotonic
from typing import Any

from waitress.task import WSGITask
from waitress.utilities import build_http_date

from commands.serving.parking import Parked, Parking
from commands.serving.streams import Streams
from web.api.waiting import PARKING
from web.notices.streaming import OFFER, Ticket

_NOT_OURS = frozenset({"content-length", "connection", "transfer-encoding", "date"})


class Offer:
    """What the pages find in the environment of a request."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self.ticket: Ticket | None = None

    def accept(self, ticket: Ticket) -> bool:
        """Whether the connection will be held."""
        if not self.streams.has_room():
            return False
        self.ticket = ticket
        return True


class Place:
    """What a station's request finds in its environment: it may wait, without a thread, until there is a job for it."""

    def __init__(self, parking: Parking, request: Any) -> None:
        self.parking, self.request = parking, request
        self.wanted = frozenset[str]()

    def park(self, wanted: Collection[str], seconds: float) -> bool:
        """Has the request asked anew when a job of these comes, or after so many seconds since it came; False when they are over."""
        if not hasattr(self.request, "parked_until"):
            self.request.parked_until = monotonic() + seconds
        if not self.parking.is_open or monotonic() >= self.request.parked_until:
            return False
        self.wanted = frozenset(wanted)
        return True


class Task(WSGITask):  # type: ignore[misc]
    """A request; one whose offer was accepted is not answered here but given on."""

    offer: Offer | None = None
    place: Place | None = None
    channel: Any

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        streams = getattr(self.channel.server, "streams", None)
        if streams is not None and self.offer is None:
            self.offer = environ[OFFER] = Offer(streams)
            self.place = environ[PARKING] = Place(streams.parking, self.request)
        return environ

    def execute(self) -> None:
        super().execute()
        if self.offer is not None and self.offer.ticket is not None and self.status.startswith("200"):
            self._hand_over(self.offer.streams, self.offer.ticket)
        elif self.place is not None and self.place.wanted and self.channel.connected:
            self.wrote_header = True  # nothing is answered now
            self.request.close = _later
            self.channel.parked = Parked(self.channel, self.request, self.place.wanted, self.request.parked_until)

    def _hand_over(self, streams: Streams, ticket: Ticket) -> None:
        self.wrote_header = self.close_on_finish = True  # nothing more is written here; waitress closes its handle
        if self.channel.total_outbufs_len or not self.channel.connected:  # an answer before this one is not read yet: no browser asks so
            return
        kept = [(name, value) for name, value in self.response_headers if name.lower() not in _NOT_OURS]
        lines = [f"HTTP/{self.version} {self.status}", f"Date: {build_http_date(self.start_time)}", "Connection: close", *(f"{name}: {value}" for name, value in kept)]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        streams.take(self.channel.socket.dup(), head, ticket)


def _later() -> None:
    """The body of a request that waits is read again."""
