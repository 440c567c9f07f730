"""The delegating side: register, sign, send, take the reply, archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.registry import Registry, StepContext
from handlers.coinvestigation_papers import issue_delegation_papers
from handlers.tools import Tools, office_by_code, officer_posts, ref, who
from papers.numbers import document_number
from records.coinvestigation import rules
from records.coinvestigation.faces import read_face
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation
from records.coinvestigation.store import delegations, faces, findings, paperwork
from records.coinvestigation.store.delegations import OfficeRef
from records.offices import store as offices


class FaceRefused(Exception):
    """票面信息填写有误"""


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of this side."""

    @registry.operation("coinvestigation.register_delegation")
    def register_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Opens the record of a typed-in delegation, or takes up one that was made from an imported list, and numbers it.

        Source: Ningbo 2001-19, annex 1, arts. 5 to 8.
        """
        row = _imported(ctx) if ctx.inputs.get("delegation_id") else _typed_in(ctx)
        own, to = offices.office(ctx.session, ctx.case.office_id), offices.office(ctx.session, str(row.to_office_id))
        number = document_number(ctx.session, tools.mark(own), ctx.clock.today().year)
        delegations.revise_delegation(ctx.session, who(ctx), row.id, number=number, case_id=ctx.case.instance_id)
        ctx.set_business_key(number)
        ctx.set_title(row.name)
        return {
            "delegation_id": row.id, "delegation_number": number, "invoice_count": row.invoice_count, "amount": row.amount, "tax": row.tax,
            "total": row.total, "from_office_name": own.name, "to_office_id": to.id, "to_office_name": to.name,
            "inside": rules.is_inside(own.scope, to.scope),
        }  # fmt: skip

    @registry.operation("coinvestigation.start_verification")
    def start_verification(ctx: StepContext) -> Mapping[str, Any]:
        """Inside the own district nothing is sent: it is verified within a month.

        Source: Ningbo 2001-19, annex 1, art. 10 (1).
        """
        delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "verify")
        row = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rules["verify_inside"], ctx.clock.today(),
            owner_posts=officer_posts(ctx.session, ctx.case.office_id),
        )  # fmt: skip
        ctx.set_due(row.due_on, row.label)
        return {}

    @registry.operation("coinvestigation.book_verification")
    def book_verification(ctx: StepContext) -> Mapping[str, Any]:
        """Books the result of the verification inside the own district.

        Source: Ningbo 2001-19, annex 1, art. 10 (1).
        """
        delegation_id, actor = ctx.variables["delegation_id"], who(ctx)
        data = findings.FindingData(conclusion=ctx.variables["conclusion"], remark=str(ctx.variables.get("summary") or ""))
        for face in delegations.faces_of(ctx.session, delegation_id):
            findings.record_finding(ctx.session, actor, delegation_id, face.id, data)
        today = ctx.clock.today()
        delegations.move_delegation(ctx.session, actor, delegation_id, "answer", replied_on=today)
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, "verify_inside", today)
        ctx.set_due(None)
        return {}

    @registry.operation("coinvestigation.issue_letter")
    def issue_letter(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the letter or the notice, with its list and its two tables, once all have signed.

        Source: Ningbo 2001-19, annex 1, art. 8; annex 2, arts. 6, 7 and 15.
        """
        delegation_id, actor = ctx.variables["delegation_id"], who(ctx)
        contents = {
            key: str(ctx.variables.get(key) or "")
            for key in ("enterprise_facts", "invoice_facts", "falsification_facts", "demands")
        }
        row = delegations.revise_delegation(ctx.session, actor, delegation_id, **contents)
        delegations.move_delegation(ctx.session, actor, delegation_id, "submit")
        delegations.move_delegation(ctx.session, actor, delegation_id, "approve")
        issue_delegation_papers(ctx, tools, row)
        return {}

    @registry.operation("coinvestigation.send_delegation")
    def send_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Sends the delegation to the other authority's case.

        Source: Ningbo 2001-19, annex 2, arts. 4 and 5.
        """
        row = delegations.move_delegation(
            ctx.session, who(ctx), ctx.variables["delegation_id"], "send", sent_on=ctx.clock.today()
        )
        ctx.send("delegation_sent", row.id, {
            "office_id": row.to_office_id, "title": row.name, "delegation_id": row.id, "case_name": row.name, "nature": row.nature,
            "from_office_name": ctx.variables["from_office_name"], "demands": row.demands, "reply_to": row.id,
            "delegation_number": row.number, "parent_instance_id": ctx.case.instance_id,
        })  # fmt: skip
        return {}

    @registry.operation("coinvestigation.record_reply")
    def record_reply(ctx: StepContext) -> Mapping[str, Any]:
        """The reply has come back by message.

        Source: Ningbo 2001-19, annex 1, art. 11.
        """
        delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "answer", replied_on=ctx.clock.today())
        return {}

    @registry.operation("coinvestigation.archive_delegation")
    def archive_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Files the papers and the electronic copy.

        Source: Ningbo 2001-19, annex 2, art. 16.
        """
        archive(ctx, ctx.variables["delegation_id"])
        delegations.move_delegation(
            ctx.session, who(ctx), ctx.variables["delegation_id"], "archive", archived_on=ctx.clock.today()
        )
        return {}


