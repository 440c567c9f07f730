"""The three administrators (三员分立), as data: who of them may change what, and which posts cannot be one person's.

System: that offices, people and parties are there. Security: who may do what, so posts, deputies, passwords. Audit: reads, changes nothing.
None of them works on cases, and nobody gives himself a post (ADR 15).
"""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

SYSTEM, SECURITY, AUDIT = "system_administrator", "security_administrator", "audit_administrator"
ADMINISTRATORS = frozenset((SYSTEM, SECURITY, AUDIT))
# Roles of outside parties: whoever holds one at an office does what its tasks ask and sees no office's cases.
OUTSIDE_ROLES = frozenset(("service_unit", "collecting_agent", "enterprise"))

MAY_CHANGE = MappingProxyType(
    {
        "offices": SYSTEM,
        "people": SYSTEM,
        "parties": SYSTEM,
        "stations": SYSTEM,
        "posts": SECURITY,
        "deputies": SECURITY,
        "passwords": SECURITY,
    }
)


def shut_out(held: Collection[str], wanted: str) -> str:
    """The role among those held with which another cannot be held; empty if none. An administrator is that and nothing else."""
    for role in sorted(held):
        if role != wanted and (role in ADMINISTRATORS or wanted in ADMINISTRATORS):
            return role
    return ""
