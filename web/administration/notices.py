"""What gives a notice, to whom and by which way, for administrators to read; and the rules of quiet hours and the digest, for the system's to change."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from notices.occasions import TABLE
from notices.rules import DIGEST_DAYS, Rules, change_rules, rules_of
from records.audit import note
from records.offices.reach import heads_the_tree
from web import identity, keys, requests
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import named
from web.services import services

ROLE = "system_administrator"
MOST_DAYS = 99
# What stands in the words of an occasion where a name or a number will be.
PLACES: dict[str, object] = {
    "step": _l("〔环节〕"), "step_en": _l("〔环节〕"), "by": _l("〔姓名〕"), "result": _l("〔答复〕"), "result_en": _l("〔答复〕"),
    "n": _l("〔几〕"), "what": _l("〔环节〕"), "principal": _l("〔本人〕"), "deputy": _l("〔代理人〕"), "until": _l("〔日期〕"),
}  # fmt: skip


@blueprint.get("/notices")
def notices() -> Response:
    """The table of occasions and the rules in force."""
    with services().database.read() as session:
        return _page(rules_of(session))


@blueprint.post("/notices")
def change_notices() -> BaseResponse:
    """Other hours, another digest: at once and for everybody who has not chosen hours of his own."""
    if not desk.may("people"):
        abort(404)
    form = request.form
    wanted = Rules(
        form.get("quiet_from", "").strip()[:5], form.get("quiet_until", "").strip()[:5], "quiet_days_off" in form, "urgent_passes" in form,
        form.get("digest_at", "").strip()[:5], requests.whole(form.get("digest_days", "").strip() or "x", MOST_DAYS),
    )  # fmt: skip
    if not form.get("digest_days", "").strip().isdecimal():
        wanted = replace(wanted, digest_days=-1)
    try:
        with services().database.write() as session:
            if not heads_the_tree(session, identity.staff().scopes_of(ROLE)):
                abort(404)
            if keys.is_new(session, "notice-rules") and (changed := change_rules(session, wanted)):
                old, new = ({name: pair[at] for name, pair in changed.items()} for at in (0, 1))
                note(session, desk.who(), "notices:rules:changed", "notice_rule", "notice_rule", old=old, new=new)
    except ValueError:
        return _page(wanted, _("时间请按“时:分”填写，例如 07:30；摘要的天数是 %(a)s 至 %(b)s 的整数。", a=DIGEST_DAYS[0], b=DIGEST_DAYS[1]))
    return done(url_for("administration.notices"), "notice_rules")


def _page(rules: Rules, error: str = "") -> Response:
    with services().database.read() as session:
        may_change = desk.may("people") and heads_the_tree(session, identity.staff().scopes_of(ROLE))
    occasions = [(row, named(row.text, row.text_en).format_map(PLACES)) for row in TABLE]
    mail = services().settings.mail
    return page("notices", "notices", error=error, rules=rules, occasions=occasions, may_change=may_change, mail=mail)
