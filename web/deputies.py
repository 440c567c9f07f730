"""Deputies in words: for which procedures somebody stands in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from flask_babel import gettext as _

from web.languages import is_english
from web.worklist.workplace import process_names


class Bounded(Protocol):
    """Anything that is good for some processes; none means all."""

    @property
    def processes(self) -> Iterable[str]: ...


def lent_for(one: Bounded) -> str:
    """“全部流程”, or the names of the processes."""
    names = process_names() if one.processes else {}
    return ("、" if not is_english() else ", ").join(names.get(process, process) for process in sorted(one.processes)) or str(_("全部流程"))
