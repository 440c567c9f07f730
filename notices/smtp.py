"""A letter to a mail server: settings from the environment, one connection a letter, and what a refusal means."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from threading import Lock
from time import monotonic

TIMEOUT_S = 10.0  # for each answer of the server
PAUSE_S = 30.0  # after a server that did not answer: other letters wait behind one time-out, not behind a hundred
PORTS = {"starttls": 587, "tls": 465, "none": 25}
PREFIX = "JINSHUI_SMTP_"
ADDRESS = re.compile(r"[^@\s<>,;\"'()\\\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,53}[A-Za-z0-9])?")


class MailUnfit(Exception):
    """The settings of the mail server cannot be meant so."""


class Refused(Exception):
    """The server will not take this letter, now or later (5xx)."""


class NotNow(Exception):
    """The server cannot be reached, or asks to come again (4xx)."""


@dataclass(frozen=True)
class SmtpSettings:
    """Where letters go. `security`: starttls, tls, or none, which is for a server on the same machine."""

    host: str
    sender: str
    port: int = 0
    security: str = "starttls"
    user: str = ""
    password_file: str = ""
    timeout_s: float = TIMEOUT_S

    @property
    def domain(self) -> str:
        """What identifiers of letters end in."""
        return self.sender.partition("@")[2]

    def password(self) -> str:
        """Read for each letter, so that a changed file counts at once."""
        return Path(self.password_file).read_text("utf-8").strip() if self.password_file else ""


def read_settings(environment: Mapping[str, str]) -> SmtpSettings | None:
    """The settings, or None where no server is named; raises MailUnfit."""
    given = {name: environment.get(f"{PREFIX}{name.upper()}", "").strip() for name in ("host", "port", "security", "user", "password_file", "from")}
    if not given["host"]:
        return None
    security, port = given["security"] or "starttls", given["port"] or "0"
    if security not in PORTS:
        raise MailUnfit(f"{PREFIX}SECURITY 应为 starttls、tls 或 none，不是“{security}” / must be starttls, tls or none")
    if not (port.isascii() and port.isdecimal() and int(port) < 65_536):
        raise MailUnfit(f"{PREFIX}PORT 应为端口号，不是“{port}” / must be a port")
    if not ADDRESS.fullmatch(given["from"]):
        raise MailUnfit(f"{PREFIX}FROM 应为发件地址，例如 bpm@tax.example，不是“{given['from']}” / must be an address")
    if bool(given["user"]) != bool(given["password_file"]):
        raise MailUnfit(f"{PREFIX}USER 和 {PREFIX}PASSWORD_FILE 应一起给出 / belong together")
    return SmtpSettings(given["host"], given["from"], int(port) or PORTS[security], security, given["user"], given["password_file"])


class Postman:
    """Sends letters by one server; remembers for a short while that it did not answer."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self._silent_until, self._lock = 0.0, Lock()

    def send(self, letter: EmailMessage) -> None:
        """Hands a letter over. Raises Refused for one that will never be taken, NotNow for anything that may pass."""
        with self._lock:
            if monotonic() < self._silent_until:
                raise NotNow("邮件服务器刚才没有应答，稍后再试 / the mail server did not answer a moment ago")
        try:
            self._hand_over(letter)
        except smtplib.SMTPRecipientsRefused as error:
            raise _meaning(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPAuthenticationError as error:  # what is wrong is ours, and for every letter alike: it may be mended meanwhile
            raise NotNow(f"邮件服务器不接受用户名或密码：{error.smtp_code}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotNow(f"邮件服务器不支持所设的加密方式：{error}") from error
        except smtplib.SMTPResponseException as error:
            raise _meaning(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:  # no connection, none any more, or no answer in time
            with self._lock:
                self._silent_until = monotonic() + PAUSE_S
            raise NotNow(f"邮件服务器没有应答：{str(error) or type(error).__name__}") from error

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Whom we trust: read once, for it takes a tenth of a second."""
        return ssl.create_default_context()

    def _hand_over(self, letter: EmailMessage) -> None:
        its = self.settings
        opened: smtplib.SMTP = (
            smtplib.SMTP_SSL(its.host, its.port, its.domain, timeout=its.timeout_s, context=self._context) if its.security == "tls"
            else smtplib.SMTP(its.host, its.port, its.domain, timeout=its.timeout_s)  # without a name of ours it would look one up
        )  # fmt: skip
        with _closing(opened) as server:
            if its.security == "starttls":
                server.starttls(context=self._context)
            if its.user:
                server.login(its.user, its.password())
            server.send_message(letter)


@contextmanager
def _closing(server: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """As `with server`, but one that hangs after it has said 250 makes no failure of a letter that is taken."""
    try:
        yield server
        with suppress(OSError, smtplib.SMTPException):
            server.docmd("QUIT")
    finally:
        server.close()


def _meaning(code: int, said: bytes | str) -> Exception:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    kind = Refused if code >= 500 else NotNow
    return kind(f"邮件服务器答复 {code} {text[:300]}")
