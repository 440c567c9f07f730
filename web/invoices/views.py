"""The invoices of a case on a page of their own, as the block that htmx fills in the page of the case or task, and as a workbook."""

from __future__ import annotations

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as BaseResponse

from db.timeouts import LONG
from engine.errors import NotFound
from engine.reads import CaseView
from records.coinvestigation import listing
from web import identity, printing, requests
from web.downloads import XLSX, sent
from web.invoices.block import block_of, reading, subject_of
from web.invoices.choice import Choice
from web.invoices.sheet import title, workbook
from web.services import services

blueprint = Blueprint("invoices", __name__, url_prefix="/cases/<instance_id>")


@blueprint.get("/invoices")
def show(instance_id: str) -> BaseResponse:
    """A page of the invoices."""
    case = _case(instance_id)
    found = block_of(case, request.args)
    if found is None:
        abort(404)
    fragment = requests.wanted() == "invoices"
    return requests.page("invoices/_block.html" if fragment else "invoices/show.html", invoices=found, case=case.header)


@blueprint.get("/invoices.xlsx")
def export(instance_id: str) -> BaseResponse:
    """Everything that the words find, in the order of the list."""
    case, choice = _case(instance_id), Choice.of(instance_id, request.args)
    with reading(case, LONG) as session:
        subject = subject_of(session, case)
        if subject is None:
            abort(404)
        with printing.taking_away(listing.faces(session, subject, choice.query, limit=1).total):
            content = workbook(session, subject, choice.query)
    name = f"{title()}-{case.header.business_key or case.header.title}.xlsx"
    return sent(content, XLSX, name, "invoices", save=True)


def _case(instance_id: str) -> CaseView:
    """The case; raises NotFound for whoever may not see it, and for the parties that it names: what was found of others is not theirs."""
    if identity.staff().party:
        raise NotFound(instance=instance_id)
    return services().engine.case(instance_id, identity.staff().actor)
