"""Who watches the time limits: the heads of an office and of its bodies see how the work of it and of all beneath stands (design, section 7)."""

from __future__ import annotations

SUPERVISORS = frozenset({"bureau_leader", "supervising_director", "inspection_director", "tax_office_head"})
