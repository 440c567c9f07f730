"""Numbers of documents: one after another without a gap, whoever asks and whatever is rolled back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from db.session import Database
from papers.numbers import document_number, take_number


class Withdrawn(Exception):
    """The step was rolled back after it had taken a number."""


def test_series_and_years_count_by_themselves(any_database: Database) -> None:
    with any_database.write() as session:
        taken = [document_number(session, prefix, year) for prefix, year in [("甲", 2026), ("甲", 2026), ("乙", 2026), ("甲", 2027)]]

    assert taken == ["甲〔2026〕1号", "甲〔2026〕2号", "乙〔2026〕1号", "甲〔2027〕1号"]


def test_a_number_of_a_step_that_was_rolled_back_is_given_again(any_database: Database) -> None:
    with any_database.write() as session:
        assert take_number(session, "甲", 2026) == 1
    with pytest.raises(Withdrawn), any_database.write() as session:
        assert take_number(session, "甲", 2026) == 2
        raise Withdrawn

    with any_database.write() as session:
        assert take_number(session, "甲", 2026) == 2


def test_eight_at_once_leave_no_gap_even_when_some_are_rolled_back(any_database: Database) -> None:
    begin = Barrier(8)

    def work(worker: int) -> list[int]:
        kept = []
        begin.wait()  # all want the first number of a series that is not there yet
        for turn in range(15):
            with any_database.write() as session:
                number = take_number(session, "甲", 2026)
                if (worker + turn) % 4 == 0:
                    session.rollback()
                else:
                    kept.append(number)
        return kept

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(number for kept in pool.map(work, range(8)) for number in kept)

    assert taken == list(range(1, len(taken) + 1))
    assert len(taken) > 80
