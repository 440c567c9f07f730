"""Which draft of a task a page was drawn from, so that one window does not write over what another has kept since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

LENGTH = 16


def mark(draft: Mapping[str, Any] | None) -> str:
    """A short name of what a draft holds; empty where there is none."""
    return hashlib.sha256(orjson.dumps(dict(draft), option=orjson.OPT_SORT_KEYS)).hexdigest()[:LENGTH] if draft is not None else ""
