"""The blueprint of the notices of a person."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("notices", __name__, url_prefix="/notices")
