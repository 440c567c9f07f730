"""An enterprise's loss is reported: on the stop list in the same step, the police's time to search, papers by kind, or the find that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_acting import who_acts
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, heads, number, posts
from handlers.loss_again import earlier_entry
from handlers.loss_lost import device, invoices, is_lent
from handlers.loss_tools import ARTICLES, certification, how, named, require_reported
from handlers.tools import Tools, text
from records.devices import rules
from records.devices.holders import Holder
from records.devices.model import StopEntry
from records.devices.store import devices

SEARCH, HAND_IN = "search_term", "papers_term"
# paper → (its article, its name in both languages, the fields without which it is not there)
PAPERS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "police_receipt": ("(1)", "公安机关受理报案的材料", "receipt of the police", ("police_number", "police_received_on")),
    "public_notice": ("(2)", "声明作废的公告", "public notice of invalidity", ("notice_media", "notice_published_on")),
    "self_criticism": ("(3)", "书面检查", "self-criticism", ("self_criticism", "self_criticism_on")),
    "measures": ("(4)", "整改措施和承诺", "measures and pledge", ("measures", "pledged_on")),
    "annex6": ("", "《丢失、被盗金税卡、IC卡情况表》（附件六）", "annex 6", ("annex6_statement", "annex6_on")),
}
ONCE = ("penalty_number", "penalty_told", "circular_number", "annex6_number", "city_return_reason")  # a return by the city passes over what was issued already
NOT_BEFORE = {"police_received_on": "police_reported_on", "notice_published_on": "lost_on", "self_criticism_on": "lost_on", "pledged_on": "lost_on", "annex6_on": "lost_on"}


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the report."""
    _begun(registry, tools)
    _over(registry, tools)
    _papers(registry, tools)


def _begun(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.report")
    def report(ctx: StepContext) -> Mapping[str, Any]:
        """Takes the report: the serial is on the stop list before this step ends; invoices are noted by their numbers. The case says what comes next.

        A serial that is stopped since an earlier report, in whose place nothing was bought, goes on from there: the police had their time since then.

        Source: Xi'an 2002-119, 二(五), 二(五)3.
        """
        require_reported(ctx)
        with by_the_books():
            common = heads(ctx)
        known = Holder("enterprise", common["taxpayer_number"], common["enterprise_name"])
        lent, kind, today = is_lent(ctx), text(ctx, "lost_kind"), ctx.clock.today()
        earlier = earlier_entry(ctx, kind, text(ctx, "serial"), known) if kind != "invoices" else None
        if kind == "invoices":
            told = invoices(ctx, known)
        else:
            told = named(earlier.kind, earlier.serial) if earlier is not None else device(ctx, tools, known)
        registered = number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(f"{how(ctx)}：{common['enterprise_name']} {told}")
        if earlier is None:
            zh, en = f"{told}已报告{how(ctx)}，即日起停用；认证发现其开具的发票，按“丢失被盗”处理（{LAW}三(三)3(1)）", f"{told} was reported {text(ctx, 'lost_how')} and is stopped as of today"
            tools.tell(ctx, certification(ctx), "loss", zh, en)
        return {
            **common, **who_acts(ctx, known.number, common["service_unit"]), "registration_number": registered, "lost_told": told, "lent": lent, "reported_on": today,
            **dict.fromkeys(ONCE), **_what_comes(ctx, tools, earlier), "stop_entry_id": earlier.id if earlier is not None else None, "declined_because": None,
            "return_reason": None,
        }  # fmt: skip

    @registry.operation("loss.end_search")
    def end_search(ctx: StepContext) -> Mapping[str, Any]:
        """The police had their time and have not found it: from here on the enterprise hands in its papers, within a term that begins anew after a return.

        Source: Xi'an 2002-119, 二(五). The term is **[chosen]**.
        """
        term = tools.deadlines.find(ctx.session, ctx.case.instance_id, SEARCH)
        if term is not None:
            tools.deadlines.meet(ctx.session, ctx.case.instance_id, SEARCH, term.due_on)
        today = ctx.clock.today()
        tools.deadlines.cancel(ctx.session, ctx.case.instance_id, HAND_IN, today)  # of one that ran out the office has said to wait on
        until = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, HAND_IN), today, owner_posts=posts(ctx, "tax_office"))
        ctx.set_due(until.due_on, until.label)
        return {"declined_because": None, "poorly_kept": None, "circular_text": None, "result_told": f"未侦破，请于 {until.due_on} 以前提交资料，申请补办"}


def _what_comes(ctx: StepContext, tools: Tools, earlier: StopEntry | None) -> dict[str, Any]:
    """The police's time to search, counted from the first report, and the sentence by which the case says what holds from now on and what comes next."""
    today = ctx.clock.today()
    if text(ctx, "lost_kind") == "invoices":
        return {"search_until": None, "result_told": f"自 {today} 起登记为丢失被盗，号码不得使用，由主管税务机关调查处理"}
    since = earlier.reported_on if earlier is not None else today
    term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, SEARCH), since, owner_posts=posts(ctx, "tax_office"))
    ctx.set_due(term.due_on, term.label)
    return {"search_until": term.due_on, "result_told": f"自 {since} 起停用；至 {term.due_on} 未侦破的，由企业提交资料，报批后重新购买"}


