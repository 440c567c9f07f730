"""The chain on both databases: everything that is evidence gets into exactly one seal, whoever seals and whoever dies; what deviates is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bench.soak.edits import ANN, KEY, act
from bench.soak.tampering import superuser
from db.chain import links, reads
from db.chain.anchoring import Anchoring
from db.chain.anchors import FilePlace, PlaceAway, places
from db.chain.api import Chain, state
from db.chain.findings import ADDED, ANCHOR_AWAY, ANCHOR_CUT, EPOCH, GAP, GUARD, LATE, MISSING, SHORTER, TWICE, UNREADABLE, Result
from db.chain.sealer import Sealer
from db.chain.tables import Anchor, Seal, Unsealed, Verification
from db.chain.verify import verify
from db.clock import ManualClock
from db.session import Database
from db.types import moment_text
from engine import history
from engine.epoch import fence
from engine.link import Link
from records.audit import Who, note
from tests.crash.reaper import every_death
from tests.factories.notary import notaries


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    return tmp_path / "heads"


@pytest.fixture
def chain(any_database: Database, clock: ManualClock, heads: Path) -> Chain:
    return chain_on(any_database, clock, heads)


@pytest.fixture
def embedded(database: Database, clock: ManualClock, heads: Path) -> Chain:
    """On SQLite, which keeps what its columns do not declare."""
    return chain_on(database, clock, heads)


def chain_on(database: Database, clock: ManualClock, place: Path | str) -> Chain:
    """With one place outside, and the key `KEY`."""
    made = Chain(database, clock, lambda: b"secret", places(str(place)))
    made.key = lambda: KEY  # type: ignore[method-assign]
    made.sealer.key = lambda: KEY
    return made


def kinds(result: Result) -> set[str]:
    return set(result.counts)


def looked_at(chain: Chain) -> Result:
    return verify(chain.database, KEY, chain.places)


def some(chain: Chain, count: int = 3) -> None:
    """Acts, sealed and anchored, an hour later than the last."""
    assert isinstance(chain.clock, ManualClock)
    chain.clock.advance(timedelta(hours=1))
    for number in range(count):
        act(chain.database, chain.clock.now(), number)
    chain.tick()


def counted(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_everything_is_sealed_once_and_nothing_deviates(chain: Chain) -> None:
    some(chain)
    some(chain)

    result = looked_at(chain)

    assert (result.seals, result.waiting, result.findings) == (2, 0, [])
    assert result.rows == 2 * 3 * 10, "three of history, one each of trail, comment, file, attachment, term, paper and its bytes"
    assert result.anchored == {chain.places[0].address: 2}


def test_what_waits_is_told_and_is_no_deviation(chain: Chain) -> None:
    some(chain)
    act(chain.database, chain.clock.now(), 1)

    result = looked_at(chain)

    assert (result.waiting, result.findings) == (10, [])


def test_what_is_rolled_back_is_never_written_down(chain: Chain) -> None:
    with pytest.raises(InterruptedError), chain.database.write() as session:
        note(session, Who("ann", "安", chain.clock.now()), "a:b:c", "thing", "1")
        session.flush()
        raise InterruptedError

    assert counted(chain.database, Unsealed) == 0


def test_a_large_heap_is_sealed_in_links_and_none_of_it_is_late(chain: Chain) -> None:
    """As after the migration of a database that is older than the chain."""
    assert isinstance(chain.clock, ManualClock)
    act(chain.database, chain.clock.now() - timedelta(days=400), 1)
    act(chain.database, chain.clock.now(), 2)
    sealer = Sealer(chain.database, chain.clock, lambda: KEY, batch=3)

    assert sealer.seal() == 20

    with chain.database.read() as session:
        drained = list(session.scalars(select(Seal.drained).order_by(Seal.number)))
    assert drained == [0, 0, 0, 0, 0, 0, 1]
    assert looked_at(chain).findings == []


def test_of_two_sealers_that_have_read_the_same_one_seals(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    act(chain.database, chain.clock.now(), 1)
    other = Sealer(chain.database, chain.clock, lambda: KEY)
    add = chain.sealer._add

    def late(*given: object) -> bool:
        assert other.seal() == 10
        return add(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(chain.sealer, "_add", late)

    assert chain.sealer.seal() == 0
    assert (counted(chain.database, Seal), counted(chain.database, Unsealed)) == (1, 0)
    assert looked_at(chain).findings == []


def test_a_transaction_that_commits_after_a_later_one_is_sealed_with_the_next(postgres: Database, clock: ManualClock) -> None:
    """Its numbers are smaller than those that are sealed already; on SQLite nobody overtakes a writer."""
    sealer, who = Sealer(postgres, clock, lambda: KEY), Who("ann", "安", clock.now())
    with postgres.write() as slow:
        note(slow, who, "a:b:slow", "thing", "1")
        slow.flush()
        with postgres.write() as quick:
            note(quick, who, "a:b:quick", "thing", "2")
        assert sealer.seal() == 1
    assert sealer.seal() == 1

    result = verify(postgres, KEY, ())
    assert (result.seals, result.rows, result.waiting, result.findings) == (2, 2, 0, [])


@pytest.mark.timeout(300)
def test_a_sealer_killed_anywhere_leaves_rows_sealed_or_waiting(chain: Chain, clock: ManualClock) -> None:
    database, sealed = chain.database, 0

    def before(_k: int) -> None:
        clock.advance(timedelta(minutes=1))
        act(database, clock.now(), 1)

    for _k in every_death(database, lambda _k: chain.tick(), at_least=5, before=before):
        result = looked_at(chain)
        assert result.findings == []
        assert result.rows + result.waiting == 10 * _acts(database)
        sealed = result.rows
    chain.tick()

    result = looked_at(chain)
    assert (result.waiting, result.findings) == (0, [])
    assert result.rows >= sealed


def _acts(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(text("SELECT count(*) FROM trail_entry")).scalar_one())


# --- what only somebody with the whole database can do --------------------------------------------------------------------------


def test_a_row_that_is_deleted_before_its_seal_is_missed_all_the_same(chain: Chain) -> None:
    act(chain.database, chain.clock.now(), 1)
    with superuser(chain.database) as session:
        session.execute(text("DELETE FROM trail_entry"))
    assert kinds(looked_at(chain)) == {MISSING}

    chain.tick()
    assert kinds(looked_at(chain)) == {UNREADABLE}


def test_a_row_whose_entry_was_taken_from_the_queue_is_known_to_nobody(chain: Chain) -> None:
    some(chain)
    with chain.database.write() as session:
        note(session, Who("ann", "安", chain.clock.now()), "a:b:c", "thing", "1")
        session.flush()
        session.execute(text("DELETE FROM unsealed"))

    found = looked_at(chain).findings
    assert [(one.kind, one.table) for one in found] == [(ADDED, "trail_entry")]


def test_an_entry_that_was_put_in_twice_hides_no_other_row(chain: Chain) -> None:
    """A sum of numbers of rows would be right again."""
    some(chain)
    with chain.database.write() as session:
        session.execute(text("INSERT INTO unsealed (evidence, key) VALUES ('trail_entry', '1')"))
    with superuser(chain.database) as session:
        note(session, Who("ann", "安", chain.clock.now()), "a:b:hidden", "thing", "1")
    chain.tick()

    assert kinds(looked_at(chain)) == {TWICE, ADDED}


@pytest.mark.parametrize(("name", "key"), [("nothing", "1"), ("trail_entry", "abc"), ("trail_entry", "9" * 30), ("history", "")])
def test_nonsense_in_the_queue_stops_no_sealer(name: str, key: str, chain: Chain) -> None:
    with chain.database.write() as session:
        session.execute(text("INSERT INTO unsealed (evidence, key) VALUES (:name, :key)"), {"name": name, "key": key})

    some(chain)

    assert kinds(looked_at(chain)) == {UNREADABLE}
    assert counted(chain.database, Unsealed) == 0


def test_a_row_that_claims_to_be_old_is_late(chain: Chain) -> None:
    some(chain)
    note_at = chain.clock.now() - timedelta(days=30)
    with chain.database.write() as session:
        history.add(Link(session), note_at, "c" * 32, "completed_task", ANN, details={"values": {"amount": 1}})
    chain.tick()

    (found,) = looked_at(chain).findings
    assert (found.kind, found.table, found.detail) == (LATE, "history", moment_text(note_at))


def test_a_step_that_took_its_time_is_not_late(chain: Chain) -> None:
    some(chain)
    assert isinstance(chain.clock, ManualClock)
    begun = chain.clock.now()
    chain.clock.advance(timedelta(minutes=20))
    act(chain.database, chain.clock.now(), 1)
    chain.tick()
    act(chain.database, begun, 2)
    chain.tick()

    assert looked_at(chain).findings == []


def test_a_guard_that_was_switched_off_is_named(chain: Chain) -> None:
    some(chain)
    switch = "ALTER TABLE history {} TRIGGER history_is_append_only_update"
    with chain.database.write() as session:
        session.execute(text('DROP TRIGGER "history_is_append_only_update"' if chain.database.is_sqlite else switch.format("DISABLE")))

    (found,) = looked_at(chain).findings

    if not chain.database.is_sqlite:  # its tables are kept for the next test
        with chain.database.write() as session:
            session.execute(text(switch.format("ENABLE")))
    assert (found.kind, found.table, found.key) == (GUARD, "history", "history_is_append_only_update")


def test_seals_that_are_cut_out_are_missed(chain: Chain) -> None:
    for _ in range(4):
        some(chain, 1)
    with superuser(chain.database) as session:
        session.execute(text("DELETE FROM seal WHERE number IN (2, 3)"))

    assert GAP in kinds(looked_at(chain))


@pytest.mark.parametrize("nonsense", ["UPDATE seal SET number = 'abc' WHERE number = 1", "UPDATE seal SET members = 'text', at = 'yesterday', rows = 'many'", "UPDATE seal SET head = CAST(x'ff' AS TEXT)"])
def test_what_is_no_seal_at_all_is_named(nonsense: str, embedded: Chain) -> None:
    some(embedded)
    with superuser(embedded.database) as session:
        session.execute(text(nonsense))

    assert looked_at(embedded).deviations


def test_bytes_that_are_no_text_are_named_and_stop_no_verification(embedded: Chain) -> None:
    some(embedded)
    with superuser(embedded.database) as session:
        session.execute(text("UPDATE history SET name = CAST(x'ff' AS TEXT) WHERE id = 2"))

    (found,) = looked_at(embedded).findings
    assert (found.table, found.key) == ("history", "2")


# --- anchors ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["a file", "a target over HTTP"])
def anchored(any_database: Database, clock: ManualClock, heads: Path, request: pytest.FixtureRequest) -> Iterator[Chain]:
    """At either kind of place."""
    with notaries() as notary:
        yield chain_on(any_database, clock, heads if request.param == "a file" else notary.address)


def test_an_end_that_was_cut_off_is_seen_by_the_anchor_alone(anchored: Chain) -> None:
    chain = anchored
    some(chain)
    some(chain)
    assert looked_at(chain).anchored == {chain.places[0].address: 2}
    with superuser(chain.database) as session:
        for table in ("trail_entry", "comment", "attachment", "paper", "blob", "deadline_event", "history"):
            column = {"trail_entry": "at", "comment": "at", "attachment": "at", "paper": "issued_at", "blob": "stored_at"}.get(table, "at")
            moment = chain.clock.now()
            session.execute(text(f"DELETE FROM {table} WHERE {column} >= :at"), {"at": moment_text(moment) if chain.database.is_sqlite else moment})
        session.execute(text("DELETE FROM seal WHERE number = 2"))

    assert kinds(verify(chain.database, KEY, ())) == set()
    assert kinds(looked_at(chain)) == {SHORTER}


def test_a_place_that_takes_nothing_is_shown_tried_again_and_caught_up(chain: Chain, heads: Path) -> None:
    assert isinstance(chain.clock, ManualClock)
    heads.mkdir()
    some(chain)
    with chain.database.read() as session:
        (row,) = state(session).anchors
    assert (row.number, row.attempts, row.since) == (0, 1, chain.clock.now())
    assert row.error
    assert kinds(looked_at(chain)) == {ANCHOR_AWAY}

    chain.tick()
    with chain.database.read() as session:
        assert session.get_one(Anchor, str(heads)).attempts == 1, "not before its time"
    heads.rmdir()
    some(chain)

    with chain.database.read() as session:
        row = session.get_one(Anchor, str(heads))
    assert (row.number, row.attempts, row.since, row.error) == (2, 0, None, "")
    assert looked_at(chain).findings == []


def test_a_head_is_brought_again_when_nobody_noted_that_it_was_taken(chain: Chain, heads: Path) -> None:
    some(chain)
    with chain.database.write() as session:
        session.get_one(Anchor, str(heads)).head = ""

    chain.tick()

    assert len(set(heads.read_text().splitlines())) == 1
    assert looked_at(chain).findings == []


def test_an_anchor_that_lost_its_end_is_named(chain: Chain, heads: Path) -> None:
    some(chain)
    some(chain)
    heads.write_text(heads.read_text().splitlines()[0] + "\n")

    assert kinds(looked_at(chain)) == {ANCHOR_CUT}


def test_a_place_that_fails_keeps_no_other_waiting(chain: Chain, heads: Path) -> None:
    class Broken:
        address = "broken"

        def put(self, _line: str) -> None:
            raise PlaceAway("away")

        def text(self) -> str | None:
            return None

    act(chain.database, chain.clock.now(), 1)
    chain.sealer.seal()

    assert Anchoring(chain.database, chain.clock, [Broken(), FilePlace(str(heads))]).work() == 1


# --- after a restore ----------------------------------------------------------------------------------------------------------


def brought_back(chain: Chain, sign: Callable[[str, str], str]) -> None:
    """As after the restore of a backup that was made before the last seal: fence and all."""
    now, reason = chain.clock.now(), "restore of a backup"
    with superuser(chain.database) as session:
        for table, column in (("trail_entry", "at"), ("comment", "at"), ("attachment", "at"), ("paper", "issued_at"), ("blob", "stored_at"), ("deadline_event", "at"), ("history", "at")):
            session.execute(text(f"DELETE FROM {table} WHERE {column} >= :at"), {"at": moment_text(now) if chain.database.is_sqlite else now})
        session.execute(text("DELETE FROM seal WHERE number > 1"))
        session.execute(text("UPDATE anchor SET number = 1"))
    with chain.database.write() as session:
        for statement in fence(now, reason, (), sign(moment_text(now), reason), sqlite=chain.database.is_sqlite):
            session.execute(text(statement.replace(":", r"\:")))


def test_after_a_restore_the_chain_goes_on_with_a_seam_and_no_alarm(chain: Chain) -> None:
    some(chain)
    some(chain)
    brought_back(chain, lambda at, reason: links.epoch_mark(KEY, at, reason))
    assert looked_at(chain).findings == [], "before anything is sealed anew"
    chain.tick()
    some(chain)

    result = looked_at(chain)

    assert result.findings == []
    assert [(seam.number, seam.epoch, seam.reason) for seam in result.seams] == [(2, 1, "restore of a backup")]


@pytest.mark.parametrize("mark", ["", "0" * 64])
def test_a_restore_that_nobody_signed_is_no_excuse(mark: str, chain: Chain) -> None:
    some(chain)
    some(chain)
    brought_back(chain, lambda _at, _reason: mark)
    some(chain)

    assert EPOCH in kinds(looked_at(chain))
    assert kinds(looked_at(chain)) & {SHORTER, "anchor"}


def test_a_signed_restore_does_not_excuse_what_was_cut_off_afterwards(chain: Chain) -> None:
    some(chain)
    some(chain)
    brought_back(chain, lambda at, reason: links.epoch_mark(KEY, at, reason))
    chain.tick()
    some(chain)
    with superuser(chain.database) as session:
        session.execute(text("DELETE FROM seal WHERE number = 3"))

    assert SHORTER in kinds(looked_at(chain))


# --- verifications -------------------------------------------------------------------------------------------------------------


def test_a_verification_is_written_down_and_is_evidence_itself(chain: Chain) -> None:
    some(chain)
    seen: list[tuple[int, int]] = []

    result = chain.verify(lambda done, of: seen.append((done, of)))
    chain.tick()

    assert seen[-1] == (1, 1)
    with chain.database.read() as session:
        (row,) = session.scalars(select(Verification)).all()
        assert reads.last(session) is not None
    assert (row.seals, row.rows, row.deviations, row.told["findings"]) == (1, result.rows, 0, [])
    with superuser(chain.database) as session:
        session.execute(text("UPDATE verification SET deviations = 1"))
    assert [one.table for one in looked_at(chain).findings] == ["verification"]
