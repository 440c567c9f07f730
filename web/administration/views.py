"""The front page of the family: each kind of page has a file of its own, which adds its addresses to the blueprint."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from web import requests
from web.administration import deputies, history, lists, notices, offices, parties, people, person, stations, unattended  # noqa: F401 -- their addresses
from web.administration.board import blueprint

__all__ = ["blueprint"]


@blueprint.get("")
def index() -> BaseResponse:
    """The tree of offices is what an administrator looks at first."""
    return requests.go(url_for("administration.offices"))
