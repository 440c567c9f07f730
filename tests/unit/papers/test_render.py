"""The renderer in its child: the same bytes for the same text, several papers at once, and no way out to files or the network."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from db import timeouts
from engine.outbox import LEASE
from papers import render
from papers.render import PapersUnavailable, RenderFailed, render_pdfs
from papers.templates import fill, read_templates
from tests.factories.processes import ROOT, wait_until
from tests.unit.papers.reading import pages

LETTER = read_templates(Path(__file__).parents[3] / "workflows")["coinvestigation/letter"]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on loopback: its address, and what was asked of it."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_same_data_give_the_same_bytes_alone_or_beside_others() -> None:
    letter = fill(LETTER, LETTER.sample(), number="甲〔2026〕1号", copies=LETTER.copies)

    alone = render_pdfs([letter])
    beside = render_pdfs([["<p>另一份文书</p>"], letter])

    assert beside[1] == alone[0]


def test_hostile_texts_are_printed_and_fetch_nothing(listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("此文不得外泄")
    hostile = f'</td><img src="{address}/a.png"><link rel="stylesheet" href="file://{secret}"><script>x</script>{{{{ 7 * 7 }}}}'
    data = {**LETTER.sample(), "case_name": hostile, "demands": f"</style>@import url({address}/b.css)", "from_office": "<b>局</b>&amp;"}
    tag = f'<img src="{address}/c.png"><img src="file://{secret}"><iframe src="file://{secret}"></iframe><link rel=attachment href="file://{secret}">'

    made, raw = render_pdfs([fill(LETTER, data, number="甲", copies=()), [f"<p>正文</p>{tag}<style>@import url({address}/d.css)</style>"]])

    text = "".join(page.text for page in pages(made))
    assert "".join(hostile.split()) in text
    assert "@importurl(" in text
    assert "<b>局</b>&amp;" in text
    assert "正文" in pages(raw)[0].text
    assert asked == []
    assert "此文不得外泄" not in pages(raw)[0].text
    assert b"EmbeddedFile" not in raw


def test_a_paper_that_is_too_large_is_refused_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "HTML_LIMIT", 10)

    with pytest.raises(RenderFailed, match="过大（12 字）"):
        render_pdfs([["一" * 6, "二" * 6]])


@pytest.mark.parametrize(("code", "error"), [(3, PapersUnavailable), (1, RenderFailed)])
def test_what_the_child_says_is_told(monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_kwargs: subprocess.CompletedProcess([], code, b"", "坏".encode()))

    with pytest.raises(error, match="apt install" if code == 3 else "坏"):
        render_pdfs([["x"]])


def test_a_paper_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "ALONE_S", 0.01)

    with pytest.raises(RenderFailed, match=r"超过 0\.01 秒，已中止"):
        render_pdfs([["x"]])


def test_papers_that_take_too_long_together_are_ended_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "TOGETHER_S", 0.01)

    with pytest.raises(RenderFailed, match=r"超过 0\.01 秒，已中止"):
        render_pdfs([["x"], ["y"]])


def test_all_that_one_effect_may_take_ends_well_before_its_lease() -> None:
    """Together, then one alone; the rest is for what else is waited for, the database above all. Else a second worker begins the same paper."""
    own = timeouts.Timeouts()
    database = (own.connect_s + own.pool_wait_s + (own.patience.answer_s or 0)) * 2

    assert render.TOGETHER_S + render.ALONE_S <= 0.7 * LEASE.total_seconds() < LEASE.total_seconds() - database
    assert render.TOGETHER_S < render.ALONE_S


def test_the_child_limits_itself_before_it_reads_a_byte() -> None:
    wanted = {
        resource.RLIMIT_AS: (render.MEMORY_LIMIT, render.MEMORY_LIMIT), resource.RLIMIT_CPU: (render.CPU_LIMIT_S, render.CPU_LIMIT_S),
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-m", "papers.render"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        wait_until(lambda: {kind: resource.prlimit(child.pid, kind) for kind in wanted} == wanted)
        written, _ = child.communicate(b"[]")

    assert (child.returncode, written) == (0, b"")
