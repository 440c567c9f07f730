"""Why a decision cannot be taken."""

from __future__ import annotations


class DmnError(Exception):
    """A decision has no right answer; the message names table and rules."""
