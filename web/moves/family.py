"""The family of pages on which a case is moved by hand."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("moves", __name__)
