"""Hears the NOTIFY of one channel, on a connection of its own that comes back after whatever took it away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy.engine import URL

from db import connections
from db.timeouts import Timeouts

LOOK_S = 0.5  # how soon it sees that it is to stop
AGAIN_S = 2.0
log = logging.getLogger("jinshui")


class Listening:
    """Calls `heard(payload)` for each ring, and `heard(missed)` when the connection stands anew: what was rung meanwhile nobody heard."""

    def __init__(self, url: URL, channel: str, heard: Callable[[str], None], *, missed: str, timeouts: Timeouts | None = None) -> None:
        self._url, self._channel, self._heard, self._missed, self._timeouts = url, channel, heard, missed, timeouts or Timeouts()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends within a second or so."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(3 * LOOK_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("notices: the database is away, listening again: %s", error)
                self._ended.wait(AGAIN_S)

    def _listen(self) -> None:
        address, keywords = connections.reached_by(self._url, self._timeouts)
        conninfo = address.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(conninfo, autocommit=True, **keywords) as connection:
            connection.execute(f'LISTEN "{self._channel}"')
            self._heard(self._missed)
            while not self._ended.is_set():
                for ring in connection.notifies(timeout=LOOK_S):
                    self._heard(ring.payload)
