"""The stream of a page that is open (server-sent events): who it is for is settled here, like any request; the server then holds the connection.

A stream carries two numbers, the newest notice and how many are unread, and nothing that stands in one; of the case that the page shows it says that
work at a counter goes on, and nothing of it. The page asks for the rest by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import NotFound
from web import identity, requests
from web.cases.stations import has_counter
from web.notices.family import blueprint
from web.services import services

OFFER = "jinshui.stream"  # in the environment of a request: the server can hold its connection
FULL_S = 60
LAST_ID = 10**17


@dataclass(frozen=True)
class Ticket:
    """For whom a stream is: the person, the session by its SHA-256, the last notice that the page knows, and the case that it shows."""

    person_id: str
    session: str
    after: int
    case: str = ""


class Offer(Protocol):
    """What a server that can hold connections puts into the environment."""

    def accept(self, ticket: Ticket) -> bool:
        """Has the connection held after this answer; False where there is no room."""
        ...


def has_streams() -> bool:
    """Whether the server of this request can hold a connection; where it cannot, pages ask now and then."""
    return OFFER in request.environ


@blueprint.get("/stream")
def stream() -> BaseResponse:
    """Begins a stream behind `Last-Event-ID`; 204 where the server holds none, so that the page asks now and then instead; 503 where it is full."""
    offer: Offer | None = request.environ.get(OFFER)
    if offer is None or request.method != "GET":
        return Response(status=204)
    after = requests.whole(request.headers.get("Last-Event-ID", "") or request.args.get("after", ""), LAST_ID)
    ticket = Ticket(identity.staff().actor.person_id, identity.current_session().token_sha256, after, _case(request.args.get("case", "")[:64]))
    if not offer.accept(ticket):
        return Response(status=503, headers={"Retry-After": str(FULL_S)})
    return Response(b"", mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _case(instance_id: str) -> str:
    """The case that the page shows, if its reader sees it and may stand at a counter of it."""
    if not instance_id or not has_counter():
        return ""
    try:
        return services().engine.header(instance_id, identity.staff().actor).instance_id
    except NotFound:
        return ""
