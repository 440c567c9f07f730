"""The papers of the delegating side: what they say, and which go with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import StepContext
from handlers.issuing import issue, issue_list, list_as_attachment
from handlers.tools import Tools, ref, signer
from papers.words import term
from records.coinvestigation.areas import Area, areas_of
from records.coinvestigation.kinds import Nature, name
from records.coinvestigation.model import Delegation, InvoiceFace
from records.coinvestigation.store import delegations
from records.offices import store as offices
from records.offices.levels import region_prefixes

# What was done when, in the order of the procedure: task → words of 《协查进行表》.
STEPS = {
    "fill_letter": "填制协查函件", "check_entry": "录入员审核", "check_handling": "经办人审核", "approve_delegation": "稽查局长审批同意",
    "organise_at_city": "市局审核组织",
}  # fmt: skip

SEVERAL = "详见明细清单"


def deliver(ctx: StepContext, tools: Tools, of: str, occasion: str) -> None:
    """Lays the papers of another case with this one: those that procedure.yaml sends with a delegation or with a reply.

    Source: Ningbo 2001-19, annex 1, art. 9; annex 2, art. 12.
    """
    keys = [key for key, row in (ctx.about.get("papers") or {}).items() if row.get("sent_with") == occasion]
    tools.papers.deliver(ctx.session, keys, of=of, to=ctx.case.instance_id)


def issue_delegation_papers(ctx: StepContext, tools: Tools, row: Delegation) -> None:
    """Letter or notice with the list, the table of basic facts and the table of progress, all under the number of the delegation.

    Source: Ningbo 2001-19, annex 1, art. 8; annex 2, arts. 6 and 7.
    """
    invoices, number = invoice_rows(delegations.faces_of(ctx.session, row.id)), row.number or ""
    data = letter_data(ctx, tools, row, invoices)
    issue(ctx, tools, "notice" if row.nature == Nature.CONFIRMED else "letter", data, number=number)
    issue_list(ctx, tools, "list", {**data, "invoices": invoices}, number=number)
    issue(ctx, tools, "case_facts", case_facts_data(ctx, row), number=number)
    issue(ctx, tools, "progress", progress_data(ctx, row), number=number)


def invoice_rows(faces: Sequence[InvoiceFace]) -> list[dict[str, Any]]:
    """Invoices as lists print them, counted from 1."""
    return [{"ordinal": at, **_invoice(face)} for at, face in enumerate(faces, 1)]


def _invoice(face: InvoiceFace) -> dict[str, Any]:
    return {
        "code": face.invoice_code, "number": face.invoice_number, "copy": name("copy", face.copy), "amount": str(face.amount),
        "tax": str(face.tax), "total": str(face.amount + face.tax), "date": face.issued_on.isoformat(), "seller_id": face.seller_id,
        "seller_name": face.seller_name, "buyer_id": face.buyer_id, "buyer_name": face.buyer_name, "problem": name("problem", face.problem),
        "mismatch": name("mismatch", face.mismatch),
    }  # fmt: skip


def case_head(ctx: StepContext, row: Delegation) -> dict[str, Any]:
    """What every paper of a delegation begins with: parties, enterprise, totals, day."""
    return {
        "from_office": ctx.variables["from_office_name"], "to_office": ctx.variables["to_office_name"], "case_name": row.name,
        "enterprise": _enterprise(row), "source": name("source", row.source),
        "nature": name("nature", row.nature), "count": row.invoice_count, "amount": str(row.amount), "tax": str(row.tax),
        "total": str(row.total), "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def _enterprise(row: Delegation) -> dict[str, str]:
    """The enterprise that is asked about; a list that names several stands with the letter (annex 1, art. 8 (1), (3))."""
    if row.enterprise_id or row.enterprise_name:
        return {"id": row.enterprise_id, "name": row.enterprise_name}
    return {"id": SEVERAL, "name": SEVERAL}


def signers(ctx: StepContext) -> dict[str, Any]:
    """The three who sign (annex 2, art. 15)."""
    return {
        "leader": signer(ctx, "approve_delegation"),
        "handler": signer(ctx, "check_handling"),
        "clerk": signer(ctx, "check_entry"),
    }


def letter_data(ctx: StepContext, tools: Tools, row: Delegation, invoices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Letter, notice and list: parties, contents, the three signatures (annex 1, art. 8; annex 2, art. 15); the invoices print in the list alone."""
    rule = tools.rule(ctx, "reply_confirmed" if row.nature == Nature.CONFIRMED else "reply_doubtful")
    problems = list(dict.fromkeys(i["problem"] for i in invoices if i["problem"]))
    attachments = [list_as_attachment(ctx, "list", "增值税专用发票明细清单", row.invoice_count), "《案件协查基本情况表》", "《协查进行表》"]
    return {
        **case_head(ctx, row), **signers(ctx), "term": term(rule.count, rule.unit), "problems": "、".join(problems) or name("nature", row.nature),
        "falsification_facts": row.falsification_facts, "demands": row.demands, "contact": signer(ctx, "fill_letter"),
        "attachments": attachments + (["已定性为虚开的书面证明"] if row.nature == Nature.CONFIRMED else []),
    }  # fmt: skip


def case_facts_data(ctx: StepContext, row: Delegation) -> dict[str, Any]:
    """《案件协查基本情况表》: the areas that are asked, with invoices, amount and tax (annex 1, art. 8 (2))."""
    rows = [
        {
            "region": area.region, "name": area.office.name if area.office else str(ctx.variables["to_office_name"]),
            "enterprises": len(area.enterprises), "count": area.count, "amount": str(area.amount), "tax": str(area.tax),
            "total": str(area.total),
        }
        for area in delegated_areas(ctx, row)
    ]  # fmt: skip
    return {**case_head(ctx, row), **signers(ctx), "areas": rows}


def delegated_areas(ctx: StepContext, row: Delegation) -> list[Area]:
    """The areas of a delegation's invoices, with the offices that are competent for them."""
    known = {region: ref(office) for region, office in offices.regions(ctx.session).items()}
    faces = delegations.faces_of(ctx.session, row.id)
    return areas_of(faces, row.from_scope, lambda region: next((known[r] for r in region_prefixes(region) if r in known), None))


def progress_data(ctx: StepContext, row: Delegation) -> dict[str, Any]:
    """《协查进行表》: enterprise, invoices, falsification, and what was done when by whom (annex 1, art. 8 (3))."""
    done = [{"what": what, "who": s["name"], "on": s["on"]} for task, what in STEPS.items() if (s := signer(ctx, task))["name"]]
    begun = {"what": "提出协查", "who": row.created_by_name, "on": row.created_on.isoformat()}
    sent = {"what": "签发函件，发往受托方", "who": ctx.actor.signature, "on": ctx.clock.today().isoformat()}
    return {
        **case_head(ctx, row), **signers(ctx), "enterprise_facts": row.enterprise_facts, "invoice_facts": row.invoice_facts,
        "falsification_facts": row.falsification_facts, "steps": [begun, *done, sent],
    }  # fmt: skip
