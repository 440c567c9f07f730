"""The delegating side sends: the letter is issued once all have signed, and goes to the other authority's case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_papers import issue_delegation_papers
from handlers.coinvestigation_signing import sign_all
from handlers.tools import Tools, who
from records.coinvestigation import rules
from records.coinvestigation.kinds import Nature
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import delegations
from records.offices import store as offices
from records.offices.model import Office

FACES_SHOWN = 100
SIGNED_AT = {"clerk": "check_entry", "handler": "check_handling", "leader": "approve_delegation"}


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of issuing and sending."""

    @registry.operation("coinvestigation.issue_letter")
    def issue_letter(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the letter or the notice, and the list of invoices, once all have signed.

        Source: Ningbo 2001-19, annex 1, art. 8; annex 2, arts. 6, 7, 10 and 15.
        """
        _keep_to_organiser(ctx.variables)
        row = delegations.delegation(ctx.session, ctx.variables["delegation_id"])
        sign_all(ctx, row.id, rules.letter_of(Nature(row.nature)), SIGNED_AT)
        issue_delegation_papers(ctx, tools, row)
        return {}

    @registry.operation("coinvestigation.send_delegation")
    def send_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Sends the delegation to the other authority's case: directly between equals, step by step where a superior organises.

        Source: Ningbo 2001-19, annex 2, arts. 4 and 5.
        """
        row = delegations.move_delegation(
            ctx.session, who(ctx), ctx.variables["delegation_id"], "send", sent_on=ctx.clock.today(), organiser=ctx.variables["organiser"]
        )
        addressed = _addressed(ctx, str(row.to_office_id))
        ctx.send("delegation_sent", row.id, {
            "office_id": addressed.id, "title": row.name, "delegation_id": row.id, "case_name": row.name, "nature": row.nature,
            "from_office_name": ctx.variables["from_office_name"], "competent_office_name": ctx.variables["to_office_name"],
            "enterprise_id": row.enterprise_id, "enterprise_name": row.enterprise_name, "faces": shown(delegations.faces_of(ctx.session, row.id, limit=FACES_SHOWN)),
            "demands": row.demands, "reply_to": row.id, "delegation_number": row.number, "parent_instance_id": ctx.case.instance_id,
        })  # fmt: skip
        return {"addressed_office_name": addressed.name}


def _keep_to_organiser(variables: Mapping[str, Any]) -> None:
    """What the SAT organises is not sent before it was reported there; the model sees to it, older versions of it did not."""
    if variables.get("organiser") == "sat" and "report_to_sat" not in (variables.get("done_by") or {}):
        raise Declined(
            "价税合计在1亿元以上的案件由国家税务总局组织协查，应先上报总局，不能由市局自行组织（甬国税发〔2001〕19号附件2第十条）",
            "a case of 100,000,000 and over is organised by the SAT: it must be reported there first (Ningbo 2001-19, annex 2, art. 10)",
        )


def _addressed(ctx: StepContext, to_office_id: str) -> Office:
    """Where the letter goes: to the competent office, or to the level that decisions/organiser.dmn names above it.

    Where that is who writes, the next step down is the competent office itself (annex 2, art. 5).
    """
    upper = offices.office_at_level(ctx.session, to_office_id, str(ctx.variables["addressed_level"]))
    return upper if upper is not None and upper.id != ctx.case.office_id else offices.office(ctx.session, to_office_id)


def shown(faces: Sequence[InvoiceFace]) -> list[dict[str, Any]]:
    """The invoices as the other side's pages show them, as many as a page holds; the list of invoices, a paper, has all."""
    keys = ("invoice_code", "invoice_number", "copy", "amount", "tax", "issued_on", "seller_id", "buyer_id", "problem", "mismatch")
    return [{key: getattr(face, key) for key in keys} for face in faces[:FACES_SHOWN]]
