"""A document is handed to a printer once, however often it is asked for: what was handed over stands on this computer's disk before the first byte of it leaves.

A printer forgets (one on a plain socket at once), so its word alone is not enough; and this memory knows nothing of what became of a document after the computer died, so
the printer is asked where it can be.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hardware.printer.ports import Printed, PrinterError

KEPT_S = 90 * 86400  # far longer than a job is asked for again
_KEY = re.compile(r"[!-~]{1,120}")
_NOTHING = {"nothing": True}  # it was handed over or was to be, and it is known that nothing of it came out


def require_order(key: str, copies: int) -> None:
    """Raises ValueError for an order that no printer takes."""
    if copies < 1:
        raise ValueError(f"expected a copy or more, but got {copies}")
    if not _KEY.fullmatch(key):
        raise ValueError(f"expected a key of at most 120 visible characters of ASCII, but got {key[:150]!r}")


class HandedOver:
    """The keys of documents that have left for a printer, each with its end: a file for each in `folder`, in memory where there is none."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._memory: dict[str, Mapping[str, Any]] = {}

    def once(self, key: str, hand_over: Callable[[], Printed], find: Callable[[], Callable[[], Printed] | None] = lambda: None) -> Printed:
        """The end of the document: the one it had, or that of handing it over now. `find` asks the printer for it and gives what waits for its end, None where the
        printer does not know it.
        """
        known = self._recall(key)
        if known is not None and "pages" in known:
            return Printed(known["pages"], known["copies"])
        if known is None or "nothing" not in known:
            hand_over = self._found(known, find) or hand_over
        self._remember(key, {})
        try:
            printed = hand_over()
        except PrinterError as error:
            if known is not None and known.get("happened") == error.happened:  # no more is known than before, and the reason was still there to be seen then
                self._remember(key, known)
                raise _as_it_ended(known) from error
            end = {"zh": str(error), "en": error.en, "kind": error.kind, "happened": error.happened, "printed": error.printed}
            self._remember(key, _NOTHING if error.happened == "no" else end)
            raise
        self._remember(key, {"pages": printed.pages, "copies": printed.copies})
        return printed

    def _found(self, known: Mapping[str, Any] | None, find: Callable[[], Callable[[], Printed] | None]) -> Callable[[], Printed] | None:
        try:
            found = find()
        except PrinterError as error:
            if known is not None:  # it is silent, and it may have the document
                error.happened = "unknown"
            raise
        if found is None and known is not None:
            raise _as_it_ended(known)
        return found

    # --- the memory --------------------------------------------------------------------------------------------------------

    def _recall(self, key: str) -> Mapping[str, Any] | None:
        if self._folder is None:
            return self._memory.get(key)
        file = self._file(key)
        if not file.exists():
            return None
        try:
            found = json.loads(file.read_text("utf-8"))
        except ValueError:  # the disk has lost what stood there; that something stood there is enough
            return {}
        return found if isinstance(found, dict) else {}

    def _remember(self, key: str, end: Mapping[str, Any]) -> None:
        self._memory[key] = end
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(key)
        if not file.exists():
            self._prune()
        draft = file.with_suffix(f".{os.getpid()}")
        with draft.open("w", encoding="utf-8") as out:
            json.dump({**end, "key": key}, out, ensure_ascii=False)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        self._settle()

    def _settle(self) -> None:
        """The names in the folder are on the disk as well."""
        assert self._folder is not None
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _prune(self) -> None:
        assert self._folder is not None
        for old in self._folder.iterdir():
            if old.stat().st_mtime < time.time() - KEPT_S:
                old.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"


def _as_it_ended(known: Mapping[str, Any]) -> PrinterError:
    if "zh" in known:
        return PrinterError(known["zh"], known["en"], kind=known["kind"], happened=known["happened"], printed=known["printed"])
    return PrinterError(
        "这份文书以前已送往打印机，打印机不知道结果，请查看打印出来的纸", "the document was sent to the printer before, which does not know how it ended: look at the paper",
        kind="unknown", happened="unknown",
    )  # fmt: skip
