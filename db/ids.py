"""Identifiers that sort by time of birth, so that index pages fill from one side.

A UUIDv7 as 32 hexadecimal digits: known before the INSERT (one step can be written in one batch), the
same text on SQLite and PostgreSQL, and safe to show in an address.
"""

from __future__ import annotations

import os
import threading
import time

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> str:
    """32 hexadecimal digits, strictly increasing within one process (RFC 9562 version 7, method 1)."""
    global _last_ms, _counter
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, int.from_bytes(os.urandom(2), "big") & 0x7FF
        else:  # same millisecond, or the clock was set back: keep counting
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        ms, counter = _last_ms, _counter
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
    return f"{ms:012x}7{counter:03x}{tail:016x}"
