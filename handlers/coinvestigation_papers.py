"""The papers of the delegating side, and issuing papers: frozen in the step, rendered after commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from sqlalchemy import select

from deadlines.model import Notice
from engine.registry import EffectContext, Registry, StepContext
from engine.tables import CaseParty
from engine.views import FOR_PARTIES
from handlers.tools import Tools, ref, signer
from papers.model import Paper
from papers.words import term
from records.coinvestigation.areas import Area, areas_of
from records.coinvestigation.kinds import Nature, name
from records.coinvestigation.model import Delegation, InvoiceFace
from records.coinvestigation.store import delegations
from records.offices import store as offices
from records.offices.levels import region_prefixes

VOLUME = 1_000  # rows of a list in one volume where procedure.yaml says nothing: some twenty seconds, and fifty sheets in one binding
# What was done when, in the order of the procedure: task → words of 《协查进行表》.
STEPS = {
    "fill_letter": "填制协查函件", "check_entry": "录入员审核", "check_handling": "经办人审核", "approve_delegation": "稽查局长审批同意",
    "organise_at_city": "市局审核组织",
}  # fmt: skip

SEVERAL = "详见明细清单"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the effect that renders."""

    @registry.effect("papers.render", skippable=False, inward=True)
    def render(ctx: EffectContext) -> Mapping[str, Any]:
        """Makes the PDF of an issued paper; a second time changes nothing."""
        made = tools.papers.render(ctx.database, str(ctx.payload["paper_id"]))
        serve(ctx, tools)
        return {"sha256": made}


def serve(ctx: EffectContext, tools: Tools) -> None:
    """Tells the parties for whom a paper is (`for_parties`) that it is there to be opened, once."""
    kinds, id_ = list(ctx.payload.get("for") or ()), str(ctx.payload["paper_id"])
    if not kinds:
        return
    with ctx.database.write() as session:
        paper = session.get_one(Paper, id_)
        named = session.scalars(select(CaseParty.party).where(CaseParty.instance_id == paper.subject_id).order_by(CaseParty.party)).all()
        zh = f"贵单位有新的文书：《{paper.title}》（{paper.number}），可以下载、打印"
        told = select(Notice.id).where(Notice.subject_id == paper.subject_id, Notice.kind == "paper", Notice.text == zh)
        if session.scalars(told.limit(1)).first() is None:
            en = f"a paper for your unit: {ctx.payload.get('title_en') or paper.title} ({paper.number})"
            tools.deadlines.notify(session, [party for party in named if party.partition(":")[0] in kinds], paper.subject_id, "paper", zh, en)


def deliver(ctx: StepContext, tools: Tools, of: str, occasion: str) -> None:
    """Lays the papers of another case with this one: those that procedure.yaml sends with a delegation or with a reply.

    Source: Ningbo 2001-19, annex 1, art. 9; annex 2, art. 12.
    """
    keys = [key for key, row in (ctx.about.get("papers") or {}).items() if row.get("sent_with") == occasion]
    tools.papers.deliver(ctx.session, keys, of=of, to=ctx.case.instance_id)


def issue(ctx: StepContext, tools: Tools, key: str, data: Mapping[str, Any], *, number: str, part: str = "") -> str:
    """Issues a paper, or one volume of it, once for this task of this case; returns its identifier."""
    paper = tools.papers.issue(
        ctx.session, ctx.case.procedure, key, data, subject_id=ctx.case.instance_id, prefix="", number=number, issued_by=ctx.actor.signature,
        once=f"{ctx.key}:{key}{part}",
    )  # fmt: skip
    row: Mapping[str, Any] = (ctx.about.get("papers") or {}).get(key) or {}
    served = {"for": list(row[FOR_PARTIES]), "title_en": row.get("title_en", "")} if row.get(FOR_PARTIES) else {}
    ctx.emit("papers.render", {"paper_id": paper.id, **served}, f"render:{paper.id}")
    return paper.id


def issue_list(ctx: StepContext, tools: Tools, key: str, data: Mapping[str, Any], *, number: str) -> list[str]:
    """Issues a list of invoices; one that is longer than a volume is issued in volumes (分册), each a paper of its own.

    The rows are counted through all volumes, the totals stand on the last; all carry the number, each with its own 第 n 册. Returns the
    identifiers of the papers.
    """
    rows, size = data["invoices"], volume_size(ctx, key)
    count = ceil(len(rows) / size)
    if count < 2:
        return [issue(ctx, tools, key, data, number=number)]
    title = tools.papers.template(ctx.case.procedure, key).title
    issued = []
    for at in range(1, count + 1):
        volume = {
            "title": f"{title}（第 {at} 册，共 {count} 册）", "volume": {"at": at, "of": count}, "invoices": rows[(at - 1) * size : at * size],
        }  # fmt: skip
        issued.append(issue(ctx, tools, key, {**data, **volume}, number=f"{number}（第{at}册）", part=f":{at}"))
    return issued


def volume_size(ctx: StepContext, key: str) -> int:
    """The rows of one volume of a list, as the version of the case has it."""
    papers: Mapping[str, Mapping[str, Any]] = ctx.about.get("papers") or {}
    return int(papers.get(key, {}).get("volume") or VOLUME)


def list_as_attachment(ctx: StepContext, key: str, title: str, count: int) -> str:
    """How a letter names the list that goes with it: how many invoices and, if there are several, how many volumes."""
    volumes = ceil(count / volume_size(ctx, key))
    return f"《{title}》（{count}份发票{f'，{volumes}册' if volumes > 1 else ''}）"


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
