"""The rules of passwords in words: once as they are read before, once for each that was broken."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from records.offices.password_rules import MOST
from records.offices.sign_in_rules import RANGES, SignInRules


def password_rules(rules: SignInRules) -> list[str]:
    """What a password must be, as the page lists it."""
    kinds = _("含大写字母、小写字母、数字、其他字符中的至少 %(n)s 种", n=rules.min_kinds)
    return [
        _("%(least)s 至 %(most)s 个字", least=rules.min_length, most=MOST),
        *([kinds] if rules.min_kinds > 1 else []),
        _("不是常见的密码，不含您的用户名或姓名"),
        _("与现在的密码不同"),
        *([_("每 %(n)s 天更换一次", n=rules.max_age_days)] if rules.max_age_days else []),
    ]


def password_faults(codes: Iterable[str], rules: SignInRules) -> list[object]:
    """One sentence for each rule that a password breaks."""
    sentences = {
        "too_short": _("新密码至少 %(n)s 个字。", n=rules.min_length),
        "too_long": _("新密码最多 %(n)s 个字。", n=MOST),
        "too_plain": _("新密码应含大写字母、小写字母、数字、其他字符中的至少 %(n)s 种。", n=rules.min_kinds),
        "common": _("这个密码太常见，别人很快就能猜到，请另想一个。"),
        "own_name": _("新密码不能含您的用户名或姓名。"),
        "same": _("新密码应与现在的密码不同。"),
        "differs": _("两次填写的新密码不一样，请重新填写。"),
    }
    return [sentences[code] for code in codes]


def rule_labels() -> dict[str, tuple[str, str]]:
    """Each number of the rules: its name and its unit or what it means."""
    return {
        "idle_minutes": (_("无操作后自动退出（分钟）"), ""),
        "lifetime_hours": (_("一次登录最长（小时）"), ""),
        "failures": (_("连续输错几次后锁定"), _("密码和验证码一起计算")),
        "lock_minutes": (_("锁定多久（分钟）"), ""),
        "min_length": (_("密码至少几个字"), ""),
        "min_kinds": (_("密码至少几种字符"), _("大写字母、小写字母、数字、其他字符")),
        "max_age_days": (_("密码多少天后必须更换"), _("0 表示不要求定期更换")),
        "initial_days": (_("一次性密码几天内有效"), ""),
    }


def out_of_range(name: str) -> str:
    """Why a number was refused."""
    least, most = RANGES[name]
    return str(_("应为 %(least)s 至 %(most)s 的整数。", least=least, most=most))
