"""A person's own page: posts held, language, and the way to password, second factor and devices."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

from web import identity, requests

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("")
def index() -> BaseResponse:
    """Posts and language of the person who asks."""
    return requests.page("profile/index.html", me=identity.staff())
