"""The list of cases: an office sees its own and those beneath, newest first; how many cases others have makes no difference."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from engine import dossiers
from engine.link import Link
from engine.people import Actor
from tests.factories.bpmn import chain, end, process, start, user
from tests.factories.kit import Kit

OFFICES = ["nb/", "nb/hs/", "nb/hs/east/", "nb/hs_/", "nb/hs0/", "nb/jd/", "sz/", "sz/wz/", "a%b/", "a%b/c/"]
MANY = 100_000
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(start(), user("fill"), end(), chain("begun", "fill", "done")))
    kit.start()
    return kit


def load(kit: Kit, cases: list[tuple[str, str, str, datetime]]) -> None:
    """Cases (id, scope, status, began) as the engine would have written them."""
    with kit.database.write() as session:
        link = Link(session)
        row = link.one("SELECT id, procedure FROM definition")
        assert row is not None
        link.run("DELETE FROM task_candidate"), link.run("DELETE FROM task_office"), link.run("DELETE FROM task")
        link.many(
            "INSERT INTO instance (id, definition_id, procedure, process_id, business_key, title, office_id, scope, status, version, state, mac,"
            f" due_label, started_at, started_by) VALUES (?, '{row[0]}', '{row[1]}', 'toy', ?, ?, 'o', ?, ?, 1, ?, '', '', ?, 'x')",
            [(id_, f"号{n:06}", f"案件 {n} {'甲' if n % 3 else '乙'}", scope, status, b"", link.moment(began)) for n, (id_, scope, status, began) in enumerate(cases)],
        )  # fmt: skip
        if not link.is_sqlite:
            link.run("ANALYZE instance")


def some(count: int, offices: list[str], seed: int = 5) -> list[tuple[str, str, str, datetime]]:
    chance = random.Random(seed)
    return [
        (new_id(), chance.choice(offices), chance.choice(["active", "completed"]), BEGAN + timedelta(minutes=chance.randrange(count // 2)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("merged", [20, 0])
@pytest.mark.parametrize("scopes", [("nb/",), ("nb/hs/",), ("nb/hs/", "sz/"), ("a%b/",), ("nobody/",), ("nb/hs/", "nb/hs/east/"), tuple(OFFICES)])
def test_pages_hold_what_a_plain_filter_finds_whichever_way_they_are_read(
    kit: Kit, scopes: tuple[str, ...], merged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossiers, "OFFICES_MERGED", merged)
    cases = some(400, OFFICES)
    load(kit, cases)
    actor = Actor("reader", "读者", scopes=scopes)
    own = [c for c in cases if c[1].startswith(scopes)]

    for status in ("", "active"):
        expected = [c[0] for c in sorted(own, key=lambda c: (c[3], c[0]), reverse=True) if status in {"", c[2]}]
        found, offset, more = list[str](), 0, True
        while more:
            page, more = kit.engine.cases(actor, status=status, offset=offset, limit=40)
            found += [header.instance_id for header in page if header.business_key]
            offset += 40
        assert found == expected


def test_words_are_looked_for_within_the_offices(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = some(60, OFFICES)
    load(kit, cases)
    actor = Actor("reader", "读者", scopes=("nb/hs/",))
    expected = {id_ for n, (id_, scope, _status, _began) in enumerate(cases) if scope.startswith("nb/hs/") and not n % 3}

    for rare in (2_000, 3):
        monkeypatch.setattr("engine.search.RARE", rare)
        assert {header.instance_id for header in kit.engine.cases(actor, text="乙", limit=100)[0]} == expected


def test_a_small_office_beside_a_hundred_thousand_cases_of_others_reads_its_own(kit: Kit) -> None:
    elsewhere = [(new_id(), f"sz/{n % 40:02}/", "completed", BEGAN + timedelta(minutes=n + 1)) for n in range(MANY)]
    load(kit, [(new_id(), "nb/hs/", "active", BEGAN), (new_id(), "nb/hs/east/", "active", BEGAN), *elsewhere])
    actor, took = Actor("reader", "读者", scopes=("nb/hs/",)), list[float]()

    for _ in range(3):
        begun = time.perf_counter()
        assert [header.scope for header in kit.engine.cases(actor)[0]] == ["nb/hs/east/", "nb/hs/"]
        took.append((time.perf_counter() - begun) * 1000)

    assert min(took) < 20, took  # of three; the whole table backwards took more than a hundred
    assert "ix_instance_scope_started" in plan(kit)


def plan(kit: Kit) -> str:
    with kit.database.read() as session:
        link, asked = Link(session), list[tuple[str, tuple[object, ...]]]()
        link_all = link.all

        class Heard:
            is_sqlite = link.is_sqlite

            def all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
                asked.append((sql, values))
                return link_all(sql, *values)

        dossiers._merged(Heard(), ["nb/hs/", "nb/hs/east/"], [], [], 0, 25)  # type: ignore[arg-type]
        explain = "EXPLAIN QUERY PLAN " if link.is_sqlite else "EXPLAIN "
        return "\n".join(str(row) for sql, values in asked for row in link_all(explain + sql, *values))
