"""How the case of a row begins: by a list, by a delegation with invoices that are made up, or by the form of any process that the row names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from commands.demo_office.crew import Crew
from commands.demo_office.invoices import faces, taxpayer_number
from commands.demo_office.lists import bring_list
from commands.demo_office.story import Story, dated
from commands.scenarios.files import blank_pdf
from db.ids import new_id
from engine.errors import Refusal

if TYPE_CHECKING:
    from app import Application


def begun(application: Application, crew: Crew, story: Story) -> list[str]:
    """The cases with which a row begins."""
    row = story.row
    try:
        found = _form(application, crew, story) if "start" in row else _invoices(application, crew, story)
    except Refusal as refusal:
        raise story.fault(str(refusal)) from refusal
    if "proof" in row:  # the written proof without which a notice of confirmed false invoices is not submitted (annex 2, art. 7)
        name = str(row["proof"])
        application.engine.attach(found[0], name, blank_pdf(name), "application/pdf", crew.actor(row["by"]), new_id())
    return found


def _form(application: Application, crew: Crew, story: Story) -> list[str]:
    row, today = story.row, application.clock.today()
    form = dated(row.get("form", {}), today)
    ref = application.engine.start(row["start"], office_id=crew.office(row["office"]), actor=crew.actor(row["by"]), key=new_id(), form=form)
    return [ref.instance_id]


def _invoices(application: Application, crew: Crew, story: Story) -> list[str]:
    row, serial = story.row, int(story.book.data["serial"])
    seller = taxpayer_number(str(row["seller_region"]), serial + story.number * 7919)
    buyer = taxpayer_number(str(row["buyer_region"]), serial + story.number * 104729)
    made = faces(seller, buyer, int(row["invoices"]), Decimal(str(row["amount"])), application.clock.today(), story.number)
    if "source" in row:
        return bring_list(application, crew.actor(row["by"]), row, made, row.get("parties", {}))
    given: Mapping[str, Any] = {
        "nature": row["nature"], "case_name": f"{row['enterprise']}专用发票协查", "to_office": row["to"], "enterprise_id": seller,
        "enterprise_name": row["enterprise"], "faces": made,
    }  # fmt: skip
    ref = application.engine.start(
        "delegation", office_id=crew.office(row["from"]), actor=crew.actor(row["by"]), key=new_id(), form=given
    )
    return [ref.instance_id]
