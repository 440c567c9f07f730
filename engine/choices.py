"""Forms whose choices come from outside: which offices or people stand in a list depends on the office of the case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.forms import Form
from engine.kernel import Kernel


def filled(kernel: Kernel, session: Session, form: Form, office_id: str) -> Form:
    """The form with the options that are offered at this office now; raises NoSuchList for a source that nobody knows."""
    today = kernel.clock.today()
    return form.filled({source: kernel.directory.choices(session, source, office_id, today) for source in sorted(form.sources)})
