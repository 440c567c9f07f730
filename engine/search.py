"""Search by parts of title and number. A rare text is looked up first, in an index that holds nothing but the words; a common one
is met soon enough on the way through the list itself.
"""

from __future__ import annotations

from engine.link import Link, containing

RARE = 2_000
MOST_WORDS = 8
_WORD = "(t.title LIKE ? ESCAPE '!' OR t.business_key LIKE ? ESCAPE '!')"


def rare(link: Link, table: str, text: str) -> list[str] | None:
    """Ids of the rows of `task` (open ones) or `instance` that hold a text, at most RARE; None where there are more."""
    also = "t.state = 'open' AND " if table == "task" else ""
    condition, values = matches(text)
    found = link.all(f"SELECT t.id FROM {table} t WHERE {also}{condition} LIMIT {RARE + 1}", *values)
    return [row[0] for row in found] if len(found) <= RARE else None


def matches(text: str) -> tuple[str, list[str]]:
    """A condition on `t`, and its values: every word of the text occurs in title or number, in any order."""
    words = text.split()[:MOST_WORDS] or [text]
    return " AND ".join([_WORD] * len(words)), [pattern for word in words for pattern in [containing(word)] * 2]
