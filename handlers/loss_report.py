"""An enterprise's loss is reported: on the stop list in the same step, the police's time to search, papers by kind, or the find that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import who_acts
from handlers.devices_tools import by_the_books, heads, number, posts
from handlers.loss_tools import ARTICLES, certification, how, named, require_reported, tell_case_of_damage
from handlers.tools import Tools, own_office, text, who
from records.devices.holders import Holder
from records.devices.model import Device
from records.devices.store import devices, stops
from records.invoices import lost
from records.invoices.model import InvoiceSale

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

    @registry.operation("loss.report")
    def report(ctx: StepContext) -> Mapping[str, Any]:
        """Takes the report: the serial is on the stop list before this step ends; invoices are noted by their numbers.

        Source: Xi'an 2002-119, 二(五), 二(五)3.
        """
        require_reported(ctx)
        with by_the_books():
            common = heads(ctx)
        known = Holder("enterprise", common["taxpayer_number"], common["enterprise_name"])
        lent = _is_lent(ctx)
        told = _invoices(ctx, known) if text(ctx, "lost_kind") == "invoices" else _device(ctx, tools, known)
        today, registered = ctx.clock.today(), number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(f"{how(ctx)}：{common['enterprise_name']} {told}")
        zh, en = f"{told}已报告{how(ctx)}，即日起停用；认证发现其开具的发票，按“丢失被盗”处理（三(三)3(1)）", f"{told} was reported {text(ctx, 'lost_how')} and is stopped as of today"
        tools.tell(ctx, certification(ctx), "loss", zh, en)
        until = None
        if text(ctx, "lost_kind") != "invoices":
            until = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, SEARCH), today, owner_posts=posts(ctx, "tax_office")).due_on
        return {**common, **who_acts(ctx, known.number, common["service_unit"]), "registration_number": registered, "lost_told": told, "lent": lent, "reported_on": today, **dict.fromkeys(ONCE), "search_until": until, "declined_because": None, "return_reason": None}

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
        tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, HAND_IN), today, owner_posts=posts(ctx, "tax_office"))
        return {"declined_because": None, "poorly_kept": None, "circular_text": None}

    @registry.operation("loss.close_found")
    def close_found(ctx: StepContext) -> Mapping[str, Any]:
        """What was lost has been found before anything was decided: the case ends with this note; the check goes on in a case of its own.

        Source: Xi'an 2002-119, 二(五).
        """
        for key in (SEARCH, HAND_IN):
            tools.deadlines.cancel(ctx.session, ctx.case.instance_id, key, ctx.clock.today())
        return {"result_told": f"{text(ctx, 'found_told')}，本案终止处理"}

    @registry.operation("loss.book_waiver")
    def book_waiver(ctx: StepContext) -> Mapping[str, Any]:
        """Nothing is bought anew, because the enterprise does not want it or is no more: the case ends, the serial stays on the stop list.

        Source: Xi'an 2002-119, 二(五). That there is such an end is **[chosen]**.
        """
        tools.deadlines.cancel(ctx.session, ctx.case.instance_id, HAND_IN, ctx.clock.today())
        told, name = text(ctx, "lost_told"), text(ctx, "enterprise_name")
        zh, en = f"{name}不再补办{told}，停用不解除；因保管不善造成的，依三(一)14(1)另行处理", f"{name} does not replace {told}, which stays stopped; poor keeping is dealt with by 三(一)14(1)"
        tools.tell(ctx, posts(ctx, "tax_office"), "loss_decided", zh, en)
        return {"result_told": "不再补办，停用不解除"}

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
        return {
            "missing_papers": said, "declined_because": f"资料不齐，请补交后再提交：{said}" if said else None, "papers_listed": None if said else listed, "return_reason": None,
        }  # fmt: skip


def _device(ctx: StepContext, tools: Tools, own: Holder) -> str:
    """The device goes on the stop list and is lost in the books; one that the books do not know goes there on a clerk's word."""
    kind, serial, today = text(ctx, "lost_kind"), devices.serial_of(text(ctx, "serial")), ctx.clock.today()
    told, found, office = named(kind, serial), devices.known(ctx.session, kind, serial), own_office(ctx)
    days = {"lost_on": ctx.variables["lost_on"], "reported_on": today, "today": today, "office": office, "case_id": ctx.case.instance_id}
    if found is None:
        _require_vouched(ctx, told)
        with by_the_books():
            stops.put_on_unknown(ctx.session, who(ctx), kind, serial, text(ctx, "lost_how"), holder=own, **days)
        return told
    _require_own(found, own, told)
    with by_the_books():
        stops.put_on(ctx.session, who(ctx), found, text(ctx, "lost_how"), **days)
    tell_case_of_damage(ctx, tools, found)
    return told


