"""我的业务: the pages of an enterprise or a service unit. Its cases and tasks are at the addresses of all cases and tasks."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from web import identity, requests
from web.cases.words import Words
from web.portal import overview
from web.portal.holdings import holdings
from web.portal.of_case import handed_in
from web.portal.overview import case_line
from web.services import services

blueprint = Blueprint("portal", __name__, url_prefix="/portal")


@blueprint.get("")
def index() -> BaseResponse:
    """The first page: what is asked, what may be applied for, the cases, the papers."""
    cases, has_more = overview.cases()
    everything = request.args.get("all", "")
    tasks, more_tasks = overview.tasks(everything=everything == "tasks")
    papers, more_papers = overview.papers(everything=everything == "papers")
    return requests.page(
        "portal/index.html", tasks=tasks, more_tasks=more_tasks, offers=overview.offers(), cases=cases, has_more=has_more, papers=papers,
        more_papers=more_papers, competent=overview.competent_office(), holdings=holdings(),
    )  # fmt: skip


@blueprint.get("/cases/<instance_id>/receipt")
def receipt(instance_id: str) -> BaseResponse:
    """What was handed in, for paper: by whom, when, under which number."""
    case = services().engine.case(instance_id, identity.staff().actor)
    lines = handed_in(case, Words.of(case.header, case.variables))
    return requests.page("portal/receipt.html", line=case_line(case.header), lines=lines, competent=overview.competent_office())
