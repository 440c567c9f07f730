"""What a test has to say at the end of a run: `record_property(said.LINE, "cells called: 3000")`.

What a test prints itself is lost in a worker of pytest-xdist; its properties travel with the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LINE = "said at the end"


def lines(stats: Mapping[str, Iterable[Any]]) -> list[str]:
    """Every such line, once, in what the terminal reporter of pytest has counted."""
    properties = (found for kind in stats.values() for report in kind for found in getattr(report, "user_properties", ()))
    return sorted({str(value) for name, value in properties if name == LINE})
