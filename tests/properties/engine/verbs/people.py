"""Who there is, and the one word by which the reference refuses."""

from __future__ import annotations

CLERKS = ("ann", "bob", "cao", "dou")
CHIEF, STRANGER = "chief", "eva"  # the stranger works at another office
EVERYBODY = (*CLERKS, CHIEF, STRANGER)
MAY_LEAVE = ("bob", "cao", "dou", STRANGER)


class No(Exception):
    """A refusal; its text is the name of the class that must be raised."""
