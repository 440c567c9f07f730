"""What was entered and could not be taken just now: the page that says why carries it along, and it is sent again under the same key.

Nothing of it is stored. It is in the browser of whoever typed it, and taken only from there and only by somebody who is signed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import request

from web import csrf, requests

AT, ENTRIES = "kept_at", "kept"  # what a sign-in carries of the form that came before it
MOST_FIELDS = 50_000
Entries = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """A form that came without a session: where it was going, and what stood in it."""

    at: str
    entries: Entries

    @property
    def text(self) -> str:
        """The entries as one hidden field of the sign-in page holds them."""
        return urlencode(self.entries)


def entries() -> Entries:
    """What the posted form holds; neither passwords nor files are drawn into a page."""
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return []  # a form with files is not even read: where the database is away, nobody knows who sends it
    if (request.content_length or 0) > (request.max_content_length or 0):
        return []
    given = list(request.form.items(multi=True))
    return [] if any("password" in name for name, _value in given) else given


def unsigned(given: Entries) -> Entries:
    """The entries without the token of a session that is over."""
    return [(name, value) for name, value in given if name != csrf.FIELD]


def begun() -> Kept | None:
    """The form that this request would have sent, had there been a session; None where nothing was entered."""
    found = unsigned(entries())
    return Kept(request.full_path.rstrip("?"), found) if found else None


def carried() -> Kept | None:
    """The form that a sign-in carries along; None where it carries none, or not one of ours."""
    at = requests.local_address(request.form.get(AT), "")
    try:
        found = parse_qsl(request.form.get(ENTRIES, ""), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    return Kept(at, unsigned(found)) if at and found else None
