"""A browser without JavaScript: opens pages, keeps cookies, follows redirects, and sends forms exactly as they stand on the page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import BaseHandler, HTTPCookieProcessor, HTTPErrorProcessor, ProxyHandler, Request, build_opener

from lxml import html

Pairs = list[tuple[str, str]]
TIMEOUT_S = 60


@dataclass(frozen=True)
class Upload:
    """A file chosen in a form."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    address: str  # path, after redirects
    tree: Any

    @property
    def text(self) -> str:
        """What can be read in the middle of the page, spaces folded."""
        middle = self.tree.xpath("//main") or [self.tree]
        return " ".join(middle[0].text_content().split())

    def form(self, action: str) -> Any | None:
        """The form that sends to an address, or None."""
        return next((form for form in self.tree.forms if urlsplit(form.action or "").path == action), None)


class _AnyStatus(HTTPErrorProcessor):
    """A refusal is a page like any other."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response if response.status >= 400 else super().http_response(request, response)


class Browser:
    """One person's browser at one address; `http://127.0.0.1:port` without a slash."""

    def __init__(self, base: str) -> None:
        self.base = base
        handlers: list[BaseHandler] = [ProxyHandler({}), HTTPCookieProcessor(CookieJar()), _AnyStatus()]
        self._opener = build_opener(*handlers)

    def open(self, address: str) -> Page:
        """Goes to an address of the site."""
        return self._send(Request(urljoin(self.base, address)))  # noqa: S310 -- our own server on loopback

    def send(self, address: str, pairs: Pairs) -> Page:
        """Sends a form."""
        return self._send(Request(urljoin(self.base, address), urlencode(pairs).encode()))  # noqa: S310 -- as above

    def send_file(self, address: str, pairs: Pairs, file: Upload) -> Page:
        """Sends a form with a file."""
        boundary = secrets.token_hex(16)
        parts = [(f'name="{name}"', value.encode()) for name, value in pairs]
        parts.append((f'name="{file.field}"; filename="{file.name}"\r\nContent-Type: application/octet-stream', file.content))
        body = b"".join(_part(boundary, head, content) for head, content in parts) + f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._send(Request(urljoin(self.base, address), body, kind))  # noqa: S310 -- as above

    def _send(self, request: Request) -> Page:
        with self._opener.open(request, timeout=TIMEOUT_S) as answer:
            content = answer.read().decode("utf-8")
            return Page(answer.status, urlsplit(answer.url).path, html.fromstring(content or "<p></p>"))


def _part(boundary: str, head: str, content: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"


def filled(form: Any, wanted: Iterable[tuple[str, str | list[str]]]) -> Pairs:
    """What the browser sends after these fields were filled in; a box stays empty for an empty text, and of several boxes those in a list are ticked."""
    values = dict(wanted)
    kept = [(name, value) for name, value in form.form_values() if name not in values]
    return kept + [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value]) if one]


def fields_of(form: Any) -> set[str]:
    """The names of the fields that show."""
    return {str(name) for name in form.inputs.keys() if name}  # noqa: SIM118 -- iterating over it gives the controls
