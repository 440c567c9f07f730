"""The rules of signing in as data: how long a session lasts, what a password must be, which roles need a second factor.

Every node reads them with each request, so that a change counts everywhere at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.offices.lock_out import LockOut
from records.offices.tables import SignInRule

# Least and most of every number: beyond them an office locks itself out, or the rule means nothing.
RANGES: Mapping[str, tuple[int, int]] = {
    "idle_minutes": (5, 480),
    "lifetime_hours": (1, 24),
    "min_length": (8, 64),
    "min_kinds": (1, 4),
    "max_age_days": (0, 730),
    "initial_days": (1, 30),
    "failures": (3, 20),
    "lock_minutes": (1, 1440),
}


class RuleUnfit(ValueError):
    """A number outside its range; `name` is the rule."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: expected {RANGES[name][0]} to {RANGES[name][1]}")
        self.name = name


@dataclass(frozen=True)
class SignInRules:
    """What counts where nothing was changed. `max_age_days` 0: a password does not age."""

    idle_minutes: int = 120
    lifetime_hours: int = 12
    min_length: int = 10
    min_kinds: int = 3
    max_age_days: int = 0
    initial_days: int = 7
    failures: int = 5
    lock_minutes: int = 15
    second_factor_roles: tuple[str, ...] = ()

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def lifetime(self) -> timedelta:
        return timedelta(hours=self.lifetime_hours)

    @property
    def initial(self) -> timedelta:
        return timedelta(days=self.initial_days)

    @property
    def max_age(self) -> timedelta:
        return timedelta(days=self.max_age_days)

    @property
    def lock_out(self) -> LockOut:
        return LockOut(self.failures, timedelta(minutes=self.lock_minutes))

    def demands_second_factor(self, roles: Collection[str]) -> bool:
        """Whether one of these roles needs a second factor."""
        return not set(self.second_factor_roles).isdisjoint(roles)


def rules_of(session: Session) -> SignInRules:
    """The rules in force."""
    known = {field.name for field in fields(SignInRules)}
    changed: dict[str, Any] = {name: value for name, value in session.execute(select(SignInRule.name, SignInRule.value)) if name in known}
    if "second_factor_roles" in changed:
        changed["second_factor_roles"] = tuple(changed["second_factor_roles"])
    return replace(SignInRules(), **changed)


def change_rules(session: Session, wanted: SignInRules, who: Who) -> bool:
    """Puts rules in force and the difference into the trail; False where nothing differs. Raises RuleUnfit."""
    for name, (least, most) in RANGES.items():
        if not least <= getattr(wanted, name) <= most:
            raise RuleUnfit(name)
    before, after = asdict(rules_of(session)), asdict(wanted)
    changed = sorted(name for name in after if after[name] != before[name])
    for name in changed:
        value = list(after[name]) if isinstance(after[name], tuple) else after[name]
        session.merge(SignInRule(name=name, value=value))
    if changed:
        old, new = ({name: rules[name] for name in changed} for rules in (before, after))
        note(session, who, "sign_in:rules:changed", "sign_in_rules", "sign_in_rules", old=old, new=new)
    return bool(changed)
