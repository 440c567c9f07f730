"""抄送我的: cases that somebody wants this person to know of, unread first."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from web import flash, identity, requests
from web.services import services
from web.worklist.workplace import process_names

blueprint = Blueprint("copies", __name__, url_prefix="/copies")
MOST_PAGES = 10_000


@blueprint.get("")
def index() -> BaseResponse:
    """The list; each leads to its case."""
    page, size = requests.whole(request.args.get("page", ""), MOST_PAGES), services().settings.page_size
    rows, has_more = services().engine.parties.copies(identity.staff().actor, size, page * size)
    further = url_for("copies.index", page=page + 1) if has_more else ""
    return requests.page("copies/index.html", rows=rows, further=further, processes=process_names())


@blueprint.post("/<party_id>/read")
def read(party_id: str) -> BaseResponse:
    """The receipt, with its moment."""
    services().engine.parties.read(party_id, identity.staff().actor, requests.act_key("read"))
    return flash.saying(requests.go(requests.local_address(request.form.get("next"), url_for("copies.index"))), "copy_read")
