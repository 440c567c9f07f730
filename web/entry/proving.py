"""What somebody shows at the door, checked: the right password or the right code, or the sentence that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from db.clock import SHANGHAI
from records.offices.second_factor import CodeProof
from records.offices.sign_in import Presented, SignIn, fresh_hash, is_right, presented, settle
from records.offices.sign_in_rules import SignInRules, rules_of
from web.services import Services

ATTEMPTS = 3  # a hash that is made anew or changed while it is checked is read again so often


@dataclass(frozen=True)
class Refused:
    """A sign-in that was not accepted; `locked` when even the right password would not be."""

    sentence: object
    locked: bool

    @property
    def status(self) -> int:
        return 429 if self.locked else 401


def prove(deps: Services, login: str, password: str, address: str) -> SignIn | Refused:
    """Who it is, for the right login and password; attempt and count of failures are kept either way.

    The password is checked with no transaction open: it takes longer than many steps, and on SQLite one writes at a time. An address
    that was refused too often is refused before that, and nothing is written, so that a loop of attempts costs next to nothing.
    """
    for _attempt in range(ATTEMPTS):
        now = deps.clock.now()
        with deps.database.read() as session:
            asked, rules = presented(session, login, address, now, deps.settings.attempts), rules_of(session)
        if asked.address_until is not None:
            return too_many(asked.address_until)
        answer = _settled(deps, asked, rules, password, address, now)
        if not answer.is_stale:
            break
    return answer if answer.person_id else _why_not(answer, rules)


def _settled(deps: Services, asked: Presented, rules: SignInRules, password: str, address: str, now: datetime) -> SignIn:
    right = asked.locked_until is None and is_right(asked, password)
    new_hash = fresh_hash(asked, password) if right else ""
    with deps.database.write() as session:
        return settle(session, asked, right, address, now, rules.lock_out, new_hash=new_hash, max_age=rules.max_age)


def too_many(until: datetime) -> Refused:
    """The address has to wait."""
    return Refused(_("这台设备或网络登录失败次数过多，请在 %(until)s 之后再试。", until=clock(until)), locked=True)


def locked(until: datetime) -> Refused:
    """The login has to wait."""
    return Refused(_("密码或验证码连续输错，该用户已锁定，请在 %(until)s 之后再试。", until=clock(until)), locked=True)


def wrong_code(proof: CodeProof, rules: SignInRules) -> Refused:
    """Why a code was not taken."""
    if proof.locked_until is not None:
        return locked(proof.locked_until)
    sentence = _("验证码不正确，或者已经用过。请等验证器显示下一个验证码再试；连续输错 %(n)s 次将锁定 %(minutes)s 分钟。", n=rules.failures, minutes=rules.lock_minutes)
    return Refused(sentence, locked=False)


def _why_not(answer: SignIn, rules: SignInRules) -> Refused:
    if answer.locked_until is not None:
        return locked(answer.locked_until)
    if answer.has_expired:
        return Refused(_("这个一次性密码已经过期，请联系安全管理员重新设置。"), locked=False)
    return Refused(_("用户名或密码不正确。连续输错 %(n)s 次将锁定 %(minutes)s 分钟。", n=rules.failures, minutes=rules.lock_minutes), locked=False)


def clock(moment: datetime) -> str:
    """`09:15` in Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%H:%M")
