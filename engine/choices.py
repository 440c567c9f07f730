"""Forms that ask outside: which offices or people stand in a list, and whether an entry is right, depends on the office of the case."""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy.orm import Session

from engine.errors import NoSuchCheck
from engine.forms import Check, Form
from engine.kernel import Kernel
from engine.registry import CheckContext


def filled(kernel: Kernel, session: Session, form: Form, office_id: str, on: date | None = None) -> Form:
    """The form with the options that are offered at this office on a day, today without one, and with its checks.

    Raises: NoSuchList, NoSuchCheck for names that nobody knows.
    """
    day = on or kernel.clock.today()
    lists = {source: kernel.directory.choices(session, source, office_id, day) for source in sorted(form.sources)}
    given = CheckContext(session, office_id, day)
    return form.filled(lists).checked_by({name: _bound(kernel, name, given) for name in sorted(form.check_names)})


def _bound(kernel: Kernel, name: str, given: CheckContext) -> Check:
    check = kernel.registry.checks.get(name)
    if check is None:
        raise NoSuchCheck(f"表单要求的核对 {name} 没有登记", check=name)
    return partial(check, given)
