"""Forms that ask outside: which offices or people stand in a list, and whether an entry is right, depends on the office of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import NoSuchCheck
from engine.forms import Check, Form, Option
from engine.kernel import Kernel
from engine.registry import CheckContext


def filled(
    kernel: Kernel, session: Session, form: Form, office_id: str, on: date | None = None, *, known: Mapping[str, Any] | None = None
) -> Form:
    """The form with the options that are offered at this office on a day, today without one, and with its checks.

    `known`: the variables of the case, for lists that stand there; a case that does not have one offers nothing.

    Raises: NoSuchList, NoSuchCheck for names that nobody knows.
    """
    day = on or kernel.clock.today()
    lists = {source: kernel.directory.choices(session, source, office_id, day) for source in sorted(form.sources)}
    lists |= {source: _of_case((known or {}).get(source)) for source in form.case_sources}
    given = CheckContext(session, office_id, day)
    return form.filled(lists).checked_by({name: _bound(kernel, name, given) for name in sorted(form.check_names)})


def _of_case(given: Any) -> list[Option]:
    rows = given if isinstance(given, list) else []
    return [Option(str(row["value"]), str(row.get("label") or row["value"]), str(row.get("label_en") or "")) for row in rows]


def _bound(kernel: Kernel, name: str, given: CheckContext) -> Check:
    check = kernel.registry.checks.get(name)
    if check is None:
        raise NoSuchCheck(f"表单要求的核对 {name} 没有登记", check=name)
    return partial(check, given)
