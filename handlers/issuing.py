"""Issuing a paper: its data are frozen in the step, it is rendered after commit, and those for whom it is are told then; a list longer than a volume is issued in volumes."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from sqlalchemy import select

from deadlines.model import Notice
from engine.registry import EffectContext, Registry, StepContext
from engine.tables import CaseParty
from engine.views import FOR_PARTIES
from handlers.tools import Tools
from papers.model import Paper

VOLUME = 1_000  # rows of a list in one volume where procedure.yaml says nothing: some twenty seconds, and fifty sheets in one binding


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
