"""Whether the house can be reached at the address that a station was given, and why not, in words for whoever stands at the counter."""

from __future__ import annotations

import socket
import ssl
from urllib.error import URLError
from urllib.parse import urlsplit

from commands.mishaps import reason

LOOKS_WITHIN_S = 5.0


class NoAddress(Exception):
    """What was given for the house is none; the text says how it is written, in both languages."""


def require_address(server: str) -> None:
    """Raises NoAddress."""
    parts = urlsplit(server)
    try:
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.path in {"", "/"} and not parts.query and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        is_whole = False
    if not is_whole:
        raise NoAddress(
            f"--server：地址应写作 http://主机:端口 或 https://主机，后面不带路径，而不是 {server[:80]} / "
            f"--server: the address is http://HOST:PORT or https://HOST without a path, not {server[:80]}"
        )


def unreachable(server: str) -> tuple[str, str] | None:
    """Why nobody answers at an address just now, in both languages; None where somebody does."""
    parts = urlsplit(server)
    is_safe = parts.scheme == "https"
    try:
        with socket.create_connection((parts.hostname or "", parts.port or (443 if is_safe else 80)), LOOKS_WITHIN_S) as line:
            if is_safe:
                ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname).close()
    except OSError as error:
        return _said(error)
    return None


def why(shut: Exception) -> tuple[str, str]:
    """Why the house could not be asked: what the line says, else the house's own sentence."""
    cause = shut.__cause__
    if isinstance(cause, URLError) and isinstance(cause.reason, Exception):
        cause = cause.reason
    return _said(cause) if isinstance(cause, OSError) and not isinstance(cause, URLError) else (str(shut), getattr(shut, "en", "") or str(shut))


def _said(error: OSError) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"系统的证书不受信任（{error.verify_message}）", f"the certificate of the house is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "这个端口不是 https，请核对地址", "this port does not speak https: look at the address"
    if isinstance(error, TimeoutError):
        return "没有应答，请核对地址、端口以及 http 还是 https", "nothing answers: look at the address, the port, and whether it is http or https"
    return reason(error)
