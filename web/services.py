"""What the pages are given by `app.py`: the engine, the database, the clock and the other rooms' front doors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from flask import current_app

from db.clock import Clock
from db.session import Database
from notices.smtp import SmtpSettings
from records.offices.addresses import ADDRESS_LIMIT, AddressLimit
from records.offices.sealing import Seal
from web.entry.outside.settings import OutsideSettings

if TYPE_CHECKING:
    from deadlines.api import DeadlineService
    from engine.api import Engine
    from papers.api import Papers

KEY = "jinshui"


def no_key() -> bytes:
    """Nothing is sealed by pages that were given no key."""
    raise RuntimeError("expected the key of the installation, but the pages were given none")


@dataclass(frozen=True)
class WebSettings:
    """How large an upload may be, under which address people come, how often an address may fail, who else vouches for people,
    by which server mail goes.
    """

    max_upload_bytes: int = 110 * 1024 * 1024
    max_form_bytes: int = 2 * 1024 * 1024
    public_address: str = ""
    page_size: int = 25
    attempts: AddressLimit = ADDRESS_LIMIT
    outside: OutsideSettings | None = None
    mail: SmtpSettings | None = None

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are sent over TLS only."""
        return self.public_address.startswith("https:")


class StationJob(Protocol):
    """What a station may be asked to do, as `app.py` knows it: inputs, results and errors of a topic."""

    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def needs(self) -> tuple[str, ...]: ...
    @property
    def gives(self) -> tuple[str, ...]: ...
    @property
    def errors(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> Mapping[str, Mapping[str, tuple[type, ...]]]: ...


@dataclass(frozen=True)
class Services:
    """Everything that a page may call; nothing else is reached from a view."""

    engine: Engine
    database: Database
    clock: Clock
    deadlines: DeadlineService
    papers: Papers
    settings: WebSettings = field(default_factory=WebSettings)
    secret: Callable[[], bytes] = no_key
    jobs: Mapping[str, StationJob] = field(default_factory=dict)  # of stations, by topic

    @property
    def seal(self) -> Seal:
        """Opens and closes what is sealed in the database."""
        return Seal(self.secret())


def services() -> Services:
    """The services of the application that answers this request."""
    found = current_app.extensions[KEY]
    assert isinstance(found, Services)
    return found
