"""Pages for staff, drawn on the server. `create_web` is the only way in; `app.py` gives it the other rooms."""

from __future__ import annotations

from web.application import create_web
from web.services import Services, WebSettings

__all__ = ["Services", "WebSettings", "create_web"]
