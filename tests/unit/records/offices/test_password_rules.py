"""What a password must be."""

from __future__ import annotations

import pytest

from records.offices.password_rules import MOST, Choice, faults, is_common
from records.offices.passwords import readable_secret
from records.offices.sign_in_rules import SignInRules

NAMES = ("chen.min", "陈敏", "Chen Min")


@pytest.mark.parametrize(
    ("password", "broken"),
    [
        ("Harbour-42-lamp", []), ("晨光里的Harbour7", []), ("Short1!", ["too_short"]), ("x" * 70 + "Y1" + "z" * MOST, ["too_long"]),
        ("onlysmallletters", ["too_plain"]), ("small and 9", []), ("Password123!", ["common"]), ("P@ssw0rd2026", []), ("Woaini1314!", ["common"]),
        ("1qaz2wsx3edc", ["too_plain", "common"]), ("Ab1-Ab1-Ab1-", ["common"]), ("Chen.Min2026", ["own_name"]), ("9-chenmin-Xy7", ["own_name"]), ("", ["too_short", "too_plain"]),
    ],
)  # fmt: skip
def test_each_broken_rule_is_named(password: str, broken: list[str]) -> None:
    assert faults(Choice(password, NAMES), SignInRules()) == broken


def test_the_rules_are_data() -> None:
    assert faults(Choice("abcdefghjk"), SignInRules(min_length=12, min_kinds=1)) == ["too_short"]
    assert faults(Choice("quiet harbour lamp"), SignInRules(min_length=12, min_kinds=1)) == []


def test_short_names_stand_in_passwords_by_chance() -> None:
    assert faults(Choice("Lo-and-behold-7", ("lo",)), SignInRules()) == []


@pytest.mark.parametrize("password", ["QWERTY", "jinshui-demo", "admin@2026", "123456789", "aaaaaaaaaaaa", "Ningbo2026"])
def test_what_is_guessed_first_is_common(password: str) -> None:
    assert is_common(password)


def test_a_one_time_password_is_long_readable_and_never_the_same() -> None:
    made = {readable_secret() for _ in range(200)}

    assert len(made) == 200
    assert all(len(one) == 19 and not set(one) & set("lo01ILO") for one in made)
