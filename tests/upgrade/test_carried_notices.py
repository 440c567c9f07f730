"""What posts were told before there were notices of persons is not lost: their holders of today have it, read where they had looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from db import migrate
from db.session import Database

NOW = datetime.now(UTC)
HOLDERS = {"ann": (NOW - timedelta(days=5), True), "bob": (None, True), "gone": (None, False)}


def test_notices_to_posts_become_notices_of_their_holders(empty: Database) -> None:
    migrate.upgrade(empty, "0016")

    def at(moment: datetime) -> object:
        return moment.isoformat(timespec="microseconds")[:26] if empty.is_sqlite else moment

    with empty.engine.execution_options(writes=True).begin() as connection:
        run = lambda sql, **given: connection.execute(text(sql), given)  # noqa: E731
        run("INSERT INTO office (id, code, name, name_en, level, scope) VALUES ('o', 'nb', '市局', 'City', 'city', 'nb/')")
        for post in ("p", "q"):
            run("INSERT INTO post (id, role, office_id) VALUES (:id, :id, 'o')", id=post)
        for name, (seen, active) in HOLDERS.items():
            run("INSERT INTO person (id, login, name, name_en, password_hash, active, failed_count) VALUES (:id, :id, :id, :id, '!', :active, 0)", id=name, active=active)
            run("INSERT INTO web_preference (person_id, language, notices_seen_at) VALUES (:id, '', :seen)", id=name, seen=at(seen) if seen else None)
            for post in ("p", "q"):
                run("INSERT INTO post_holding (id, post_id, person_id, valid_from) VALUES (:id, :post, :who, '2026-01-01')", id=f"{name}{post}", post=post, who=name)
        for name, days, kinds in (("old", 40, "reminder"), ("seen", 6, "repeat"), ("new", 2, "urged")):
            for post in ("p", "q"):
                run(
                    "INSERT INTO notice (id, post_id, subject_id, kind, text, text_en, at) VALUES (:id, :post, 'case', :kind, :text, :text, :at)",
                    id=f"{name}{post}", post=post, kind=kinds, text=name, at=at(NOW - timedelta(days=days)),
                )  # fmt: skip
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        found = connection.execute(text("SELECT person_id, text, occasion, read_at IS NOT NULL FROM told ORDER BY person_id, id")).all()
        assert connection.scalar(text("SELECT count(*) FROM untold")) == 0

    assert [(who, said, occasion, bool(is_read)) for who, said, occasion, is_read in found] == [
        ("ann", "seen", "overdue", True), ("ann", "new", "urged", False), ("bob", "seen", "overdue", False), ("bob", "new", "urged", False),
    ]  # fmt: skip
