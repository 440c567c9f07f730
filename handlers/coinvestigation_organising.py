"""What goes upwards: large mismatches at once, and cases that the city or the SAT organises."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_city_papers import report_data
from handlers.issuing import issue
from handlers.tools import Tools, city_of, officer_posts, own_office, ref, who
from papers.numbers import document_number
from records.coinvestigation.store import delegations, paperwork

TERM = "report_at_once"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of both ways up."""

    @registry.operation("coinvestigation.start_report")
    def start_report(ctx: StepContext) -> Mapping[str, Any]:
        """A certified mismatch reaches the amount of the law: a report of its own begins, and the delegation goes on.

        The city reports nothing to itself: what it found itself it knows, and sums up for the SAT.
        Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
        """
        if city_of(ctx.session, ctx.case.office_id).id == ctx.case.office_id:
            return {}
        kept = ("delegation_id", "report_from", "largest_mismatch", "invoice_count", "from_office_name", "to_office_name")
        ctx.send("large_mismatch_found", str(ctx.variables["delegation_id"]), {
            **{name: ctx.variables[name] for name in kept}, "case_name": ctx.case.title, "office_id": ctx.case.office_id,
            "title": f"随时报告：{ctx.case.title}", "parent_instance_id": ctx.case.instance_id,
        })  # fmt: skip
        return {}

    @registry.operation("coinvestigation.open_report")
    def open_report(ctx: StepContext) -> Mapping[str, Any]:
        """“At once” begins to run on the day on which the mismatch came in, though a case be made of it later.

        Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
        """
        row = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM),
            delegations.received_on(ctx.session, ctx.variables["delegation_id"]),
            owner_posts=officer_posts(ctx.session, ctx.case.office_id),
        )  # fmt: skip
        ctx.set_due(row.due_on, row.label)
        return {"city_office_name": city_of(ctx.session, ctx.case.office_id).name}

    @registry.operation("coinvestigation.file_report")
    def file_report(ctx: StepContext) -> Mapping[str, Any]:
        """The invoices that reach the amount stand in the city's book of reports.

        Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
        """
        own, city = own_office(ctx), city_of(ctx.session, ctx.case.office_id)
        reported = paperwork.report_at_once(
            ctx.session, who(ctx), ref(own), city.id, ctx.variables["delegation_id"], Decimal(str(ctx.variables["report_from"]))
        )
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, ctx.clock.today())
        ctx.set_due(None)
        return {"reported_count": reported}

    @registry.operation("coinvestigation.acknowledge_report")
    def acknowledge_report(ctx: StepContext) -> Mapping[str, Any]:
        """The city has taken note and will sum it up for the SAT; it may organise the case itself, and the district's case is told.

        Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph; annex 2, art. 10, third paragraph.
        """
        if ctx.variables.get("city_organises") == "yes":
            ctx.send("city_organises", str(ctx.variables["delegation_id"]), {"city_decided": True}, if_awaited=True)
        paperwork.acknowledge_reports(ctx.session, who(ctx), ctx.variables["delegation_id"])
        return {}

    @registry.operation("coinvestigation.note_city_decision")
    def note_city_decision(ctx: StepContext) -> Mapping[str, Any]:
        """The officers are told that the city organises, or that its word came too late: the letter is out, or it is verified inside.

        Source: Ningbo 2001-19, annex 2, art. 10, third paragraph.
        """
        row = delegations.delegation(ctx.session, ctx.variables["delegation_id"])
        if row.state == "reported":  # the city has it already
            return {}
        if row.state in {"draft", "in_review"}:
            zh, en = "市局决定直接组织协查，审批后报市局", "the city organises this case; once approved it goes to the city"
        else:
            zh, en = "市局决定直接组织协查，但函件已发出或正在辖区内核查", "the city wanted to organise this case, but it is out or verified here already"
        tools.tell(ctx, officer_posts(ctx.session, ctx.case.office_id), "city_organises", zh, en)
        return {}

    @registry.operation("coinvestigation.issue_report")
    def issue_report(ctx: StepContext) -> Mapping[str, Any]:
        """The place where the case arose reports it to the city, which organises or reports on to the SAT.

        Source: Ningbo 2001-19, annex 2, art. 10.
        """
        row = delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "report")
        city = city_of(ctx.session, ctx.case.office_id)
        # A number of its own: what the city sends back is reported anew, under a new number.
        number = document_number(ctx.session, f"{tools.mark(ctx, own_office(ctx))}报", ctx.clock.today().year)
        issue(ctx, tools, "case_report", report_data(ctx, row, city.name), number=number)
        return {"city_office_name": city.name}
