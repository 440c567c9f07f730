"""Search by a part of title or number. A rare text is looked up first, in an index that holds nothing but the words; a common one
is met soon enough on the way through the list itself.
"""

from __future__ import annotations

from engine.link import Link, containing

RARE = 2_000
MATCHES = "(t.title LIKE ? ESCAPE '!' OR t.business_key LIKE ? ESCAPE '!')"


def rare(link: Link, table: str, text: str) -> list[str] | None:
    """Ids of the rows of `task` (open ones) or `instance` that hold a text, at most RARE; None where there are more."""
    also = "t.state = 'open' AND " if table == "task" else ""
    found = link.all(f"SELECT t.id FROM {table} t WHERE {also}{MATCHES} LIMIT {RARE + 1}", *pattern(text))
    return [row[0] for row in found] if len(found) <= RARE else None


def pattern(text: str) -> list[str]:
    """The values for MATCHES."""
    return [containing(text)] * 2
