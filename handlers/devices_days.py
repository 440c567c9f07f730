"""Days in their order: what follows from something else does not stand before it."""

from __future__ import annotations

from datetime import date

from engine.registry import Declined
from handlers.devices_law import LAW, LAW_EN


def require_order(earlier: tuple[str, str, date | None], later: tuple[str, str, date | None], article: str) -> None:
    """Raises Declined where the later of two days stands before the earlier; each is (Chinese name, English name, day), one not known yet is no fault.

    `article` is that of the document by which the one follows the other, as in 二(一)5.
    """
    (before, before_en, first), (after, after_en, second) = earlier, later
    if first is not None and second is not None and second < first:
        raise Declined(
            f"{after} {second} 不能早于{before} {first}（{LAW}{article}），请核对",
            f"{after_en}, {second}, cannot lie before {before_en}, {first} ({LAW_EN}, {article})",
        )
