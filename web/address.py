"""The address under which people reach the pages, where that is not the one on which they are served: behind a proxy that speaks TLS.

A request arrives at such a place over plain HTTP and may name any host, so nothing of it is believed: where a public address is
configured it is the scheme and the host of every request, and so the origin that forms must come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Wsgi = Callable[..., Iterable[bytes]]


class AddressUnfit(ValueError):
    """A public address is scheme and host, and a port where it is not the usual one."""


def checked(address: str) -> str:
    """The address as browsers write an origin; empty stays empty. Raises AddressUnfit."""
    if not address:
        return ""
    try:
        parts = urlsplit(address.strip())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise AddressUnfit(address) from None
    if parts.scheme not in {"http", "https"} or not host or parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise AddressUnfit(address)
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, usual} else "")


def reached_at(public: str, pages: Wsgi) -> Wsgi:
    """The pages as they look from the public address; `public` as `checked` returns it."""
    scheme, _, host = public.partition("://")

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"], environ["HTTP_HOST"] = scheme, host
        environ["REMOTE_ADDR"] = _sender(environ.get("HTTP_X_FORWARDED_FOR", "")) or environ.get("REMOTE_ADDR", "")
        return pages(environ, start_response)

    return serve


def _sender(forwarded: str) -> str:
    """Whom the proxy spoke with: the last address of the header, the only one that it wrote itself; empty for anything else."""
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return ""
