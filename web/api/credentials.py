"""The credential that a station shows, and what becomes of whoever shows none or a wrong one.

A wrong one counts against its address as a wrong password does; from where too many came is asked to wait. Every refusal stands in the trail.
"""

from __future__ import annotations

from datetime import datetime

from flask import g, request

from db.installation import is_demonstration
from records.audit import Who, note
from records.offices import stations
from records.offices.addresses import STATIONS, closed_until, note_address
from records.offices.model import Station
from web import door
from web.rights import refusals
from web.services import services
from web.staff import Staff

SCHEME = "Bearer "
REFUSED = "access:station:refused"
SIMULATOR = "simulator"
_SHOWN = 200


class Unknown(Exception):
    """No credential was shown, or one that opens nothing."""


class TooMany(Exception):
    """The address has to wait; `seconds` long."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__()
        self.seconds = max(1, int((until - now).total_seconds()))


class Simulated(Exception):
    """Cards that are files, in a house whose data are none of a demonstration."""


class Elsewhere(Exception):
    """The credential is not good for this post."""


def station() -> Station:
    """Who asks; only for addresses of stations."""
    found = g.station
    assert isinstance(found, Station)
    return found


def require() -> None:
    """Knows the station by its credential; raises Unknown, TooMany.

    A right one is good however many wrong ones came from its address: 256 bits are not guessed, and stations share an address.
    """
    deps, address = services(), request.remote_addr or ""
    now, shown = deps.clock.now(), request.headers.get("Authorization", "")
    token = shown.removeprefix(SCHEME).strip() if shown.startswith(SCHEME) else ""
    with deps.database.read() as session:
        found = stations.by_token(session, token) if token else None
        until = closed_until(session, address, now, deps.settings.attempts, STATIONS) if found is None and token else None
    if until is not None:
        raise TooMany(until, now)
    if found is None:
        _refuse(address, now, is_guess=bool(token))
        raise Unknown
    g.station = found


def require_real(driver: str) -> None:
    """Cards that are files are written for made-up data, or by a station that was made for them; raises Simulated."""
    if driver != SIMULATOR or station().is_simulated:
        return
    with services().database.read() as session:
        if not is_demonstration(session):
            raise Simulated


def refused(why: str) -> None:
    """Notes what a station that is known was refused."""
    deps, asking = services(), station()
    with deps.database.write() as session:
        note(session, Who("", asking.name, deps.clock.now()), REFUSED, "station", asking.id, new={"at": door.plain(request.path)[:_SHOWN], "why": why[:_SHOWN]})


def _refuse(address: str, now: datetime, *, is_guess: bool) -> None:
    """Notes who was sent away; a visitor who shows nothing was refused nothing."""
    if isinstance(g.get("staff"), Staff):
        refusals.told(401, "NoStation")
    elif is_guess:
        with services().database.write() as session:
            note_address(session, Who("", "", now), REFUSED, address, "", STATIONS)
