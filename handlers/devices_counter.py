"""At the counter, around the writing of a card: the reporting period before it, the books behind it, in whose name a station has worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from engine.registry import BpmnError, Declined, StepContext
from handlers.devices_law import LAW
from handlers.tools import who
from records.audit import Who
from records.devices.errors import DevicesError
from records.invoices.errors import InvoicesError
from records.taxpayers.errors import TaxpayerRuleRefused

NOT_YET, OUTSIDE = "not_yet", "outside"


@contextmanager
def behind_the_station(ctx: StepContext, sentence: str = "{}") -> Iterator[None]:
    """What the books decline once a card is written leaves nothing half done and leads back to the clerk with its sentence, by the event REFUSED.

    The nested transaction takes back what was booked before the refusal: the engine commits the step of a modelled error as it commits any other.
    """
    try:
        with ctx.session.begin_nested():
            yield
    except (Declined, DevicesError, InvoicesError, TaxpayerRuleRefused) as refusal:
        raise BpmnError("REFUSED", sentence.format(refusal)) from refusal


def done_by(ctx: StepContext, task: str) -> Who:
    """Whoever did a task, as the one who acts behind the answer of a station; whoever acts now where the task was not done."""
    done = (ctx.variables.get("done_by") or {}).get(task) or {}
    if not done:
        return who(ctx)
    return Who(str(done["person_id"]), str(done["name"]), ctx.clock.now(), ctx.case.instance_id, ctx.element_id)


def done_on(ctx: StepContext, task: str) -> date | None:
    """The day on which a task was done last."""
    on = ((ctx.variables.get("done_by") or {}).get(task) or {}).get("on")
    return on if isinstance(on, date) else None


def in_reporting_period(ctx: StepContext, day: date) -> bool:
    """Whether tax reports are due on a day of the month; never in a procedure that names no period. Source: Xi'an 2002-119, 三(一)5."""
    period: Mapping[str, int] = ctx.about.get("reporting_period") or {}
    return bool(period) and int(period["from_day"]) <= day.day <= int(period["to_day"])


def require_period_reported(ctx: StepContext, what: str, what_en: str) -> None:
    """Inside the reporting period the report comes first, on the day of the deed itself. Raises Declined.

    Source: Xi'an 2002-119, 三(一)5, 三(一)8.
    """
    answer, today = ctx.variables.get("period_reported"), ctx.clock.today()
    if answer == NOT_YET:
        raise Declined(f"尚未抄税：报税期内应先抄税，再{what}（{LAW}三(一)8）", f"the period is not reported yet: inside the reporting period that comes first, then {what_en}")
    if answer == OUTSIDE and in_reporting_period(ctx, today):
        first, last = (ctx.about["reporting_period"][edge] for edge in ("from_day", "to_day"))
        raise Declined(f"今天 {today} 在报税期（每月 {first}-{last} 日）之内，应先抄税，再{what}（{LAW}三(一)5、8）", f"{today} lies inside the reporting period, days {first} to {last}: report first")
