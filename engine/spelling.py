"""What somebody may have meant by a name that is not there: letter case, a separator, or a letter or two tell the names apart."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name from which this one differs by a slip only; empty where none does. A short name forgives less."""
    found = ((_slips(_plain(name), _plain(one)), one) for one in sorted(known))
    near = min(((slips, one) for slips, one in found if slips <= _forgiven(_plain(one))), default=(0, ""))
    return near[1]


def meant(name: str, known: Iterable[str]) -> tuple[str, str]:
    """The question “did you mean …” in Chinese and English, as the end of a sentence; empty where nothing is near."""
    near = nearest(name, known)
    return (f"，是否应为 {near}", f"; did you mean {near}?") if near else ("", "")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _forgiven(name: str) -> int:
    return 0 if len(name) < 5 else 1 if len(name) < 8 else 2


def _slips(one: str, other: str) -> int:
    """Letters that are missing, too many, wrong, or changed with their neighbour; not counted exactly beyond two."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before, last = list[int](), list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
