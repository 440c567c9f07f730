"""A person's authenticator, at the time of the test's clock."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from db.clock import ManualClock

HALF_A_MINUTE = timedelta(seconds=30)


class Device:
    """What shows six digits; `later` is how many half minutes its clock is ahead."""

    def __init__(self, secret: str, clock: ManualClock) -> None:
        self.maker, self.clock = pyotp.TOTP("".join(secret.split())), clock

    def code(self, later: int = 0) -> str:
        return self.maker.at(self.clock.now() + later * HALF_A_MINUTE)

    def wrong(self) -> str:
        """Six digits that are no code of now, before or after."""
        right = {self.code(later) for later in range(-2, 3)}
        return next(code for code in (f"{number:06}" for number in range(10)) if code not in right)

    def next(self) -> str:
        """Half a minute later, the code of then."""
        self.clock.advance(HALF_A_MINUTE)
        return self.code()
