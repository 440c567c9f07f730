"""The headers of every answer, and its compression. The policy allows nothing inline and nothing from elsewhere."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
# bpmn-js writes the style attribute of the elements it draws; no style sheet and no script may stand in the page all the same.
DIAGRAM_POLICY = POLICY + "; style-src-attr 'unsafe-inline'"
# The browser's own viewer draws a PDF with styles of its own.
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
COMPRESSED = {"text/html", "application/json", "image/svg+xml", "text/plain"}
SMALLEST = 900  # bytes below which compression gains nothing
HSTS = "max-age=31536000"
DIAGRAM = "has_diagram"


def with_diagram(response: Response) -> Response:
    """Marks an answer whose page may hold a diagram."""
    response.headers[DIAGRAM] = "1"
    return response


def _secure(response: Response) -> Response:
    diagram = response.headers.pop(DIAGRAM, None)
    policy = PDF_POLICY if response.mimetype == "application/pdf" else DIAGRAM_POLICY if diagram else POLICY
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.is_secure:  # by the public address alone (web/address.py): from then on the browser comes by no other way
        response.headers["Strict-Transport-Security"] = HSTS
    # Taxpayers' data stay out of the disk cache; only built assets, whose names carry their hash, say otherwise.
    response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        response.vary.update(("HX-Target", "Cookie"))  # one address: page or fragment, in either language
    return response


def _compress(response: Response) -> Response:
    if response.mimetype not in COMPRESSED or response.direct_passthrough or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers or not request.accept_encodings.quality("gzip"):
        return response
    body = response.get_data()
    if len(body) < SMALLEST:
        return response
    response.set_data(gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def install(app: Flask) -> None:
    """Has every answer of the application secured, then compressed."""
    app.after_request(_compress)
    app.after_request(_secure)
