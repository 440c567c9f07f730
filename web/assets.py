"""Built browser assets: from a logical name to the file whose name carries its hash, served compressed and for ever."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory, url_for

DIST = Path(__file__).parent / "static" / "dist"
FOREVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("assets", __name__)


class AssetsNotBuilt(Exception):
    """The browser assets are missing; `./run --setup-only` builds them."""


def manifest() -> dict[str, dict[str, object]]:
    """Logical name → {file, preload}; raises AssetsNotBuilt when nobody built them."""
    path = DIST / "manifest.json"
    try:
        built_at = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsNotBuilt("expected manifest.json in web/static/dist, but it is not there; run ./run --setup-only") from None
    return _read(path, built_at)


@lru_cache(maxsize=1)
def _read(path: Path, _built_at: int) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(path.read_text("utf-8"))
    return found


def asset(name: str) -> str:
    """The address of a built file, for example `asset("app.css")`."""
    return url_for("assets.built", name=manifest()[name]["file"])


@blueprint.get("/static/dist/<name>")
def built(name: str) -> Response:
    """One built file; the compressed copy where the browser takes it."""
    if not name.endswith((".js", ".css", ".txt", ".woff2")):
        abort(404)
    packed = request.accept_encodings.quality("gzip") > 0 and (DIST / f"{name}.gz").is_file()
    response = send_from_directory(DIST, f"{name}.gz" if packed else name, mimetype=_media_type(name), etag=False)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOREVER
    return response


def _media_type(name: str) -> str:
    kinds = {"js": "text/javascript", "css": "text/css", "txt": "text/plain", "woff2": "font/woff2"}
    return kinds[name.rsplit(".", 1)[-1]]
