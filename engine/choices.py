"""Forms whose choices come from outside: which offices or people stand in a list depends on the office of the case."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from engine.forms import Form
from engine.kernel import Kernel


def filled(kernel: Kernel, session: Session, form: Form, office_id: str, on: date | None = None) -> Form:
    """The form with the options that are offered at this office on a day, today without one; raises NoSuchList for an unknown source."""
    day = on or kernel.clock.today()
    return form.filled({source: kernel.directory.choices(session, source, office_id, day) for source in sorted(form.sources)})
