"""The front door: what the pump does about notices, put together from the follower, mail and the digest."""

from __future__ import annotations

from datetime import timedelta

from handlers.telling.deputies import tell_deputies
from handlers.telling.digests import Digests
from handlers.telling.following import Follower
from handlers.telling.mailing import House, Mailing
from notices import store
from notices.smtp import Postman

KEPT = timedelta(days=365)


class Telling:
    """Given the rooms; without a postman everything is told on the pages alone."""

    def __init__(self, house: House, follower: Follower, postman: Postman | None = None) -> None:
        self.house, self.follower = house, follower
        self.mailing = Mailing(house, postman)
        self.digests = Digests(house, follower)

    def tick(self) -> None:
        """Several times a second: what steps have left to be told, and the mail that may go."""
        self.follower.follow()
        if self.mailing.postman is not None:
            self.mailing.dispatch()

    def look_at_dates(self) -> None:
        """Once a minute: deputyships that begin or end with a day, and the digest when its hour has come."""
        tell_deputies(self.follower)
        if self.mailing.postman is not None:
            self.digests.send_due()

    def forget(self) -> None:
        """Once a day: notices of more than a year ago that were read."""
        with self.house.database.write() as session:
            store.forget(session, self.house.clock.now() - KEPT)
