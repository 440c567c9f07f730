"""Files sent to a browser under a Chinese name, and under a plain one for programs that know ASCII only."""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import quote

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN = re.compile(r"[^A-Za-z0-9]+")


def sent(content: bytes, media_type: str, name: str, plain: str, *, save: bool) -> Response:
    """The file; `plain` says in English what it is, the figures and the ending of `name` complete the plain name.

    `甬海国税稽协〔2026〕8号.pdf`, a `letter`, is `letter-2026-8.pdf` where the Chinese name cannot be read.
    """
    response = send_file(BytesIO(content), media_type, as_attachment=save, etag=False, download_name=name)
    kind = "attachment" if save else "inline"
    response.headers["Content-Disposition"] = f"{kind}; filename={ascii_name(name, plain)}; filename*=UTF-8''{quote(name, safe='')}"
    return response


def ascii_name(name: str, plain: str) -> str:
    """A name of letters, figures and hyphens that keeps the figures of the number apart."""
    stem, _, ending = name.rpartition(".") if "." in name else (name, "", "file")
    figures = re.findall(r"[0-9]+", stem)
    words = [word for word in (*_PLAIN.sub("-", plain).strip("-").split("-"), *figures) if word]
    return f"{'-'.join(words) or 'file'}.{_PLAIN.sub('', ending)}"
