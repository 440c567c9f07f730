"""HTML to PDF in a child process with limits. The only file that imports WeasyPrint, and only the child does.

The child can fetch nothing: no network, no file; a text that tries is printed as text. A paper that takes too long or too much
memory is ended with the child, and the case keeps waiting for its paper with the reason.
A paper comes as one HTML text for each of its copies; a long copy is laid out in parts (`papers.parts`) that are joined. One child can make several papers: starting it is most of the work.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from papers import parts

# What one effect may take in all: several papers together, and where that fails one of them alone. Its lease (engine.outbox.LEASE) is longer,
# or a second worker would begin the same; on a busy machine a paper waits more than it works.
TOGETHER_S, ALONE_S = 60, 150
CPU_LIMIT_S = ALONE_S  # ends a child whose parent is gone
MEMORY_LIMIT = 2 * 1024**3
HTML_LIMIT = 8_000_000
LENGTH_BYTES = 8  # each PDF comes out of the child behind its length


class PapersUnavailable(Exception):
    """文书需要系统组件 pango 和中文字体：apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"""


class RenderFailed(Exception):
    """文书未能生成"""


def _limit() -> None:
    """For the child itself; a parent of many threads must run nothing between fork and exec."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))


def render_pdfs(papers: Sequence[Sequence[str]]) -> list[bytes]:
    """The PDF of each paper; the same text gives the same bytes. Raises PapersUnavailable, RenderFailed."""
    size = sum(len(copy) for paper in papers for copy in paper)
    if size > HTML_LIMIT:
        raise RenderFailed(f"文书内容过大（{size} 字）")
    limit = TOGETHER_S if len(papers) > 1 else ALONE_S
    try:
        done = subprocess.run(
            [sys.executable, "-m", "papers.render"], input=json.dumps(papers).encode(), capture_output=True, timeout=limit,
            cwd=Path(__file__).parents[1], check=False,
            env={"SOURCE_DATE_EPOCH": "0", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"},  # noqa: S108 -- font cache
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RenderFailed(f"文书排版超过 {limit} 秒，已中止") from None
    if done.returncode == 3:
        raise PapersUnavailable(PapersUnavailable.__doc__)
    if done.returncode != 0:
        raise RenderFailed(f"文书排版失败：{done.stderr.decode(errors='replace')[-300:]}")
    return _split(done.stdout)


def _split(output: bytes) -> list[bytes]:
    found = []
    while output:
        end = LENGTH_BYTES + int.from_bytes(output[:LENGTH_BYTES])
        found.append(output[LENGTH_BYTES:end])
        output = output[end:]
    return found


def laid_out(papers: Sequence[Sequence[str]]) -> Iterator[bytes]:
    """The PDF of each paper, made in this very process with no limits: for the child, and for whoever trusts what is to be laid out.

    Raises OSError where the system lacks a library.
    """
    from weasyprint import HTML  # noqa: PLC0415 -- loads system libraries that a machine may lack
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher, fonts = URLFetcher(allowed_protocols={"data"}, allow_redirects=False, timeout=2), FontConfiguration()
    written = {"pdf_identifier": b"jinshui", "pdf_variant": "pdf/a-3u"}

    def rendered(html: str) -> Any:
        return HTML(string=html, url_fetcher=fetcher, base_url=None).render(font_config=fonts)

    def part(html: str) -> tuple[int, bytes]:
        document = rendered(html)
        return len(document.pages), document.write_pdf(**written)

    for paper in papers:
        if any(parts.is_long(copy) for copy in paper):
            yield joined([pdf for copy in paper for pdf in parts.laid_out(copy, part)])
        else:
            copies = [rendered(copy) for copy in paper]
            yield copies[0].copy([page for copy in copies for page in copy.pages]).write_pdf(**written)


def main() -> int:
    """The child: papers as JSON on standard input, their PDFs on standard output."""
    _limit()
    try:
        import weasyprint  # noqa: F401, PLC0415 -- loads system libraries that a machine may lack
    except OSError as error:
        sys.stderr.write(str(error))
        return 3
    for content in laid_out(json.load(sys.stdin.buffer)):
        sys.stdout.buffer.write(len(content).to_bytes(LENGTH_BYTES) + content)
    return 0


def joined(contents: Sequence[bytes]) -> bytes:
    """One PDF of several, with the description of the first; the same parts give the same bytes."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 -- only the child joins, and only long papers

    whole, target = PdfWriter(clone_from=BytesIO(contents[0])), BytesIO()
    for content in contents[1:]:
        whole.append(PdfReader(BytesIO(content)), import_outline=False)
    whole.write(target)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
