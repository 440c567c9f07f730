"""The law, one article after the other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from records.coinvestigation import rules
from records.coinvestigation.kinds import NAMES, Copy, Mismatch, Nature, Problem, Source

THRESHOLD = Decimal(100_000)


def test_every_problem_belongs_to_exactly_one_system() -> None:
    certification, audit = rules.problems_of(Source.CERTIFICATION), rules.problems_of(Source.AUDIT)

    assert certification | audit == set(Problem)
    assert not certification & audit
    assert len(audit) == 5


def test_only_a_mismatch_has_a_kind() -> None:
    with_kind = {problem for problem in Problem if rules.needs_mismatch(problem)}

    assert with_kind == {Problem.CERTIFICATION_MISMATCH, Problem.AUDIT_MISMATCH}
    assert not rules.needs_mismatch(None)


@pytest.mark.parametrize(("level", "source", "may"), [("city", "audit", True), ("district", "audit", False), ("district", "certification", True), ("city", "manual", False)])  # fmt: skip
def test_the_audit_system_is_asked_by_the_city(level: str, source: str, may: bool) -> None:
    assert rules.may_import(Source(source), level) is may


@pytest.mark.parametrize(("day", "late"), [(18, False), (19, True), (20, True)])
def test_audit_lists_are_taken_before_the_nineteenth(day: int, late: bool) -> None:
    assert rules.is_extracted_late(date(2026, 3, day), 19) is late


@pytest.mark.parametrize(
    ("problem", "amount", "reported"),
    [
        (Problem.CERTIFICATION_MISMATCH, "100000.00", True),
        (Problem.CERTIFICATION_MISMATCH, "99999.99", False),
        (Problem.CIPHER_ERROR, "-100000.00", True),
        (Problem.MISSING_COPY, "5000000", False),
        (None, "5000000", False),
    ],
)
def test_certified_mismatches_of_the_threshold_are_reported_at_once(problem: Problem | None, amount: str, reported: bool) -> None:
    assert rules.is_reported_at_once(problem, Decimal(amount), THRESHOLD) is reported


def test_doubt_travels_with_a_letter_and_certainty_with_a_notice() -> None:
    assert [rules.letter_of(nature) for nature in (Nature.DOUBTFUL, Nature.CONFIRMED)] == [
        "delegation_letter",
        "falsification_notice",
    ]


@pytest.mark.parametrize(
    ("seller", "buyer", "asked"),
    [
        ("sat/sz/", "sat/nb/hs/", "seller"),
        ("sat/nb/hs/", "sat/sz/", "buyer"),
        ("sat/nb/hs/", None, "buyer"),
        (None, "sat/nb/hs/", "seller"),
        ("sat/nb/hs/", "sat/nb/hs/", "seller"),
        ("sat/sz/", "sat/sh/", "seller"),
        (None, None, "seller"),
    ],
)
def test_the_party_elsewhere_is_asked(seller: str | None, buyer: str | None, asked: str) -> None:
    assert rules.other_party("sat/nb/hs/", seller, buyer) == asked


def test_inside_is_the_own_office_and_no_bureau_beneath_it() -> None:
    assert rules.is_inside("sat/nb/", "sat/nb/")
    assert not rules.is_inside("sat/nb/", "sat/nb/hs/")


def test_a_sibling_with_a_longer_code_does_not_lie_within() -> None:
    assert rules.lies_within("sat/nb/", "sat/nb/hs/")
    assert not rules.lies_within("sat/nb/", "sat/nbx/")


def test_a_generated_name_says_whence_and_whereto() -> None:
    name = rules.generated_name(Source.AUDIT, date(2026, 3, 2), "宁波市局", "苏州市局", "7-1")

    assert name == "2026年3月稽核系统增值税专用发票协查（宁波市局至苏州市局，第7-1号）"
    assert rules.serial_of(name) == "7-1"
    assert rules.serial_of("苏州甲公司专用发票协查") == rules.serial_of(f"{name}补") == ""


@pytest.mark.parametrize(
    ("name", "apart", "shared"),
    [
        ("2026年3月认证系统增值税专用发票协查（宁波市海曙区国家税务局至苏州市国家税务局，第7-1号）", "第7-1号 宁波市海曙区至苏州市", "2026年3月认证系统增值税专用发票协查"),
        ("2026年3月稽核系统增值税专用发票协查（宁波市国家税务局辖区内，第7-12号）", "第7-12号 宁波市辖区内", "2026年3月稽核系统增值税专用发票协查"),
        ("随时报告：2026年3月认证系统增值税专用发票协查（甲区税务局至乙（丙）分局，第1-1号）", "第1-1号 甲区至乙（丙）分局", "随时报告：2026年3月认证系统增值税专用发票协查"),
        ("苏州甲公司专用发票协查（第二次）", "苏州甲公司专用发票协查（第二次）", ""),
    ],
)  # fmt: skip
def test_what_tells_a_case_apart_is_said_first(name: str, apart: str, shared: str) -> None:
    assert rules.told_apart(name) == (apart, shared)


def test_three_signatures_are_wanted() -> None:
    assert rules.missing_signers([]) == ["clerk", "handler", "leader"]
    assert rules.missing_signers(["leader", "clerk"]) == ["handler"]


@pytest.mark.parametrize(
    ("role", "signed", "may"),
    [
        ("leader", {"clerk": "chen"}, False),
        ("leader", {"handler": "chen"}, False),
        ("leader", {"clerk": "lin", "handler": "sun"}, True),
        ("clerk", {"leader": "chen"}, False),
        ("handler", {"clerk": "chen"}, True),
    ],
)
def test_whoever_prepared_does_not_approve(role: str, signed: dict[str, str], may: bool) -> None:
    assert rules.may_sign(role, "chen", signed) is may


def test_a_doubtful_invoice_wants_five_points_and_a_conclusion() -> None:
    answers: dict[str, str | None] = {"existence": "yes", "authenticity": "genuine", "contents": None}

    assert rules.open_points(Nature.DOUBTFUL, answers) == ["contents", "trade", "payments", "conclusion"]
    assert rules.open_points(Nature.CONFIRMED, {}) == ["conclusion"]
    assert rules.open_points(Nature.CONFIRMED, {"conclusion": "false"}) == []


@pytest.mark.parametrize(
    ("conclusion", "violation"), [("false", True), ("violation", True), ("consistent", False), (None, False)]
)
def test_violations_move_into_inspection(conclusion: str | None, violation: bool) -> None:
    assert rules.is_violation(conclusion) is violation


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"conclusion": "consistent", "authenticity": "counterfeit"}, "真伪"),
        ({"conclusion": "consistent", "trade": "no"}, "交易"),
        ({"conclusion": "consistent", "authenticity": "genuine", "trade": "yes"}, None),
        ({"conclusion": "false", "trade": "no"}, None),
    ],
)
def test_a_conclusion_must_not_contradict_the_points(answers: dict[str, str | None], said: str | None) -> None:
    sentence = rules.contradiction(answers)

    assert (sentence is None) if said is None else (said in (sentence or ""))


@pytest.mark.parametrize(
    ("due", "replied", "today", "standing"),
    [(10, 10, 20, "on_time"), (10, 11, 20, "late"), (10, None, 10, "open"), (10, None, 11, "overdue"), (None, None, 30, "open")],
)
def test_the_last_day_still_counts(due: int | None, replied: int | None, today: int, standing: str) -> None:
    def day(number: int | None) -> date | None:
        return date(2026, 3, number) if number else None

    assert rules.standing(day(due), day(replied), date(2026, 3, today)) == standing


@pytest.mark.parametrize(
    ("applied", "wanted", "reason", "said"),
    [(10, 20, "特殊情况", None), (11, 20, "特殊情况", "届满前"), (9, 10, "特殊情况", "晚于原期限"), (9, 20, "  ", "写明")],
)
def test_an_extension_is_applied_for_before_the_term_has_passed(applied: int, wanted: int, reason: str, said: str | None) -> None:
    refusal = rules.extension_refusal(date(2026, 3, 10), date(2026, 3, wanted), date(2026, 3, applied), reason)

    assert (refusal is None) if said is None else (refusal is not None and said in refusal[0] and refusal[1].isascii())


@pytest.mark.parametrize(("kind", "members"), [("problem", Problem), ("mismatch", Mismatch), ("copy", Copy), ("nature", Nature), ("source", Source)])  # fmt: skip
def test_every_word_has_both_names(kind: str, members: type[Problem]) -> None:
    assert set(NAMES[kind]) == {member.value for member in members}
    assert all(zh and en for zh, en in NAMES[kind].values())
