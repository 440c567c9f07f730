"""The electronic copy of what was archived can be compared later, byte by byte (Ningbo 2001-19, annex 2, art. 16)."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import delete, select, update

from app import main
from bench.soak.tampering import superuser
from db.blobs import Blob, get_blob
from engine.tables import Attachment
from handlers import coinvestigation_copy
from papers.model import Paper
from records.coinvestigation.model import ArchiveEntry, Finding, Receipt
from records.coinvestigation.store import paperwork
from tests.procedures.test_coinvestigation import ARCHIVE, answer, send
from tests.procedures.walking import Walk


@pytest.fixture
def archived(walk: Walk) -> Walk:
    """A delegation and its reply, both archived, with a file that was attached to the reply."""
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    with walk.application.database.read() as session:
        reply = session.scalars(select(Receipt.case_id)).one()
    walk.application.engine.attach(reply, "出库单.pdf", b"%PDF 1", "application/pdf", walk.actor("gu.ning"), walk.key())
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("jiang.yan", "archive_receipt", **ARCHIVE, location="B-1")
    walk.do("chen.min", "evaluate_reply")
    walk.do("wu.fang", "archive_delegation", **ARCHIVE, location="A-1")
    return walk


def looked_at(walk: Walk) -> dict[str, coinvestigation_copy.Compared]:
    with walk.application.database.read() as session:
        entries = paperwork.archived(session)
        return {entry.location: coinvestigation_copy.compared(session, walk.application.papers, entry) for entry in entries}


def compared(walk: Walk) -> dict[str, list[str]]:
    return {location: found.deviations for location, found in looked_at(walk).items()}


def test_what_was_archived_is_kept_under_its_hash_and_is_still_so(archived: Walk) -> None:
    assert compared(archived) == {"A-1": [], "B-1": []}
    with archived.application.database.read() as session:
        for entry in session.scalars(select(ArchiveEntry)):
            copy = get_blob(session, entry.electronic_sha256)
            assert copy is not None
            assert hashlib.sha256(copy).hexdigest() == entry.electronic_sha256
            assert entry.subject_id.encode() in copy


def test_a_finding_that_was_changed_afterwards_is_seen(archived: Walk) -> None:
    with archived.application.database.write() as session:
        session.execute(update(Finding).values(conclusion="false"))

    assert compared(archived) == {"A-1": ["核查结果与归档时不一致"], "B-1": ["核查结果与归档时不一致"]}


def test_a_column_that_a_later_version_adds_is_no_deviation(archived: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = coinvestigation_copy._plain
    monkeypatch.setattr(coinvestigation_copy, "_plain", lambda row: {**plain(row), "added_later": "x"})
    assert compared(archived) == {"A-1": [], "B-1": []}

    with archived.application.database.write() as session:
        session.execute(delete(Finding))
    assert compared(archived) == {"A-1": ["核查结果与归档时不一致"], "B-1": ["核查结果与归档时不一致"]}


def test_bytes_that_are_gone_or_damaged_are_named(archived: Walk) -> None:
    with superuser(archived.application.database) as session:
        attached = hashlib.sha256(b"%PDF 1").hexdigest()
        session.execute(update(Blob).where(Blob.sha256 == attached).values(content=b"%PDF 2"))
        reply = session.scalars(select(Paper).where(Paper.template == "reply")).one()
        session.execute(delete(Blob).where(Blob.sha256 == reply.sha256))

    gone = f"文书 {reply.number} {reply.title} 没有保存"
    assert compared(archived) == {"A-1": [gone], "B-1": [gone, "附件 出库单.pdf 已损坏"]}


def test_a_copy_that_is_damaged_is_named(archived: Walk) -> None:
    with superuser(archived.application.database) as session:
        entry = session.scalars(select(ArchiveEntry).where(ArchiveEntry.location == "A-1")).one()
        session.execute(update(Blob).where(Blob.sha256 == entry.electronic_sha256).values(content=b"{}"))

    assert compared(archived) == {"A-1": ["电子副本已损坏"], "B-1": []}


def test_the_command_names_what_deviates(archived: Walk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    command = ["--data", str(archived.application.config.data), "archive"]
    assert main(command) == 0
    with archived.application.database.write() as session:
        session.execute(update(Finding).values(conclusion="false"))

    assert main(command) == 1
    assert "✗ B-1：核查结果与归档时不一致" in capsys.readouterr().out


def test_a_file_that_came_after_the_archiving_is_listed_apart_and_is_no_deviation(
    archived: Walk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    with archived.application.database.read() as session:
        reply = session.scalars(select(Receipt.case_id)).one()
    archived.application.engine.attach(reply, "补寄回单.pdf", b"%PDF 2", "application/pdf", archived.actor("gu.ning"), archived.key())

    assert compared(archived) == {"A-1": [], "B-1": []}
    assert looked_at(archived)["B-1"].additions == ["归档后新增附件 补寄回单.pdf（顾宁，2026-03-02）"]
    assert main(["--data", str(archived.application.config.data), "archive"]) == 0
    assert "+ B-1：归档后新增附件 补寄回单.pdf" in capsys.readouterr().out

    with superuser(archived.application.database) as session:
        session.execute(delete(Attachment).where(Attachment.filename == "出库单.pdf"))
    assert compared(archived)["B-1"] == ["附件与归档时不一致"]


def test_a_paper_that_is_made_after_the_archiving_belongs_to_the_copy_from_then_on(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    with superuser(walk.application.database) as session:
        made = session.scalars(select(Paper.sha256).where(Paper.template == "findings")).one()
        session.execute(update(Paper).where(Paper.template == "findings").values(sha256=None, state="rendering"))
    walk.do("jiang.yan", "archive_receipt", **ARCHIVE, location="B-1")
    [waiting] = compared(walk)["B-1"]

    with superuser(walk.application.database) as session:
        session.execute(update(Paper).where(Paper.template == "findings").values(sha256=made, state="ready"))

    assert waiting.endswith("增值税专用发票调查结果清单 还没有生成")
    assert compared(walk)["B-1"] == []
