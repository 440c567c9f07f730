"""Cross-site requests are refused twice over: by the token in the form, and by what the browser says about the origin.

The token is masked anew in every page, so that compression leaks nothing about it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from flask import Request

FIELD = "csrf"
HEADER = "X-CSRF-Token"
SAFE = {"GET", "HEAD", "OPTIONS"}


class ForgedRequest(Exception):
    """The request did not come from one of our own forms; `is_own_page`: but from a page of ours, whose session is over."""

    def __init__(self, *, is_own_page: bool = False) -> None:
        super().__init__()
        self.is_own_page = is_own_page


def secret_of(cookie: str) -> bytes:
    """The secret behind the tokens of one browser, derived from the cookie that only this browser has."""
    return hmac.digest(cookie.encode(), b"jinshui csrf", hashlib.sha256)


def issue(cookie: str) -> str:
    """A fresh token for a form."""
    secret = secret_of(cookie)
    mask = secrets.token_bytes(len(secret))
    return base64.urlsafe_b64encode(mask + bytes(a ^ b for a, b in zip(mask, secret, strict=True))).decode()


def is_valid(token: str, cookie: str) -> bool:
    """Whether a token was issued to the browser that holds this cookie."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return False
    half = len(raw) // 2
    secret = bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=False))
    return bool(cookie) and hmac.compare_digest(secret, secret_of(cookie))


def check(request: Request, cookie: str) -> None:
    """Raises ForgedRequest unless an unsafe request carries this browser's token and comes from our own pages."""
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "")
    if site not in {"", "same-origin", "none"}:
        raise ForgedRequest
    origin = request.headers.get("Origin")
    # A page without an origin (sandboxed, or reached through another site) says `null`: ours do so nowhere, unless the browser vouches for it.
    if origin not in {None, request.host_url.rstrip("/")} and not (origin == "null" and site == "same-origin"):
        raise ForgedRequest
        raise ForgedRequest
    if not is_valid(request.headers.get(HEADER) or request.form.get(FIELD, ""), cookie):
        raise ForgedRequest(is_own_page=origin == request.host_url.rstrip("/"))  # which no other site can say of itself
