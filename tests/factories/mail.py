"""A real mail server on loopback that does as it is told: takes letters, refuses them, hangs, or hangs up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import update

from handlers.telling.api import Telling
from handlers.telling.following import Follower
from handlers.telling.mailing import TOPIC, House
from notices.smtp import Postman, SmtpSettings
from records.offices.model import Person
from tests.web.office import Office
from web.staff import actor_of

HANG, DROP = "hang", "drop"


@dataclass
class Post:
    """What came, and what is answered next: an answer of SMTP, HANG, or DROP once the letter is taken. Afterwards every letter is taken."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # addresses that the server does not know

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802 -- as aiosmtpd calls it
        if address in self.unknown:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == HANG:
            await asyncio.sleep(3)
            return "421 too late"
        if answer == DROP or answer.startswith("250"):
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        if answer == DROP:
            server.transport.abort()
        return answer

    def postman(self, timeout_s: float = 0.5) -> Postman:
        """Who hands letters to this server."""
        return Postman(SmtpSettings("127.0.0.1", "bpm@tax.example", self.port, "none", timeout_s=timeout_s))

    def to(self) -> list[str]:
        """Whom letters came for, in their order."""
        return [str(letter["To"]) for letter in self.letters]

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


def free_port() -> int:
    """aiosmtpd wants to be told its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def mail_server() -> Iterator[Post]:
    post = Post(free_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def mailed_by(office: Office, postman: Postman | None, address: str = "https://bpm.example") -> Telling:
    """What a worker of this office tells that begins anew, with or without a mail server."""
    office.engine.kernel.registry.handlers.pop(TOPIC)  # of the worker before
    house = House(office.engine, office.database, office.clock, actor_of, address)
    return Telling(house, Follower(office.database, office.clock, office.deadlines, has_mail=postman is not None), postman)


def give_addresses(office: Office, *logins: str) -> None:
    """These people can be reached by mail."""
    with office.database.write() as session:
        for login in logins:
            session.execute(update(Person).where(Person.login == login).values(email=f"{login}@tax.example"))