def _imported(ctx: StepContext) -> Delegation:
    """A delegation that stands already with its invoices; its name and its faces are not touched (annex 1, art. 6)."""
    return delegations.delegation(ctx.session, str(ctx.inputs["delegation_id"]))


def _typed_in(ctx: StepContext) -> Delegation:
    """A new delegation with the invoice faces of the form (annex 1, art. 5 (1))."""
    given, session, actor = ctx.inputs, ctx.session, who(ctx)
    own, to = offices.office(session, ctx.case.office_id), office_by_code(session, str(given["to_office"]))
    row = delegations.open_delegation(
        session, actor, office=ref(own), to=ref(to), source=Source.MANUAL, nature=Nature(given["nature"]), name=str(given["case_name"]),
        today=ctx.clock.today(), enterprise_id=str(given["enterprise_id"]), enterprise_name=str(given["enterprise_name"]),
    )  # fmt: skip
    made = [_add_face(n, face, ctx, ref(own)) for n, face in enumerate(given["faces"], 1)]
    return delegations.assign_faces(session, actor, row.id, made)


def _add_face(number: int, given: Mapping[str, Any], ctx: StepContext, own: OfficeRef) -> str:
    face = _face(number, given, ctx)
    try:
        return faces.add_face(ctx.session, who(ctx), own, face).id
    except IntegrityError as error:
        raise FaceRefused(f"第 {number} 张发票：{face.label} 已由本机关录入过，不能重复录入") from error


def _face(number: int, given: Mapping[str, Any], ctx: StepContext) -> Any:
    texts = {"copy": "deduction", **{key: "" if value is None else str(value) for key, value in given.items()}}
    face, faults = read_face(texts, Source.MANUAL, ctx.clock.today())
    if face is None:
        raise FaceRefused(f"第 {number} 张发票：" + "；".join(str(fault.refusal) for fault in faults))
    return face


def archive(ctx: StepContext, subject_id: str) -> None:
    """Files what belongs to a delegation or receipt (annex 2, art. 16)."""
    office = offices.office(ctx.session, ctx.case.office_id)
    paperwork.archive(
        ctx.session, who(ctx), subject_id, ref(office), class_code=str(ctx.variables["archive_class"]), location=str(ctx.variables["location"]),
        page_count=int(ctx.variables["page_count"]), electronic_sha256=_electronic(ctx), today=ctx.clock.today(),
    )  # fmt: skip


def _electronic(ctx: StepContext) -> str:
    """One hash over what the case holds in words, so that the electronic copy can be compared later."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(repr(sorted((k, str(v)) for k, v in ctx.variables.items())).encode()).hexdigest()