def _is_lent(ctx: StepContext) -> bool:
    """Whether it is a replacement that the service unit has lent while the enterprise's own card is in repair: nothing is bought instead of that.

    Source: Xi'an 2002-119, 二(四).
    """
    found = devices.known(ctx.session, text(ctx, "lost_kind"), devices.serial_of(text(ctx, "serial"))) if text(ctx, "lost_kind") != "invoices" else None
    return found is not None and found.state == "on_loan"


def _require_own(found: Device, own: Holder, told: str) -> None:
    """Nobody reports the device of somebody else. Who has it now, and had it before it was lost, is asked; a destroyed one was nobody's."""
    kind, holder = (found.held_before_kind, found.held_before_number) if found.state == "lost" else (found.holder_kind, found.holder_number)
    if kind != "nobody" and (kind, holder) != ("enterprise", own.number):
        raise Declined(
            f"{told}在帐册上不由“{own.name}”（{own.number}）持有，不能由其报失（二(五)）；请核对设备编号", f"in the books {told} is not held by {own.name} ({own.number}), who cannot report its loss",
        )  # fmt: skip


def _invoices(ctx: StepContext, own: Holder) -> str:
    """The numbers of the invoices, which must have been sold to this enterprise; ranges that the books do not know take a clerk's word.

    From here on nobody sells them or takes them in until they are found.

    Source: Xi'an 2002-119, 二(五)3.
    """
    code, first, last = (text(ctx, key) for key in ("invoice_code", "number_from", "number_to"))
    if first > last:
        raise Declined(f"发票起始号码 {first} 大于终止号码 {last}", f"the first number, {first}, lies after the last, {last}")
    told = f"专用发票（代码{code}，号码{first}至{last}，{int(last) - int(first) + 1}份）"
    sold = select(InvoiceSale.taxpayer_number, InvoiceSale.number_from, InvoiceSale.number_to).where(
        InvoiceSale.code == code, InvoiceSale.number_from <= last, InvoiceSale.number_to >= first
    )
    rows = ctx.session.execute(sold).all()
    if any(buyer != own.number for buyer, _from, _to in rows):
        raise Declined(f"{told}在售票记录上不是售给“{own.name}”的，请核对号码（二(五)3）", f"of {told} some were not sold to {own.name}")
    if sum(min(int(to), int(last)) - max(int(from_), int(first)) + 1 for _buyer, from_, to in rows) < int(last) - int(first) + 1:
        _require_vouched(ctx, told)
    with by_the_books():
        lost.report(
            ctx.session, who(ctx), own.number, code, first, last, text(ctx, "lost_how"), lost_on=ctx.variables["lost_on"], today=ctx.clock.today(),
            office=own_office(ctx), case_id=ctx.case.instance_id,
        )  # fmt: skip
    return told


def _require_vouched(ctx: StepContext, told: str) -> None:
    if ctx.actor.party.startswith("enterprise:"):
        raise Declined(
            f"帐上没有{told}的记录，请持购货（领购）凭证到主管税务机关，由经办人员核对后报失（二(五)）", f"{told} is not in the books: have the tax office report it on your bill",
        )  # fmt: skip
    if not ctx.variables.get("serial_vouched"):
        raise Declined(
            f"帐上没有{told}的记录。已核对企业凭证的，请勾选“帐上没有这个编号，已核对凭证”后再报", f"{told} is not in the books; tick that the bill was checked, then report it",
        )  # fmt: skip


def _missing(ctx: StepContext, key: str) -> str:
    """What is wrong with a paper: not there, without its day, or dated before what it is about."""
    article, name, _en, fields = PAPERS[key]
    if any(ctx.variables.get(field) in (None, "") for field in fields):
        base = ARTICLES[text(ctx, "lost_kind")]
        return f"{name}（{base}{article if base != '二(五)' else ''}）"
    day, since = ctx.variables[fields[1]], ctx.variables[NOT_BEFORE[fields[1]]]
    return f"{name}的日期 {day} 早于 {since}" if day < since else ""


