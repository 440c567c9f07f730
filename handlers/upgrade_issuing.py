"""Issues the papers of the upgrade hall at their stations; what stands on them is made by `upgrade_papers`.

Source of all: Xicheng, 三(一)1, 三(一)3, 三(八)2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from db.clock import legal_date
from engine.registry import StepContext
from handlers import upgrade_papers as papers
from handlers.devices_counter import done_by
from handlers.issuing import issue
from handlers.tools import Tools
from handlers.upgrade_signing import problems, stations

Seen = Mapping[str, Any]


def host_label(ctx: StepContext, tools: Tools, seen: Seen) -> str:
    """The label of the computer, for the label printer; its identifier. Source: Xicheng, 三(一)1."""
    return issue(ctx, tools, "host_label", papers.host_label(seen, case_number(seen)), number=case_number(seen))


def sheet(ctx: StepContext, tools: Tools, seen: Seen, *, final: bool) -> str:
    """The hand-over sheet in its copies: blank at sign-in, at the end with all signatures; its identifier. Source: Xicheng, 三(一)1, 三(八)1."""
    return issue(ctx, tools, "handover_sheet", papers.handover_sheet(seen, stations(ctx), **(_ended(ctx) if final else {})), number=f"{case_number(seen)}{'终' if final else ''}")


def cancellation_form(ctx: StepContext, tools: Tools, brought: Sequence[Seen], count: int = 1) -> str:
    """《发票缴销单》; the `count`-th of a case, which has another one for what is cancelled later. Source: Xicheng, 三(一)3."""
    number = f"{case_number(ctx.variables)}{f'缴{count}' if count > 1 else ''}"
    return issue(ctx, tools, "cancellation_form", papers.cancellation_form(ctx.variables, brought, cancelled_by=ctx.actor.signature), number=number)


def blank_problem_sheet(ctx: StepContext, tools: Tools, seen: Seen) -> str:
    """The 《问题记录单》 that the enterprise gets at sign-in, for the pen; its identifier. Source: Xicheng, 三(一)1."""
    return issue(ctx, tools, "problem_sheet", papers.problem_sheet(seen), number=case_number(seen))


def problem_sheet(ctx: StepContext, tools: Tools) -> str:
    """《问题记录单》 as it was filled in, where a problem was written down; its identifier, or nothing. Source: Xicheng, 三(一)1."""
    if not problems(ctx):
        return ""
    return issue(ctx, tools, "problem_sheet", papers.problem_sheet(ctx.variables, **_ended(ctx)), number=f"{case_number(ctx.variables)}终")


def envelope_list(ctx: StepContext, tools: Tools) -> str:
    """What was given back in the envelope, as procedure.yaml lists it. Source: Xicheng, 三(八)2."""
    items = ctx.about["handover"]["envelope"]
    return issue(ctx, tools, "envelope_list", papers.envelope_list(ctx.variables, items, reception=ctx.actor.signature), number=case_number(ctx.variables))


def _ended(ctx: StepContext) -> dict[str, Any]:
    """Who at reception has given the machine back, and when: who did that task where a station has answered since."""
    by = done_by(ctx, "return_machine")
    return {"reception": by.name, "ended_at": by.at}


def case_number(seen: Seen) -> str:
    """The number of the case: day, district and ticket; it stands on every paper of it."""
    return f"{legal_date(seen['signed_in_at']):%Y%m%d}-{seen['district_code']}-{seen['ticket']}"
