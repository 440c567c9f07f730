"""Offices, people, posts, outside parties and deputies: the pages of the three administrators (ADR 15)."""
