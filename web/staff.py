"""A member of staff as the pages see one: the engine's actor, with login and the posts in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from engine.people import Actor, Stead
from records.offices import deputies, parties
from records.offices.administrators import ADMINISTRATORS, OUTSIDE_ROLES
from records.offices.deputies import Lent
from records.offices.model import Party
from records.offices.store import HeldPost, held_posts, person
from web.languages import is_english, named

ROLE_NAMES: dict[str, object] = {
    "reception": _l("签到岗"),
    "hall_screen": _l("大厅屏幕"),
    "tax_office": _l("税务员"),
    "tax_office_head": _l("税务所长"),
    "invoice_admin": _l("发票管理岗"),
    "invoice_cancellation": _l("发票缴销岗"),
    "invoice_issuance": _l("发票发售岗"),
    "card_issuance": _l("发行岗"),
    "service_unit": _l("技术服务单位"),
    "it_support": _l("技术岗"),
    "certification": _l("认证岗"),
    "tax_reporting": _l("抄报税岗"),
    "golden_tax_office": _l("金税办"),
    "bureau_leader": _l("局领导"),
    "coinvestigation_officer": _l("协查岗"),
    "data_entry": _l("录入员"),
    "case_handler": _l("经办人"),
    "inspector": _l("检查岗"),
    "inspection_director": _l("稽查局长"),
    "supervising_director": _l("主管局长"),
    "voucher_officer": _l("票证主管"),
    "collector": _l("征收员"),
    "collecting_agent": _l("代征单位"),
    "enterprise": _l("企业"),
    "archivist": _l("档案岗"),
    "auditor": _l("审计岗"),
    "system_administrator": _l("系统管理员"),
    "security_administrator": _l("安全管理员"),
    "audit_administrator": _l("审计管理员"),
}

# None of the three acts on cases, so their posts show none (design, section 4): 三员分立. Neither do those of outside parties.
# A screen in the hall shows its board and opens nothing else.
SHOW_NO_OFFICE = ADMINISTRATORS | OUTSIDE_ROLES | {"hall_screen"}


@dataclass(frozen=True)
class PostLine:
    """A post held today."""

    role: str
    office_id: str
    office_zh: str
    office_en: str
    scope: str

    @property
    def role_name(self) -> str:
        return role_name(self.role)

    @property
    def office(self) -> str:
        return self.office_en if is_english() and self.office_en else self.office_zh


@dataclass(frozen=True)
class Staff:
    """Who is signed in."""

    actor: Actor
    login: str
    name_en: str
    posts: tuple[PostLine, ...]
    lent: tuple[Lent, ...] = ()  # for whom the person deputises today
    party: Party | None = None  # of an outside account: whose it is

    @property
    def name(self) -> str:
        return self.name_en if is_english() and self.name_en else self.actor.name

    @property
    def post_line(self) -> str:
        """The post at the person's own office, for the corner of the page, and how many there are: it alone would pass for the only one.

        A post at an office above is held besides: what somebody does for the whole city does not say where that person sits.
        """
        if not self.posts:
            return named(self.party.name, self.party.name_en) if self.party else ""
        at = [post.office_id for post in self.posts]
        own = max(self.posts, key=lambda post: (len(post.scope), at.count(post.office_id)))
        first = f"{own.office} · {own.role_name}"
        return first if len(self.posts) == 1 else str(_("%(first)s 等 %(n)s 个岗位", first=first, n=len(self.posts)))

    @property
    def offices(self) -> dict[str, str]:
        """The offices at which the person holds a post: id → name."""
        return {post.office_id: post.office for post in self.posts}

    def scopes_of(self, role: str) -> tuple[str, ...]:
        """The paths of the offices at which the person holds a role: what such a post sees."""
        return tuple(sorted({post.scope for post in self.posts if post.role == role}))


def role_name(role: str) -> str:
    """A role in words; the key itself for one that nobody has named."""
    return str(ROLE_NAMES.get(role, role))


def staff_of(session: Session, person_id: str, today: date) -> Staff | None:
    """An active person with the posts of today; None for one who left."""
    found = person(session, person_id)
    if found is None or not found.active:
        return None
    held = held_posts(session, person_id, today)
    lent = tuple(deputies.steads(session, person_id, today))
    lines = tuple(PostLine(post.role, post.office_id, post.office_name, post.office_name_en, post.scope) for post in held)
    party = parties.party(session, found.party_id) if found.party_id else None
    return Staff(_actor(found.id, found.name, held, lent, party.key if party else ""), found.login, found.name_en, lines, lent, party)


def actor_of(session: Session, person_id: str, today: date) -> Actor | None:
    """As the engine sees an active person with the posts of today; None for one who left."""
    found = staff_of(session, person_id, today)
    return found.actor if found is not None else None


def _actor(person_id: str, name: str, held: list[HeldPost], lent: tuple[Lent, ...], party: str) -> Actor:
    if party:  # an outside party holds no post of an office; its name is what the tasks for it ask for
        return Actor(person_id, name, post_ids=frozenset({party}), roles=frozenset({party.partition(":")[0]}), party=party)
    return Actor(
        person_id,
        name,
        post_ids=frozenset(post.post_id for post in held),
        scopes=tuple(sorted({post.scope for post in held if post.role not in SHOW_NO_OFFICE})),
        office_id=held[0].office_id if held else "",
        roles=frozenset(post.role for post in held),
        steads=tuple(_stead(one) for one in lent),
    )


def _stead(lent: Lent) -> Stead:
    scopes = tuple(sorted({scope for role, scope in lent.offices if role not in SHOW_NO_OFFICE}))
    return Stead(lent.person_id, lent.name, lent.post_ids, scopes, lent.roles, lent.processes)
