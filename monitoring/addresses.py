"""The three addresses for machines, in front of the pages: they know no session and read no person.

/healthz: the process is alive. /readyz: it can serve, else 503 with the reasons. /metrics: only for the machine itself, or for whoever
has the token where one is configured. Every other request passes through, timed and logged.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

import orjson

from monitoring.health import Health
from monitoring.meter import MEDIA_TYPE, Meter

TOKEN = "JINSHUI_METRICS_TOKEN"  # noqa: S105 -- the name of the variable
JSON = "application/json"
_LOOPBACK = ("127.", "::1", "::ffff:127.")
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA", "HTTP_X_FORWARDED_HOST")
log = logging.getLogger("jinshui.request")
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Addresses:
    """A WSGI application around another one; around none, where a process serves no pages."""

    def __init__(self, health: Health, meter: Meter, pages: Application | None = None, token: str | None = None) -> None:
        self.health, self.meter, self.pages = health, meter, pages
        self.token = os.environ.get(TOKEN, "") if token is None else token

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/healthz":
            return _answer(start_response, "200 OK", JSON, b'{"status":"alive"}')
        if path == "/readyz":
            return self._ready(start_response)
        if path == "/metrics" and self._may_read(environ):
            return _answer(start_response, "200 OK", MEDIA_TYPE, self.meter.text())
        if self.pages is None:
            return _answer(start_response, "404 Not Found", JSON, b'{"status":"not found"}')
        return self._page(self.pages, environ, start_response)

    def _ready(self, start_response: StartResponse) -> Iterable[bytes]:
        reasons = self.health.reasons()
        content = orjson.dumps({"status": "not ready" if reasons else "ready", "reasons": reasons})
        return _answer(start_response, "503 Service Unavailable" if reasons else "200 OK", JSON, content)

    def _may_read(self, environ: Environ) -> bool:
        """A proxy on this machine forwards for others: what it forwards does not come from here."""
        if self.token:
            return hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), f"Bearer {self.token}".encode())
        is_here = str(environ.get("REMOTE_ADDR", "")).startswith(_LOOPBACK)
        return is_here and not any(name in environ for name in _FORWARDED)

    def _page(self, pages: Application, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        begun, status = perf_counter(), "500"

        def noted(said: str, *rest: Any) -> Any:
            nonlocal status
            status = said.split(" ", 1)[0]
            return start_response(said, *rest)

        try:
            return pages(environ, noted)
        finally:
            self._note(environ, int(status), perf_counter() - begun)

    def _note(self, environ: Environ, status: int, seconds: float) -> None:
        method = str(environ["REQUEST_METHOD"])
        self.meter.answered(method if method in {"GET", "POST", "HEAD"} else "OTHER", status, seconds)
        if log.isEnabledFor(logging.INFO):
            extra = {"method": method, "path": environ.get("PATH_INFO", ""), "status": status, "duration_ms": round(seconds * 1000, 2), "address": environ.get("REMOTE_ADDR", "")}
            log.info("%s %s", method, status, extra=extra)


def _answer(start_response: StartResponse, status: str, media_type: str, content: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", media_type), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")])
    return [content]
