"""The page family of the way in: its modules hang their pages here, `views` gathers them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("entry", __name__)