def _over(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.close_found")
    def close_found(ctx: StepContext) -> Mapping[str, Any]:
        """What was lost has been found before anything was decided: the case ends with this note; the check goes on in a case of its own.

        Source: Xi'an 2002-119, 二(五).
        """
        for key in (SEARCH, HAND_IN):
            tools.deadlines.cancel(ctx.session, ctx.case.instance_id, key, ctx.clock.today())
        ctx.set_due(None)
        return {"result_told": f"{text(ctx, 'found_told')}，本案终止处理"}

    @registry.operation("loss.book_waiver")
    def book_waiver(ctx: StepContext) -> Mapping[str, Any]:
        """Nothing is bought anew, because the enterprise does not want it or is no more: the case ends, the serial stays on the stop list.

        The tax office decides on a penalty for poor keeping in a case of its own, where it has not decided yet.

        Source: Xi'an 2002-119, 二(五), 三(一)14(1). That there is such an end is **[chosen]**.
        """
        tools.deadlines.cancel(ctx.session, ctx.case.instance_id, HAND_IN, ctx.clock.today())
        ctx.set_due(None)
        told, name = text(ctx, "lost_told"), text(ctx, "enterprise_name")
        zh, en = f"{name}不再补办{told}，停用不解除；是否因保管不善，依三(一)14(1)另案处理", f"{name} does not replace {told}, which stays stopped; poor keeping is dealt with in a case of its own (三(一)14(1))"
        tools.tell(ctx, posts(ctx, "tax_office"), "loss_decided", zh, en)
        _refer(ctx)
        return {"result_told": "不再补办，停用不解除；以后要补办的，可以再次报告，接着办理"}


def _refer(ctx: StepContext) -> None:
    """Opens the case of a penalty, once for a loss: an earlier report of the same loss has its own, and a decision that was issued stands.

    Source: Xi'an 2002-119, 三(一)14(1).
    """
    if text(ctx, "penalty_number") or text(ctx, "stop_entry_id"):
        return
    kind, serial = text(ctx, "lost_kind"), devices.serial_of(text(ctx, "serial"))
    zh, en = rules.label(kind, serial)
    given = {
        **{name: ctx.variables[name] for name in ("taxpayer_number", "enterprise_name", "office_name")}, "device_kind": kind, "device_serial": serial, "device_label": zh,
        "device_label_en": en, "findings": f"{ctx.variables['lost_on']} {how(ctx)}，不再补办：{text(ctx, 'loss_facts')}", "penalty_ground": "三(一)14(1)",
        "confirmation_number": text(ctx, "registration_number"),
    }  # fmt: skip
    ctx.start("penalty_referral", ctx.case.office_id, given, title=f"移送处罚：{text(ctx, 'enterprise_name')}（{zh}）")


def _papers(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.check_papers")
    def check_papers(ctx: StepContext) -> Mapping[str, Any]:
        """Asks for each paper that the decision table wants, with its day; what is missing is named and led back.

        Source: Xi'an 2002-119, 二(五)1, 二(五)2.
        """
        if ctx.variables.get("given_up"):
            return {"missing_papers": None, "declined_because": None, "return_reason": None}
        wanted = [key for key in PAPERS if ctx.variables["papers_rule"].get(key)]
        faults = [fault for key in wanted if (fault := _missing(ctx, key))]
        listed = "\n".join(f"{n}. {PAPERS[key][1]}（{ctx.variables.get(PAPERS[key][3][1])}）" for n, key in enumerate(wanted, 1))
        said = "；".join(faults) or None
        if said is None:
            tools.deadlines.meet(ctx.session, ctx.case.instance_id, HAND_IN, ctx.clock.today())
            ctx.set_due(None)
        return {
            **({} if said else {"result_told": "资料已收齐，审核、报批中"}),
            "missing_papers": said, "declined_because": f"资料不齐，请补交后再提交：{said}" if said else None, "papers_listed": None if said else listed, "return_reason": None,
        }  # fmt: skip


def _missing(ctx: StepContext, key: str) -> str:
    """What is wrong with a paper: not there, without its day, or dated before what it is about."""
    article, name, _en, fields = PAPERS[key]
    if any(ctx.variables.get(field) in (None, "") for field in fields):
        base = ARTICLES[text(ctx, "lost_kind")]
        return f"{name}（{base}{article if base != '二(五)' else ''}）"
    day, since = ctx.variables[fields[1]], ctx.variables[NOT_BEFORE[fields[1]]]
    return f"{name}的日期 {day} 早于 {since}" if day < since else ""


