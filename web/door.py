"""What no field of ours can hold and no table takes: control characters, which come in with a pasted text or a made-up address.

PostgreSQL stores no NUL; XML, and with it papers and workbooks, none of the others; a person sees none of them. They are taken out of
what is entered once, here, before a view reads it. An address with one leads nowhere.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Request as FlaskRequest
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")  # tab and the ends of lines stay


def plain(text: str) -> str:
    """The text without what cannot be kept."""
    return _CONTROLS.sub("", text)


class Entries(ImmutableMultiDict[str, Any]):
    """The fields of a form or of an address, names and values plain; uploaded files as they are."""

    def __init__(self, mapping: Any = None) -> None:
        given = MultiDict[str, Any](mapping).items(multi=True)
        super().__init__([(plain(name), plain(value) if isinstance(value, str) else value) for name, value in given])


class Request(FlaskRequest):
    """A request as views see it."""

    parameter_storage_class = Entries


def leads_nowhere(address: str) -> bool:
    """Whether an address holds what no key of ours holds."""
    return plain(address) != address
