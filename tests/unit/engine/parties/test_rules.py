"""When what several were asked is decided, and whose turn is next: the pure rules, against a count by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from engine.lifecycle import PARTY
from engine.parties.rules import (
    ACTS,
    ASK,
    COPY,
    DELEGATE,
    KINDS,
    SIGNS,
    Rule,
    Seat,
    Standing,
    decided,
    following,
    may_give_away,
    may_put,
    parse,
    result_of,
)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("all", Rule("all")), (" any ", Rule("any")), ("sequence", Rule("sequence")), ("share:0.6", Rule("share", Fraction(3, 5))),
        ("share:.5", Rule("share", Fraction(1, 2))), ("share:60%", Rule("share", Fraction(3, 5))), ("share:1", Rule("share", Fraction(1))),
        ("share:100%", Rule("share", Fraction(1))), ("share:2/3", Rule("share", Fraction(2, 3))), ("majority", Rule("majority")),
        *((wrong, None) for wrong in ("", "most", "share", "share:", "share:0", "share:0%", "share:1.2", "share:101%", "share:-1", "share:3/2", "share:0/3", "share:1/0", "ALL")),
    ],
)  # fmt: skip
def test_a_rule_is_one_of_five(text: str, rule: Rule | None) -> None:
    assert parse(text) == rule


def seats(states: str) -> list[Seat]:
    """`agrw` and o: agreed, refused, waiting, open, and x for withdrawn."""
    names = {"a": "agreed", "r": "refused", "w": "waiting", "o": "open", "x": "withdrawn"}
    return [Seat(names[letter]) for letter in states]


@pytest.mark.parametrize(
    ("rule", "states", "result"),
    [
        ("all", "ooo", ""), ("all", "aao", ""), ("all", "aaa", "agreed"), ("all", "aro", "refused"), ("all", "aax", "agreed"), ("all", "xxx", "lapsed"),
        ("sequence", "aow", ""), ("sequence", "aaa", "agreed"), ("sequence", "arw", "refused"),
        ("any", "ooo", ""), ("any", "oao", "agreed"), ("any", "oro", "refused"), ("any", "xx", "lapsed"),
        ("share:0.6", "aoo", ""), ("share:0.6", "aao", "agreed"), ("share:0.6", "rro", "refused"), ("share:0.6", "raa", "agreed"),
        ("share:0.6", "roo", ""), ("share:0.5", "ar", "agreed"), ("share:0.5", "rroo", ""), ("share:0.5", "rrro", "refused"),
        ("share:2/3", "raa", "agreed"), ("share:2/3", "roo", ""), ("share:2/3", "rro", "refused"), ("share:67%", "roo", "refused"),
        ("majority", "aroo", ""), ("majority", "aarr", "refused"), ("majority", "aaro", ""), ("majority", "aaar", "agreed"),
    ],
)  # fmt: skip
def test_a_round_is_decided_as_soon_as_nothing_open_can_change_it(rule: str, states: str, result: str) -> None:
    found = parse(rule)
    assert found is not None
    assert decided(found, seats(states)) == result


def test_a_weight_counts_as_so_many() -> None:
    rule = Rule("share", Fraction(3, 5))

    assert decided(rule, [Seat("agreed", 3), Seat("open", 1), Seat("open", 1)]) == "agreed"
    assert decided(rule, [Seat("refused", 3), Seat("open", 1), Seat("open", 1)]) == "refused"


@pytest.mark.parametrize("rule", ["all", "sequence", "any", "share:0.34", "share:0.5", "share:0.67", "share:2/3", "majority", "share:1"])
def test_what_is_decided_cannot_become_otherwise(rule: str) -> None:
    """Whatever the rest had said; and those whose word is not needed any more may be struck out without changing it."""
    found = parse(rule)
    assert found is not None
    for states in product("aro", repeat=4):
        result = decided(found, seats("".join(states)))
        if not result:
            assert "o" in states
            continue
        struck = "".join(states).replace("o", "x")
        assert decided(found, seats(struck)) == result
        if rule == "any":
            continue  # the first answer decides, so that who speaks later does not
        for rest in product("ar", repeat=states.count("o")):
            filled, left = "", iter(rest)
            for letter in states:
                filled += next(left) if letter == "o" else letter
            assert decided(found, seats(filled)) == result


def test_in_order_one_is_asked_after_the_other() -> None:
    rule = Rule("sequence")

    assert following(rule, seats("oww")) is None
    assert following(rule, seats("aww")) == 1
    assert following(rule, seats("axw")) == 2
    assert following(rule, seats("aaa")) is None
    assert following(Rule("all"), seats("ww")) is None


def test_what_is_away_from_its_holder_stands_still_but_for_questions_and_copies() -> None:
    for standing in (Standing(is_delegated=True), Standing(is_handed_in=True)):
        assert {kind for kind in KINDS if may_put(kind, standing)} == {ASK, COPY}
        assert not may_give_away(standing)
    assert all(may_put(kind, Standing()) for kind in KINDS)
    assert may_give_away(Standing())


def test_an_answer_fits_its_question() -> None:
    for kind in KINDS:
        for agreed in (True, False, None):
            result = result_of(kind, agreed=agreed)
            if result:
                assert result in PARTY["open"]
                assert (result in {"agreed", "refused"}) == (kind in SIGNS)
    assert result_of(COPY, agreed=True) == result_of(DELEGATE, agreed=True) == ""
    assert SIGNS < ACTS
