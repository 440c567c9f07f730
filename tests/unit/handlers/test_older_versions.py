"""A case goes on by the procedure.yaml with which it began: what a later one asks for is not asked of it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from engine.registry import Declined
from handlers.damage_saving import _require_rate
from handlers.faults_authorisations import _require_length

STUBS = [{"code": "6100022140", "number": "00010001", "amount": "100.00", "tax": "20.00"}]


def context(**about: Any) -> Any:
    return SimpleNamespace(about=about)


def test_stubs_are_held_to_the_highest_rate_where_the_version_of_the_case_names_one() -> None:
    _require_rate(context(), STUBS)

    with pytest.raises(Declined, match="最高税率"):
        _require_rate(context(highest_tax_rate=0.17), STUBS)


def test_an_authorisation_is_held_to_the_longest_term_where_the_version_of_the_case_names_one() -> None:
    _require_length(context(authorisation={}), date(2026, 1, 1), date(2029, 1, 1))

    with pytest.raises(Declined, match="最长 12 个月"):
        _require_length(context(authorisation={"longest_months": 12}), date(2026, 1, 1), date(2029, 1, 1))
