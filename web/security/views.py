"""The pages of the family, gathered here."""

from __future__ import annotations

from web.security import factor, own, people, rules
from web.security.family import blueprint

__all__ = ["blueprint", "factor", "own", "people", "rules"]
