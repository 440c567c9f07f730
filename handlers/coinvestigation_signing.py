"""The three signatures without which nothing leaves either side: data-entry clerk, handler, leader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.registry import Declined, StepContext
from handlers.tools import declining, who
from records.coinvestigation import rules
from records.coinvestigation.errors import MaySignNot
from records.coinvestigation.store import paperwork


def sign_all(ctx: StepContext, subject_id: str, paper: str, signed_at: Mapping[str, str]) -> None:
    """Books who signed a paper in which role, from who did which task; nothing leaves before all three have.

    Shape: `signed_at` is role → task.
    Source: Ningbo 2001-19, annex 2, art. 15 (both parties sign what they pass on).
    """
    for role, element in signed_at.items():
        done = (ctx.variables.get("done_by") or {}).get(element)
        if done:
            actor = replace(who(ctx), person_id=str(done["person_id"]), name=str(done["name"]), at=done["at"])
            with declining(MaySignNot):
                paperwork.sign(ctx.session, actor, subject_id, paper, role)
    missing = rules.missing_signers(signed.role for signed in paperwork.signatures_of(ctx.session, subject_id, paper))
    if missing:
        zh, en = ("、".join(rules.SIGNER_NAMES[role][0] for role in missing), ", ".join(rules.SIGNER_NAMES[role][1] for role in missing))
        raise Declined(f"还缺{zh}签字，函件不能发出", f"the letter cannot be sent yet: it lacks the signature of {en}")
