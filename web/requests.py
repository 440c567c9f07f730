"""What views ask of a request: which part of the page is wanted, which key makes the act happen once."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from db.ids import new_id

KEY_FIELD = "key"
DIGITS = 18  # Python reads no number of thousands of digits, and no table has so many rows
_KEY = re.compile(r"[0-9a-f]{32}")
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x1f\\]*")


class KeyMissing(Exception):
    """A form that changes something came without its request key."""


def new_key() -> str:
    """A key for one form: posted twice, it acts once."""
    return new_id()


def act_key(act: str) -> str:
    """The key of the posted form, bound to one kind of act; raises KeyMissing."""
    key = request.form.get(KEY_FIELD, "")
    if not _KEY.fullmatch(key):
        raise KeyMissing
    return f"{act}:{key}"


def whole(text: str, most: int) -> int:
    """A whole number from an address, at most so large; what is none counts as 0, however long it is."""
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0


def wanted() -> str:
    """The id of the element that htmx will fill; empty when a whole page is wanted (htmx sends `tag#id`)."""
    return request.headers.get("HX-Target", "").rpartition("#")[2]


def is_htmx() -> bool:
    """Whether htmx asked, as opposed to the browser itself."""
    return request.headers.get("HX-Request") == "true"


def go(address: str) -> BaseResponse:
    """After a change: look at the result there (303), in the same pane when htmx asked."""
    return redirect(address, 303)


def go_whole(address: str) -> BaseResponse:
    """As `go`, but always as a whole page."""
    if not is_htmx():
        return redirect(address, 303)
    response = Response(status=204)
    response.headers["HX-Redirect"] = address
    return response


def local_address(address: str | None, otherwise: str) -> str:
    """The address if it leads to a page of ours, else the other one: nobody is sent elsewhere by a link."""
    return address if address and _LOCAL.fullmatch(address) else otherwise


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A drawn template as an answer."""
    return make_response(render_template(template, **context), status)
