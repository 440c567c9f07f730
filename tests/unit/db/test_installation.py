"""All nodes of one database hold the same key."""

from __future__ import annotations

import pytest

from db.installation import agree_on_secret
from db.selfcheck import DatabaseUnfit
from db.session import Database


def test_a_second_machine_with_the_same_key_is_welcome(any_database: Database) -> None:
    agree_on_secret(any_database, b"one key")
    agree_on_secret(any_database, b"one key")


def test_a_machine_with_another_key_is_told_to_copy_the_file(any_database: Database) -> None:
    agree_on_secret(any_database, b"one key")

    with pytest.raises(DatabaseUnfit, match="copy it from the first machine"):
        agree_on_secret(any_database, b"another key")
