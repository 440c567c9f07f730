"""What a password that somebody chooses must be: each rule with its code, so that the page says one sentence for each that is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from records.offices.sign_in_rules import SignInRules

MOST = 128  # characters: argon2 takes any length, a page takes no novels
SHORTEST_NAME = 3  # a login of two letters stands in half of all passwords by chance
_COMMON = Path(__file__).with_name("common_passwords.txt")


@dataclass(frozen=True)
class Choice:
    """A password with the names that must not stand in it."""

    password: str
    names: tuple[str, ...] = ()

    @property
    def kinds(self) -> int:
        """How many of capital letters, small letters, digits and other characters there are; a Chinese character is of the others."""
        tests: tuple[Callable[[str], bool], ...] = (_is_capital, _is_small, _is_digit)
        letters = sum(any(map(test, self.password)) for test in tests)
        return letters + any(not any(test(character) for test in tests) for character in self.password)


def faults(choice: Choice, rules: SignInRules) -> list[str]:
    """The codes of the rules that a password breaks, in the order in which they are shown; empty where it may be taken."""
    broken = {
        "too_short": len(choice.password) < rules.min_length,
        "too_long": len(choice.password) > MOST,
        "too_plain": choice.kinds < rules.min_kinds,
        "common": is_common(choice.password),
        "own_name": _holds_a_name(choice),
    }
    return [code for code, is_broken in broken.items() if is_broken]


def is_common(password: str) -> bool:
    """Whether a guesser tries it among the first: on the list, with digits and signs about it or without, or one group over and over."""
    plain = password.lower()
    core = "".join(filter(str.isalpha, plain))
    return plain in _common() or (core in _common() and len(core) >= len(plain) - 6) or _repeats(plain)


def _repeats(text: str) -> bool:
    return bool(text) and text in (text + text)[1:-1]


def _holds_a_name(choice: Choice) -> bool:
    text = _squeezed(choice.password)
    return any(len(name) >= SHORTEST_NAME and name in text for name in map(_squeezed, choice.names))


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _is_capital(character: str) -> bool:
    return "A" <= character <= "Z"


def _is_small(character: str) -> bool:
    return "a" <= character <= "z"


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


@cache
def _common() -> frozenset[str]:
    return frozenset(_lines(_COMMON.read_text("utf-8").splitlines()))


def _lines(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
