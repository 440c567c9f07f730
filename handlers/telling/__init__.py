"""Finds whom a thing that happened concerns, and tells them: the place where notices meet cases, terms, posts and people (ADR 19)."""
