"""What the pages are given by `app.py`: the engine, the database, the clock and the other rooms' front doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app

from db.clock import Clock
from db.session import Database
from records.offices.sign_in import ADDRESS_LIMIT, AddressLimit

if TYPE_CHECKING:
    from deadlines.api import DeadlineService
    from engine.api import Engine
    from papers.api import Papers

KEY = "jinshui"


@dataclass(frozen=True)
class WebSettings:
    """How long a session lives, how large an upload may be, under which address people come, how often one may fail to sign in."""

    idle: timedelta = timedelta(hours=2)
    lifetime: timedelta = timedelta(hours=12)
    max_upload_bytes: int = 110 * 1024 * 1024
    max_form_bytes: int = 2 * 1024 * 1024
    public_address: str = ""
    page_size: int = 25
    attempts: AddressLimit = ADDRESS_LIMIT

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are sent over TLS only."""
        return self.public_address.startswith("https:")


@dataclass(frozen=True)
class Services:
    """Everything that a page may call; nothing else is reached from a view."""

    engine: Engine
    database: Database
    clock: Clock
    deadlines: DeadlineService
    papers: Papers
    settings: WebSettings = field(default_factory=WebSettings)


def services() -> Services:
    """The services of the application that answers this request."""
    found = current_app.extensions[KEY]
    assert isinstance(found, Services)
    return found
