"""Long papers in parts: a list of several thousand rows is laid out some pages at a time, so that memory does not grow with it.

A template cuts its long table into pages itself (`papers.pagination`); each stands as a `<table class="grid">` of its own. A part takes
some of these tables, goes on counting pages where the last part ended, and names the total of the whole (第 n 页 共 m 页).
"""

from __future__ import annotations

import re
from collections.abc import Callable

PAGES = 40  # in one part
_TABLE = '<table class="grid">'
_HEADING = re.compile(r"<h1\b.*?</h1>", re.DOTALL)
_UNSEEN = '<h1 style="height:0;margin:0;overflow:hidden;visibility:hidden"'  # it still names paper and copy in the margins
_END = "</body></html>"

Layout = Callable[[str], tuple[int, bytes]]  # HTML → pages, PDF


def is_long(html: str) -> bool:
    """Whether a copy of a paper is laid out in parts."""
    return html.count(_TABLE) > PAGES


def laid_out(html: str, layout: Layout) -> list[bytes]:
    """The PDF of each part. The total is foreseen from the tables; where a page overflowed, all is laid out again with the true one."""
    total = html.count(_TABLE)
    while True:
        done, contents = 0, list[bytes]()
        for part in _cut(html):
            pages, content = layout(_counted(part, done, total))
            contents.append(content)
            done += pages
        if done == total:
            return contents
        total = done


def _cut(html: str) -> list[str]:
    """The parts as documents of their own; the first keeps the visible head, the last what stands below the tables."""
    starts = [found.start() for found in re.finditer(re.escape(_TABLE), html)][::PAGES]
    head = html[: html.index("<body>") + len("<body>")]
    heading = _HEADING.search(html)
    unseen = _UNSEEN + heading[0].removeprefix("<h1") if heading else ""
    bounds = [*starts[1:], len(html)]
    bodies = [html[start:end] for start, end in zip(starts, bounds, strict=True)]
    first = html[: starts[0]] + bodies[0]
    return [
        part if part.rstrip().endswith("</html>") else part + _END
        for part in (first, *(head + unseen + body for body in bodies[1:]))
    ]


def _counted(part: str, done: int, total: int) -> str:
    """A part whose pages count on from those before it; what holds for the first page holds for that of the whole alone."""
    if done:
        part = part.replace("@page :first", "@page unused")
    style = f"<style>@page :first {{ counter-set: page {done + 1}; }}</style>"
    return part.replace("counter(pages)", f'"{total}"').replace("</head>", style + "</head>", 1)
