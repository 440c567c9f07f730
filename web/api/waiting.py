"""How a station waits for a job: its request is put aside by the server that can do so, else it looks again and again in its thread."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from threading import BoundedSemaphore
from typing import Protocol

from flask import request

from notices import bell
from web.services import services

PARKING = "jinshui.parking"  # in the environment of a request
LOOK_S = 0.1
BUSY_S = 3  # after which a station asks again that found no room to wait
ROOM = BoundedSemaphore(2)  # each that waits in its thread holds one of the few of the process


class Place(Protocol):
    """What a server that can put requests aside puts into the environment."""

    def park(self, wanted: Collection[str], seconds: float) -> bool:
        """Has this request asked anew when a job of these comes, or after so many seconds; its answer of now goes nowhere. False when they are over."""
        ...


class PutAside(Exception):
    """This request is asked anew later."""


def wait(topics: Sequence[str], posts: Sequence[str], seconds: float) -> bool:
    """Waits for something to fetch; False where there is no room to wait. Raises PutAside."""
    workers = services().engine.workers
    if seconds <= 0 or workers.is_waiting(topics, posts):
        return True
    place: Place | None = request.environ.get(PARKING)
    if place is None:
        return _wait_here(topics, posts, seconds)
    if place.park([bell.job(topic, post) for topic in topics for post in posts], seconds):
        raise PutAside
    return True


def _wait_here(topics: Sequence[str], posts: Sequence[str], seconds: float) -> bool:
    workers, until = services().engine.workers, time.monotonic() + seconds
    if not ROOM.acquire(blocking=False):
        return False
    try:
        while time.monotonic() < until and not workers.is_waiting(topics, posts):
            time.sleep(LOOK_S)
    finally:
        ROOM.release()
    return True
