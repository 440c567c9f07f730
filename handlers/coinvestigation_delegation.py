"""The delegating side drafts: a delegation is registered, submitted to those who sign, sent back to its author, or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine.registry import Declined, Registry, StepContext
from engine.tables import Attachment
from handlers.tools import Tools, office_by_code, own_office, ref, text, who
from papers.numbers import document_number
from records.coinvestigation import rules
from records.coinvestigation.faces import read_face
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation
from records.coinvestigation.store import delegations, faces
from records.coinvestigation.store.delegations import OfficeRef
from records.offices import store as offices


class FaceRefused(Declined):
    """票面信息填写有误"""


class ProofMissing(Declined):
    """通知单没有附书面证明"""


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of this side."""

    @registry.operation("coinvestigation.register_delegation")
    def register_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Opens the record of a typed-in delegation, or takes up one that was made from an imported list, and numbers it.

        Source: Ningbo 2001-19, annex 1, arts. 5 to 8.
        """
        row = _imported(ctx) if ctx.inputs.get("delegation_id") else _typed_in(ctx)
        own, to = own_office(ctx), offices.office(ctx.session, str(row.to_office_id))
        number = document_number(ctx.session, tools.mark(ctx, own), ctx.clock.today().year)
        delegations.revise_delegation(ctx.session, who(ctx), row.id, number=number, case_id=ctx.case.instance_id)
        ctx.set_business_key(number)
        ctx.set_title(row.name)
        return {
            **rules.weighed(row.source, row.invoice_count, row.amount, row.tax, own_scope=own.scope, other_scope=to.scope, is_city=own.level == "city"),
            "delegation_id": row.id, "delegation_number": number, "from_office_name": own.name, "to_office_id": to.id, "to_office_name": to.name,
            "largest_mismatch": delegations.largest_mismatch(ctx.session, row.id),
        }  # fmt: skip

    @registry.operation("coinvestigation.submit_delegation")
    def submit_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Takes the contents of the letter into the record and hands it to those who sign.

        Source: Ningbo 2001-19, annex 1, art. 8; annex 2, arts. 7 and 15.
        """
        delegation_id, actor = ctx.variables["delegation_id"], who(ctx)
        _require_proof(ctx, delegations.delegation(ctx.session, delegation_id))
        contents = {key: text(ctx, key) for key in ("enterprise_facts", "invoice_facts", "falsification_facts", "demands")}
        delegations.revise_delegation(ctx.session, actor, delegation_id, **contents)
        delegations.move_delegation(ctx.session, actor, delegation_id, "submit")
        return {"return_reason": None}

    @registry.operation("coinvestigation.return_delegation")
    def return_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Whoever checked or decided sends it back: the record is a draft again.

        Source: Ningbo 2001-19, annex 2, art. 15.
        """
        delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "send_back")
        return {}

    @registry.operation("coinvestigation.withdraw_delegation")
    def withdraw_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Ends a delegation that was never sent and frees its invoices; those that were typed in for it go with it.

        Source: Ningbo 2001-19, annex 2, art. 9.
        """
        delegation_id, actor = ctx.variables["delegation_id"], who(ctx)
        taken = list(delegations.faces_of(ctx.session, delegation_id))
        delegations.move_delegation(ctx.session, actor, delegation_id, "withdraw")
        delegations.release_faces(ctx.session, actor, delegation_id)
        for face in taken:
            if face.source == Source.MANUAL:
                faces.remove_face(ctx.session, actor, face.id)
        return {}


def _require_proof(ctx: StepContext, row: Delegation) -> None:
    """With the notice goes the written proof that the invoices were found false; it lies on the case before others sign.

    Source: Ningbo 2001-19, annex 2, art. 7.
    """
    if row.nature != Nature.CONFIRMED:
        return
    lies_there = select(Attachment.id).where(Attachment.instance_id == ctx.case.instance_id).limit(1)
    if ctx.session.scalars(lies_there).first() is None:
        raise ProofMissing(
            "已证实虚开的通知单须附已定性为虚开的书面证明（甬国税发〔2001〕19号附件2第七条）：请先在案件页的“附件”中上传该证明，再送交审核",
            "a notice of confirmed false invoices goes with written proof of the finding (Ningbo 2001-19, annex 2, art. 7): attach it on the page"
            " of the case first, then submit",
        )


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
        raise FaceRefused(
            f"第 {number} 张发票：{face.label} 已由本机关录入过，不能重复录入", f"invoice {number} has been entered by this office before"
        ) from error


def _face(number: int, given: Mapping[str, Any], ctx: StepContext) -> Any:
    texts = {key: "" if value is None else str(value) for key, value in given.items()}
    face, faults = read_face(texts, Source.MANUAL, ctx.clock.today())
    if face is None:
        said = {language: [fault.refusal.say(language) for fault in faults] for language in ("zh", "en")}
        raise FaceRefused(f"第 {number} 张发票：{'；'.join(said['zh'])}", f"invoice {number}: {'; '.join(said['en'])}")
    return face
