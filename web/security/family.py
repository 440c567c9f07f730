"""The page family: its modules hang their pages here, `views` gathers them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("security", __name__, url_prefix="/security")
