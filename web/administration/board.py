"""The blueprint of these pages, and how one is answered: with the tabs, and the sentence of what was just done or refused."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as BaseResponse

from web import flash, requests
from web.administration import desk

blueprint = Blueprint("administration", __name__, url_prefix="/administration")


def page(template: str, tab: str, *, error: str = "", status: int = 200, **context: Any) -> Response:
    """A page of this family; a refusal is drawn with status 422."""
    return requests.page(
        f"administration/{template}.html", status=422 if error and status == 200 else status, error=error, tabs=desk.tabs(),
        tab=f"administration.{tab}", may=desk.may, level_name=desk.level_name, **context,
    )  # fmt: skip


def done(address: str, code: str = "changed") -> BaseResponse:
    """Back to the page, which says that it was done."""
    return flash.saying(requests.go(address), code)
