"""The log: lines for people on a terminal, one JSON object per line for machines; each says which case it is about."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import orjson

from db import trace
from monitoring.heartbeat import node_name

ROOT = "jinshui"
LEVELS = ("debug", "info", "warning", "error")
_EXTRA = ("duration_ms", "outcome", "method", "path", "status", "address")


class AboutWork(logging.Filter):
    """Puts what the thread works on, and what the line adds, where both forms of line find it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.about = {**trace.about(), **{name: record.__dict__[name] for name in _EXTRA if name in record.__dict__}}
        return True


class JsonLines(logging.Formatter):
    """time, level, logger, node, message; case, task, operation, duration_ms and more where they are known."""

    def __init__(self) -> None:
        super().__init__()
        self.node = node_name()

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"), "level": record.levelname.lower(),
            "logger": record.name, "node": self.node, "message": record.getMessage(), **getattr(record, "about", {}),
        }  # fmt: skip
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class Readable(logging.Formatter):
    """`09:00:00 warning jinshui.step: complete failed (case 0197…, 12.3 ms)`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the library's name
        about = ", ".join(f"{name} {value}" for name, value in getattr(record, "about", {}).items())
        return super().formatMessage(record) + (f" ({about})" if about else "")


def set_up(*, file: str = "", level: str = "") -> None:
    """Lines go to standard error, or into a file; a terminal gets the readable form, and only what somebody should look at."""
    stream: TextIO = sys.stderr
    readable = not file and stream.isatty()
    handler = logging.FileHandler(_made(file), encoding="utf-8") if file else logging.StreamHandler(stream)
    handler.setFormatter(Readable() if readable else JsonLines())
    handler.addFilter(AboutWork())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOT).setLevel((level or ("warning" if readable else "info")).upper())


@contextmanager
def hushed() -> Iterator[None]:
    """Steps that are only played, as the demonstration's past is, are no lines of the log; warnings stay."""
    steps = logging.getLogger(f"{ROOT}.step")
    before = steps.level
    steps.setLevel(logging.WARNING)
    try:
        yield
    finally:
        steps.setLevel(before)


def _made(file: str) -> Path:
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
